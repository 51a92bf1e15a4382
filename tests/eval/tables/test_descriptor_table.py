"""`flatsort table`: the same scores as track and eval, kept and found again, and what it says when it cannot."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.cli.app import main
from flatsort.data import InputError
from flatsort.eval.tables import descriptor_table as table_file
from flatsort.eval.tables import result_cache
from flatsort.eval.tables.descriptor_table import TABLE_COLUMNS, DescriptorTable, descriptor_table, parse_rows
from flatsort.eval.tables.result_cache import ResultCache
from flatsort.tracker.running.settings import TrackSettings

FRAMES = 20
Run = Callable[..., tuple[int, str, str]]
SETTINGS = TrackSettings(descriptor="hsv")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `flatsort` with these arguments: exit code, standard output, standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["flatsort", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def write_sequence(folder: Path, *, images: bool, hidden: range) -> None:
    """Two people in red and blue cross; the red one is not detected in the frames `hidden`."""
    for inner in ("det", "gt", *(["img1"] if images else [])):
        (folder / inner).mkdir(parents=True)
    size = f"imWidth=200\nimHeight=120\nseqLength={FRAMES}\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nname={folder.name}\nimDir=img1\nframeRate=10\nimExt=.png\n{size}")
    detections, truth = [], []
    for frame in range(1, FRAMES + 1):
        image = np.full((120, 200, 3), 60, np.uint8)
        for person, (left, colour) in enumerate(((6 * frame, (0, 0, 220)), (150 - 6 * frame, (220, 0, 0))), start=1):
            image[30:90, max(left, 0) : left + 24] = colour
            truth.append(f"{frame},{person},{left},30,24,60,1,-1,-1,-1")
            if person == 2 or frame not in hidden:
                detections.append(f"{frame},-1,{left},30,24,60,0.9,-1,-1,-1")
        if images:
            cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), image)
    (folder / "det" / "det.txt").write_text("\n".join(detections) + "\n")
    (folder / "gt" / "gt.txt").write_text("\n".join(truth) + "\n")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sequence(tmp_path / "root" / "walk", images=True, hidden=range(9, 14))
    write_sequence(tmp_path / "root" / "blind", images=False, hidden=range(5, 7))
    return tmp_path / "root"


def build(root: Path, cache: Path, *descriptors: str, **options: object) -> DescriptorTable:
    rows = parse_rows(descriptors, SETTINGS)
    return descriptor_table([str(root)], rows, ResultCache(cache), **options)  # type: ignore[arg-type]


def test_scores_are_those_of_track_and_eval(run: Run, root: Path, tmp_path: Path) -> None:
    code, out, _ = run("table", root, "--descriptor", "hsv", "--format", "json", "--cache", tmp_path / "cache")
    assert code == 0
    rows = json.loads(out)["rows"]
    assert list(rows) == ["SORT", "hsv (1 of 2)"]
    for label, descriptor, sequences in (("SORT", "none", ["walk", "blind"]), ("hsv (1 of 2)", "hsv", ["walk"])):
        sources = [root / name for name in sequences]
        tracks = tmp_path / descriptor
        assert run("track", *sources, "--descriptor", descriptor, "--output", tracks, "--quiet")[0] == 0
        names = [word for name in sequences for word in ("--sequence", name)]
        overall = json.loads(run("eval", root, tracks, "--json", "--quiet", *names)[1])["overall"]
        for column, value in rows[label].items():
            if column != "SORT/IDs":
                assert value == overall[column], (label, column)
    walk = json.loads(run("eval", root, tmp_path / "none", "--json", "--quiet", "--sequence", "walk")[1])["overall"]
    assert walk["IDs"] > rows["hsv (1 of 2)"]["IDs"]  # the crossing that appearance is for


def test_columns_in_the_papers_order(root: Path, tmp_path: Path) -> None:
    table = build(root, tmp_path / "cache", "hsv", names=["walk"])
    paper = [
        "IDF1",
        "IDP",
        "IDR",
        "Rcll",
        "Prcn",
        "FAR",
        "MT",
        "PT",
        "ML",
        "FP",
        "FN",
        "IDs",
        "FM",
        "MOTA",
        "MOTP",
        "MOTAL",
    ]
    assert len(paper) == 16
    assert [column for column in TABLE_COLUMNS if column not in ("SORT/IDs", "HOTA")] == paper
    assert all(tuple(row) == TABLE_COLUMNS for row in table.rows.values())
    assert list(table.rows) == ["SORT", "hsv"]
    assert table.rows["SORT"]["SORT/IDs"] == 1.0


def test_second_run_tracks_nothing(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(root, tmp_path / "cache", "hsv")

    def never(*_: object) -> int:
        raise AssertionError("tracked again")

    monkeypatch.setattr(table_file, "write_tracks", never)
    totals: list[int] = []
    assert build(root, tmp_path / "cache", "hsv", begin=totals.append).rows == first.rows
    assert totals == [0]


CHANGES: dict[str, Callable[[Path], object]] = {
    "detections": lambda root: _edit(root / "walk" / "det" / "det.txt", "0.9", "0.8"),
    "ground truth": lambda root: _edit(root / "walk" / "gt" / "gt.txt", "1,1,6,30,24", "1,1,6,30,25"),
    "an image": lambda root: cv2.imwrite(str(root / "walk" / "img1" / "000003.png"), np.zeros((120, 200, 3), np.uint8)),
}


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_changed_data_are_tracked_again(root: Path, tmp_path: Path, change: Callable[[Path], object]) -> None:
    tracked: list[str] = []
    build(root, tmp_path / "cache", "hsv", names=["walk"])
    change(root)
    build(root, tmp_path / "cache", "hsv", names=["walk"], step=tracked.append)
    assert tracked.count("hsv, walk") == FRAMES
    images_only = change is CHANGES["an image"]
    assert tracked.count("SORT, walk") == (0 if images_only else FRAMES)  # SORT looks at no image


def test_changed_settings_weights_and_code_are_tracked_again(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "mine.py"
    own.write_text(
        "from flatsort.embedding.descriptors.hsv import ColourHistogram\n"
        "def load(request):\n    return ColourHistogram()\n"
    )
    cache = tmp_path / "cache"
    rows = parse_rows([str(own)], SETTINGS)

    def frames(rows: list[table_file.Row]) -> int:
        totals: list[int] = []
        descriptor_table([str(root)], rows, ResultCache(cache), names=["walk"], begin=totals.append)
        return totals[0]

    assert frames(rows) == 2 * FRAMES
    assert frames(rows) == 0
    assert frames(parse_rows([str(own)], TrackSettings(descriptor="hsv", max_age=5))) == 2 * FRAMES
    own.write_text(own.read_text() + "# another version\n")
    assert frames(rows) == FRAMES
    monkeypatch.setattr(result_cache, "code_version", lambda: "other")
    assert frames(rows) == 2 * FRAMES


def test_a_moved_benchmark_is_the_same_benchmark(root: Path, tmp_path: Path) -> None:
    build(root, tmp_path / "cache", "hsv")
    totals: list[int] = []
    build(root.rename(tmp_path / "elsewhere"), tmp_path / "cache", "hsv", begin=totals.append)
    assert totals == [0]


def test_interrupted_table_goes_on(root: Path, tmp_path: Path) -> None:
    seen: list[str] = []

    def interrupt(what: str) -> None:
        seen.append(what)
        if what == "hsv, walk":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(root, tmp_path / "cache", "hsv", step=interrupt)
    done = set(seen) - {"hsv, walk"}
    assert done
    rest: list[str] = []
    table = build(root, tmp_path / "cache", "hsv", step=rest.append)
    assert set(rest).isdisjoint(done)
    assert "hsv, walk" in rest
    assert table.rows == build(root, tmp_path / "fresh", "hsv").rows


def test_damaged_result_is_made_anew(root: Path, tmp_path: Path) -> None:
    first = build(root, tmp_path / "cache", "hsv")
    for path in (tmp_path / "cache").glob("*.json"):
        path.write_text(path.read_text()[:40])
    assert build(root, tmp_path / "cache", "hsv").rows == first.rows


def test_left_out_and_common(root: Path, tmp_path: Path) -> None:
    (tmp_path / "stored").mkdir()
    stored = f"npy:{tmp_path / 'stored'}"
    with pytest.raises(InputError, match=r"no sequence can be tracked by every row.*no stored descriptors of walk"):
        build(root, tmp_path / "cache", stored, common=True)
    table = build(root, tmp_path / "cache", stored, "hsv")
    assert set(table.left_out) == {
        "stored: no stored descriptors of walk",
        "stored: no stored descriptors of blind",
        "hsv: blind has no frames",
    }
    assert list(table.rows) == ["SORT", "hsv (1 of 2)"]
    assert list(build(root, tmp_path / "cache", "hsv", common=True).rows) == ["SORT", "hsv"]


def test_a_failure_is_named_and_the_rest_goes_on(run: Run, root: Path, tmp_path: Path) -> None:
    """A descriptor that breaks is an error; vectors of other detections are a row about fewer sequences."""
    (tmp_path / "broken.py").write_text(BROKEN)
    rows = np.zeros((3, 14), np.float32)
    rows[:, 10] = 1
    np.save(tmp_path / "walk.npy", rows)
    code, out, err = run(
        *("table", root, "--cache", tmp_path / "cache", "--descriptor", tmp_path / "broken.py"),
        *("--descriptor", f"old=npy:{tmp_path}", "--descriptor", "hsv"),
    )
    assert code == 2
    assert "flatsort: broken, walk: descriptor broken, frame 1, row 1: NaN or infinity" in err
    assert "left out: old, walk: " in err
    assert "it was made for other detections" in err
    assert "left out: old: no stored descriptors of blind" in err
    assert [line.split()[0] for line in out.splitlines()[2:] if line.strip()] == ["SORT", "hsv"]


BROKEN = """
import numpy as np
from flatsort.embedding.descriptors.hsv import ColourHistogram

