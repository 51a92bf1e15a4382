"""`track --offline`: the bytes of `track` and then `refine`; and `refine` for many."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flatsort.data import read_tracks
from flatsort.data.files.writers import SUFFIXES
from flatsort.data.walkers.scene import walkers_scene
from tests.cli.test_many import content
from tests.cli.two_people import write_sequence
from tests.conftest import Run

HIDDEN = range(20, 24)  # frames without detections, so that there is something to fill


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sequences with detections and frames; nothing is detected in the frames `HIDDEN`."""
    folder = tmp_path_factory.mktemp("offline")
    for seed, name in enumerate(("a", "b")):
        scene = walkers_scene(seed=seed, frames=50, people=4, size=(320, 180))
        scene.name = name
        scene.write_folder(folder / name, images="video")
        file = folder / name / "det" / "det.txt"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if int(line.split(",")[0]) not in HIDDEN))
    return folder


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *(pytest.param(kind, (), id=kind) for kind in SUFFIXES),
        pytest.param("csv", ("--descriptor", "hsv", "--boxes", "detected"), id="descriptor"),
        pytest.param("mot", ("--every", 2), id="every"),
    ],
)
def test_one_command_writes_the_bytes_of_two(
    run: Run, root: Path, tmp_path: Path, kind: str, options: tuple[str | int, ...]
) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    track = ("track", root, "--format", kind, *options, "--quiet")
    assert run(*track, "--output", tmp_path / "tracks").code == 0
    looks = options[:2] if "--descriptor" in options else ()
    refine = ("refine", tmp_path / "tracks", "--source", root, *looks, "--quiet")
    assert run(*refine, "--output", tmp_path / "two") == (0, "", "")
    assert run(*track, "--offline", "--output", tmp_path / "one") == (0, "", "")
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert sorted(content(tmp_path / "one")) == [f"{name}{SUFFIXES[kind]}" for name in "ab"]
    assert content(tmp_path / "one") != content(tmp_path / "tracks")


def test_a_bare_video_and_its_report(run: Run, root: Path, tmp_path: Path) -> None:
    video = shutil.copy(next((root / "a").glob("video.*")), tmp_path / "bare.mp4")
    track = ("track", video, "--detector", "motion", "--descriptor", "hsv", "--quiet")
    assert run(*track, "--output", tmp_path / "tracks").code == 0
    refine = ("refine", tmp_path / "tracks" / "bare.txt", "--source", video, "--descriptor", "hsv", "--quiet")
    assert run(*refine, "--output", tmp_path / "two").code == 0
    assert run(*track, "--offline", "--report", "--output", tmp_path / "one").code == 0
    assert content(tmp_path / "one")["bare.txt"] == content(tmp_path / "two")["bare.txt"]
    assert (tmp_path / "one" / "bare.html").is_file()


def test_workers_write_the_same_bytes(run: Run, root: Path, tmp_path: Path) -> None:
    track = ("track", root, "--descriptor", "hsv", "--quiet")
    assert run(*track, "--output", tmp_path / "tracks").code == 0
    assert run(*track, "--offline", "--output", tmp_path / "here").code == 0
    assert run(*track, "--offline", "--output", tmp_path / "there", "--workers", 2).code == 0
    refine = ("refine", tmp_path / "tracks", "--source", root, "--descriptor", "hsv", "--workers", 2)
    assert run(*refine, "--output", tmp_path / "refined", "--quiet") == (0, "", "")
    assert content(tmp_path / "here") == content(tmp_path / "there") == content(tmp_path / "refined")
    again = run(*refine, "--output", tmp_path / "refined")
    assert again.err == f"2 of 2 are finished ({tmp_path / 'refined' / 'finished.jsonl'}) and are skipped\n"
    plain = run(*track[:-1], "--output", tmp_path / "there", "--workers", 2)
    assert "made anew, it has other settings" in plain.err


def test_what_was_tracked_is_kept_where_refining_fails(run: Run, root: Path, tmp_path: Path) -> None:
    """The file to write is a folder by then: the tracks themselves stay, as a part."""
    (tmp_path / "out" / "a.txt").mkdir(parents=True)
    code, out, err = run("track", root / "a", "--offline", "--output", tmp_path / "out")
    assert (code, out) == (2, "")
    assert "is a folder" in err
    part = tmp_path / "out" / "a.partial-50-frames.txt"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [part.name, "a.txt"]
    assert str(part) in err
    assert run("track", root / "a", "--output", tmp_path / "tracks").code == 0
    assert part.read_bytes() == (tmp_path / "tracks" / "a.txt").read_bytes()


def test_what_was_tracked_is_kept_where_tracking_fails(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "torn", images=True)
    (folder / "img1" / "000007.png").write_bytes(b"no picture")
    track = ("track", folder, "--descriptor", "hsv", "--quiet")
    plain = run(*track, "--output", tmp_path / "plain")
    offline = run(*track, "--offline", "--output", tmp_path / "out")
    assert (offline.code, offline.err) == (2, plain.err.replace(str(tmp_path / "plain"), str(tmp_path / "out")))
    assert content(tmp_path / "out") == content(tmp_path / "plain")
    assert sorted(content(tmp_path / "out")) == ["torn.partial-6-frames.txt"]


def test_a_folder_left_by_a_killed_run_goes(run: Run, root: Path, tmp_path: Path) -> None:
    left = tmp_path / ".a.offline"
    left.mkdir()
    (left / "a.txt").write_text("left")
    assert run("track", root / "a", "--offline", "--output", tmp_path, "--quiet").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt"]


@pytest.mark.parametrize(
    ("words", "said"),
    {
        "live": (["track", "0", "--offline"], "0 is live"),
        "no source of the name": (["refine", "{root}/t", "--source", "{root}/a"], "b.txt: no source has its name"),
        "two sources of one name": (
            ["refine", "{root}/t", "--source", "{root}/a", "--source", "{root}/b", "--source", "{root}/b"],
            "b.txt: 2 sources have its name",
        ),
        "an empty folder": (["refine", "{root}/empty", "--source", "{root}/a"], "has no tracks in it"),
        "detections for two": (
            ["refine", "{root}/t", "--source", "{root}", "--detections", "{root}/a/det/det.txt"],
            "--detections",
        ),
        "workers and Ray": (
            ["refine", "{root}/t", "--source", "{root}", "--workers", "2", "--ray", "local"],
            "--workers",
        ),
    }.values(),
)
def test_bad_input_is_one_line(run: Run, root: Path, tmp_path: Path, words: list[str], said: str) -> None:
    shutil.copytree(root, tmp_path / "root")
    (tmp_path / "root" / "t").mkdir()
    (tmp_path / "root" / "empty").mkdir()
    for name in "ab":
        (tmp_path / "root" / "t" / f"{name}.txt").write_text("1,1,5,5,20,40,0.9,-1,-1,-1\n")
    given = [word.format(root=tmp_path / "root") for word in words]
    code, out, err = run(*given, "--output", tmp_path / "out", "--quiet")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said in err


def test_one_that_has_no_source_does_not_stop_the_others(run: Run, root: Path, tmp_path: Path) -> None:
    assert run("track", root, "--output", tmp_path / "tracks", "--quiet").code == 0
    code, _, err = run("refine", tmp_path / "tracks", "--source", root / "a", "--output", tmp_path / "out")
    assert code == 2
    assert "b.txt: no source has its name" in err
    assert len(read_tracks(tmp_path / "out" / "a.txt")) > len(read_tracks(tmp_path / "tracks" / "a.txt"))
