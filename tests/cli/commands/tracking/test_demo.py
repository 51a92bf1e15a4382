"""`flatsort demo`: of the walkers, and of a sequence of the user's own."""

from __future__ import annotations

from pathlib import Path

import cv2

from tests.cli.two_people import frames_of
from tests.conftest import Run


def test_demo_of_the_walkers(run: Run, tmp_path: Path) -> None:
    answer = run("demo", "--frames", 20, "--output", tmp_path, "-q")
    assert answer.code == 0, answer.err
    assert "IDF1" in answer.out
    assert {"none", "hsv", "fmvae"} <= {line.split()[0] for line in answer.out.splitlines() if line.strip()}
    videos = list(tmp_path.glob("*.mp4"))
    assert len(videos) == 1
    assert cv2.VideoCapture(str(videos[0])).get(cv2.CAP_PROP_FRAME_COUNT) == 20
    said = [Path(line.removeprefix("wrote ")) for line in answer.out.splitlines() if line.startswith("wrote ")]
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or any(path.is_relative_to(told) for told in said), f"{path} was not told"


def test_demo_of_a_sequence(run: Run, sequence: Path, tmp_path: Path) -> None:
    answer = run("demo", sequence, "--frames", 8, "--output", tmp_path / "out", "-q")
    assert answer.code == 0, answer.err
    assert "MOTA" in answer.out
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["none"]  # no images, no appearance
    assert max(frames_of(tmp_path / "out" / "none" / "two-people.txt")) == 8