class Broken(ColourHistogram):
    def __call__(self, image, boxes):
        return super().__call__(image, boxes) + np.float32("nan")

def load(request):
    descriptor = Broken()
    descriptor.name = "broken"
    return descriptor
"""


def test_labels() -> None:
    names = ["none", "hsv,gate=0.5", "onnx:some/where/osnet.onnx,gate=0.3", "mars=npy:features/mars128", "x/y.npz"]
    labels = [row.label for row in parse_rows(names, SETTINGS)]
    assert labels == ["SORT", "hsv,gate=0.5", "osnet,gate=0.3", "mars", "y"]
    with pytest.raises(InputError, match="a is the name of two rows; write NAME=npy:y/a"):
        parse_rows(["npy:x/a", "npy:y/a"], SETTINGS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--descriptor", "hvs"), "descriptor hvs: is unknown"),
        (("--descriptor", "onnx:none.onnx"), "none.onnx: does not exist"),
        (("--descriptor", "hsv", "--format", "xml"), "--format: is 'xml'"),
        (("--descriptor", "hsv", "--preset", "sort"), "--preset: sort uses no descriptor"),
        (("--descriptor", "hsv", "--sequence", "run"), "--sequence: run is not in "),
    ],
)
def test_bad_input_is_one_line(run: Run, root: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    code, out, err = run("table", root, *arguments, "--cache", tmp_path / "cache")
    assert (code, out) == (2, "")
    assert err.startswith(f"flatsort: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize("kind", ["terminal", "markdown", "csv", "latex"])
def test_where_all_fail_there_is_no_table(run: Run, root: Path, tmp_path: Path, kind: str) -> None:
    (root / "walk" / "gt" / "gt.txt").write_text("x\n")
    cache = ("--cache", tmp_path / "cache", "--sequence", "walk", "--quiet")
    code, out, err = run("table", root, "--descriptor", "hsv", "--format", kind, *cache)
    assert (code, out) == (2, "")
    assert "gt.txt, row 1: column 1 is 'x', not a number" in err
