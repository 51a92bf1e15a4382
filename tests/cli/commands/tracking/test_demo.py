"""`flatsort demo`: of the walkers, of a sequence and of a bare video of the user's own."""

from __future__ import annotations

from pathlib import Path

import cv2

from flatsort import read_detections
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
    assert answer.out.splitlines()[-1].endswith((tmp_path / "walkers.html").as_uri())
    page = (tmp_path / "walkers.html").read_text()
    assert "data:video/" in page
    assert ">HOTA<" in page


def test_demo_of_a_sequence(run: Run, sequence: Path, tmp_path: Path) -> None:
    answer = run("demo", sequence, "--frames", 8, "--output", tmp_path / "out", "-q")
    assert answer.code == 0, answer.err
    assert "MOTA" in answer.out
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["none"]  # no images, no appearance
    assert max(frames_of(tmp_path / "out" / "none" / "two-people.txt")) == 8
    assert (tmp_path / "out" / "two-people.html").is_file()


def test_demo_of_a_bare_video(run: Run, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = run("demo", clip, "--frames", 60, "--output", out)
    assert answer.code == 0, answer.err
    assert "motion finds what moves" in answer.err
    assert answer.out.startswith("no ground truth, so no scores\n")
    assert read_detections(out / "detections" / "clip.txt").last_frame == 60
    assert {path.parent.name for path in out.glob("*/clip.txt")} == {"detections", "none", "hsv", "fmvae"}
    page = (out / "clip.html").read_text()
    assert "data:video/" in page
    assert ">HOTA<" not in page
    assert ">motion<" in page


def test_a_detector_replaces_the_detections_of_a_source(run: Run, tmp_path: Path) -> None:
    own = tmp_path / "corner.py"
    own.write_text(
        "import numpy as np\n"
        "from flatsort.data.detection.detector import Found\n"
        "class Corner:\n"
        "    name, class_names = 'corner', ('person',)\n"
        "    def __call__(self, image):\n"
        "        return Found(np.array([[1.0, 2, 31, 62]]), np.ones(1), np.zeros(1, int))\n"
        "def load(request):\n"
        "    return Corner()\n"
    )
    answer = run("demo", "--detector", own, "--frames", 8, "--output", tmp_path / "out", "-q")
    assert answer.code == 0, answer.err
    found = read_detections(tmp_path / "out" / "detections" / "walkers.txt")
    assert found.frames.tolist() == list(range(1, 9))
    assert found.boxes[0].tolist() == [1, 2, 31, 62]


def test_refused(run: Run, clip: Path, sequence: Path, tmp_path: Path) -> None:
    out = ("--output", tmp_path / "out", "-q")
    assert run("demo", clip, "--detector", "x.onnx", *out).refuses("x.onnx: no such file")
    assert run("demo", "rtsp://127.0.0.1:9/x", *out[:-1]).refuses("is live and cannot be looked through first")
    assert run("demo", sequence, "--detector", "motion", *out).refuses("without images to find any in")
    film = tmp_path / "film.mp4"
    film.write_bytes(clip.read_bytes())
    assert run("demo", film, "--output", tmp_path, "-q").refuses("film.mp4: is an input of this command")
    assert film.read_bytes() == clip.read_bytes()
