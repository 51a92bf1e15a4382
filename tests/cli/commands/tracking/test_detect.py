"""`flatsort detect`: files that `track` reads, and one line for what cannot be found."""

from __future__ import annotations

from pathlib import Path

from flatsort import read_detections
from tests.conftest import Run


def test_what_is_found_once_is_tracked_as_if_found_on_the_way(run: Run, clip: Path, tmp_path: Path) -> None:
    found = tmp_path / "found.txt"
    assert run("detect", clip, "--output", found).err == f"wrote {found} ({len(read_detections(found))} detections)\n"
    assert run("track", clip, "--detections", found, "--output", tmp_path / "a", "--quiet").code == 0
    assert run("track", clip, "--detector", "motion", "--output", tmp_path / "b", "--quiet").code == 0
    first, again = ((tmp_path / name / "clip.txt").read_text().splitlines() for name in "ab")
    assert len(first) == len(again) > 100


def test_a_folder_of_files_and_the_same_bytes_twice(run: Run, clip: Path, tmp_path: Path) -> None:
    for name in "ab":
        assert run("detect", clip, "--output", tmp_path / name, "--quiet").code == 0
    first = (tmp_path / "a" / "clip.txt").read_bytes()
    assert first == (tmp_path / "b" / "clip.txt").read_bytes()
    assert first.splitlines()[0].endswith(b",1,-1,-1")


def test_refused(run: Run, clip: Path, tmp_path: Path) -> None:
    out = ("--output", tmp_path / "out")
    assert run("detect", clip, clip, "--output", tmp_path / "a.txt").refuses("--output: is one file for 2 sources")
    assert run("detect", clip, "--detector", "yolo", *out).refuses(
        "--detector: 'yolo' is no detector; use one of motion"
    )
    assert run("detect", clip, "--detector", "x.onnx", *out).refuses("x.onnx: no such file")
    assert run("detect", clip, "--classes", "persn", *out).refuses("knows no 'persn'; did you mean person?")
    assert run("detect", clip, "--output", tmp_path / "a.csv").refuses(
        "a.csv is not the name of what is written; name a"
    )
