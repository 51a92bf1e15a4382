"""Which sequences of two folders are scored, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort.data import InputError
from flatsort.data.errors import Remark
from flatsort.eval import score_sequences

TRUTH = "1,1,0,0,10,20,1,1,1\n2,1,0,0,10,20,1,1,1\n"
TRACKS = "1,5,0,0,10,20,1,-1,-1,-1\n"
INFO = "[Sequence]\nname={name}\nseqLength={length}\n"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ground truth of a and b in `gt`, tracks of both in `tracks`."""
    write(
        tmp_path,
        {"gt/a/gt/gt.txt": TRUTH, "gt/b/gt/gt.txt": TRUTH, "gt/b/seqinfo.ini": INFO.format(name="b", length=9)},
    )
    write(tmp_path, {"tracks/a.txt": TRACKS, "tracks/b.txt": ""})
    return tmp_path


def test_every_sequence_and_overall(folder: Path) -> None:
    scores = score_sequences(folder / "gt", folder / "tracks")
    assert list(scores.sequences) == ["a", "b"]
    assert (scores.sequences["a"]["FN"], scores.sequences["b"]["FN"], scores.overall["FN"]) == (1, 2, 3)
    assert scores.untracked == ()


def test_one_sequence_folder(folder: Path) -> None:
    """Then other track files are not in question."""
    assert list(score_sequences(folder / "gt" / "b", str(folder / "tracks")).sequences) == ["b"]


def test_chosen_sequences(folder: Path) -> None:
    (folder / "tracks" / "b.txt").unlink()
    write(folder, {"tracks/other.txt": TRACKS})
    assert list(score_sequences(folder / "gt", folder / "tracks", sequences=["a"]).sequences) == ["a"]


def test_partial_names_what_it_leaves_out(folder: Path) -> None:
    (folder / "tracks" / "b.txt").unlink()
    scores = score_sequences(folder / "gt", folder / "tracks", partial=True)
    assert (list(scores.sequences), scores.untracked) == (["a"], ("b",))


def test_name_and_length_are_those_of_seqinfo(folder: Path) -> None:
    """`flatsort track` names its files so."""
    write(folder, {"gt/folder/gt/gt.txt": TRUTH, "gt/folder/seqinfo.ini": INFO.format(name="c", length=8)})
    write(folder, {"tracks/c.txt": TRACKS + "8,5,500,500,10,20,1,-1,-1,-1\n"})
    assert score_sequences(folder / "gt", folder / "tracks").sequences["c"]["FAR"] == 1 / 8


def test_mot20_is_told_by_its_name(folder: Path) -> None:
    vehicle = "1,1,0,0,10,20,0,6,1\n"
    write(folder, {"gt/MOT20-01/gt/gt.txt": vehicle, "gt/MOT16-02/gt/gt.txt": vehicle})
    write(folder, {"tracks/MOT20-01.txt": TRACKS, "tracks/MOT16-02.txt": TRACKS})
    scores = score_sequences(folder / "gt", folder / "tracks")
    assert (scores.sequences["MOT20-01"]["FP"], scores.sequences["MOT16-02"]["FP"]) == (0, 1)


def test_progress_goes_through_the_names(folder: Path) -> None:
    seen: list[str] = []

    def watched(names: list[str]) -> list[str]:
        seen.extend(names)
        return names

    score_sequences(folder / "gt", folder / "tracks", progress=watched)
    assert seen == ["a", "b"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        pytest.param({"tracks/c.txt": TRACKS}, "tracks: tracks without ground truth: c; remove", id="no ground truth"),
        pytest.param({"gt/c/gt/gt.txt": TRUTH}, "tracks: no tracks of c; add .* with --partial", id="no tracks"),
        pytest.param({"gt/c/gt/gt.txt": "1,1,0\n", "tracks/c.txt": ""}, r"c/gt/gt\.txt, row 1: ", id="short row"),
        pytest.param(
            {"gt/c/gt/gt.txt": "1,1,0,0,9,9,1,14,1\n", "tracks/c.txt": ""}, r"gt\.txt: truth\.classes: 14", id="class"
        ),
        pytest.param({"tracks/b.txt": "10,1,0,0,9,9\n"}, r"b\.txt, row 1: .* 9 frames", id="beyond the sequence"),
        pytest.param({"tracks/a.txt": TRACKS * 2}, r"a\.txt, row 2: frame 1 has id 5 twice", id="id twice"),
        pytest.param({"tracks/a.txt": "1,1,0,0,1e200,9\n"}, r"a\.txt, row 1: the box .* reaches beyond", id="huge box"),
        pytest.param(
            {"gt/c/gt/gt.txt": TRUTH, "gt/c/seqinfo.ini": INFO.format(name="b", length=3)},
            "second sequence of the name b",
            id="two of one name",
        ),
    ],
)
def test_refused(folder: Path, files: dict[str, str], message: str) -> None:
    write(folder, files)
    with pytest.raises(InputError, match=message) as error:
        score_sequences(folder / "gt", folder / "tracks")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("root", "tracks", "chosen", "message"),
    [
        ("none", "tracks", None, "none: is not a folder"),
        ("gt", "none", None, "none: is not a folder"),
        ("gt/a/gt", "tracks", None, "holds no <sequence>/gt/gt.txt"),
        ("gt", "tracks/a.txt", None, "is not a folder"),
        ("gt", "tracks", ["a", "z"], "no ground truth for z; it holds a, b"),
    ],
)
def test_wrong_folders(folder: Path, root: str, tracks: str, chosen: list[str] | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        score_sequences(folder / root, folder / tracks, sequences=chosen)


def test_one_sequence_and_its_file(folder: Path) -> None:
    whole = score_sequences(folder / "gt" / "a", folder / "tracks")
    assert score_sequences(folder / "gt" / "a", folder / "tracks" / "a.txt").sequences == whole.sequences


def test_no_tracks_at_all_is_an_error_even_where_partial(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match=r"no tracks of a, b; add <sequence>\.txt$"):
        score_sequences(folder / "gt", folder / "empty", partial=True)


def test_no_sequences_chosen(folder: Path) -> None:
    with pytest.raises(ValueError, match="sequences: empty"):
        score_sequences(folder / "gt", folder / "tracks", sequences=[])


@pytest.mark.parametrize(
    ("truth", "there"),
    {
        "nobody": ("", "it has 0 rows"),
        "cars": ("1,1,0,0,10,20,1,3,1\n2,1,0,0,10,20,1,3,1\n", "its classes are 3"),
        "people that do not count": ("1,1,0,0,10,20,0,1,1\n", "its classes are 1"),
    }.values(),
)
def test_ground_truth_without_pedestrians_is_remarked(folder: Path, truth: str, there: str) -> None:
    write(folder, {"gt/a/gt/gt.txt": truth})
    with pytest.warns(Remark, match=rf"holds no pedestrian that counts \(class 1, flag 1\); {there}; every track"):
        scores = score_sequences(folder / "gt", folder / "tracks", sequences=["a"])
    assert scores.overall["MOTA"] == -100
    assert scores.sequences["a"]["MOTA"] == 0
