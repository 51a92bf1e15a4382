"""`flatsort embed` and the tracking that follows it: the same tracks as with the descriptor itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conftest import Run

FRAMES = 8


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    """Two people in red and blue pass each other, with frames."""
    folder = tmp_path / "root" / "walk"
    for inner in ("det", "img1"):
        (folder / inner).mkdir(parents=True)
    size = f"imWidth=160\nimHeight=120\nseqLength={FRAMES}\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nname=walk\nimDir=img1\nframeRate=10\nimExt=.png\n{size}")
    rows = []
    for frame in range(1, FRAMES + 1):
        image = np.full((120, 160, 3), 60, np.uint8)
        for left, colour in ((10 + 5 * frame, (0, 0, 220)), (110 - 5 * frame, (220, 0, 0))):
            image[30:90, left : left + 24] = colour
            rows.append(f"{frame},-1,{left},30,24,60,0.9,-1,-1,-1")
        cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), image)
    (folder / "det" / "det.txt").write_text("\n".join(rows) + "\n")
    return folder


def test_stored_descriptors_give_the_same_tracks(run: Run, walk: Path, tmp_path: Path) -> None:
    assert run("embed", walk.parent, "--descriptor", "hsv", "--output", tmp_path / "stored")[0] == 0
    assert run("embed", walk, "--descriptor", "hsv", "--output", tmp_path / "one.npy", "--quiet") == (0, "", "")
    np.testing.assert_array_equal(np.load(tmp_path / "stored" / "walk.npy"), np.load(tmp_path / "one.npy"))
    tracks = []
    for name in ("hsv", f"npy:{tmp_path / 'stored'}", f"npy:{tmp_path / 'one.npy'}"):
        assert run("track", walk, "--descriptor", name, "--output", tmp_path / "tracks", "--quiet") == (0, "", "")
        tracks.append((tmp_path / "tracks" / "walk.txt").read_text())
    assert tracks[0]
    assert tracks[0] == tracks[1] == tracks[2]


def pan(folder: Path) -> None:
    """Let the camera of the walk turn by 12 pixels a frame, before a wall of noise."""
    wall = np.random.default_rng(0).integers(0, 120, (15, 60, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    rows = []
    for frame in range(1, FRAMES + 1):
        start = 12 * (frame - 1)
        image = wall[:, start : start + 160].copy()
        for left, colour in ((90 + 2 * frame - start, (0, 0, 220)), (130 - 2 * frame - start, (220, 0, 0))):
            image[30:90, left : left + 24] = colour
            rows.append(f"{frame},-1,{left},30,24,60,0.9,-1,-1,-1")
        cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), image)
    (folder / "det" / "det.txt").write_text("\n".join(rows) + "\n")


def test_stored_descriptors_bring_the_motion_of_their_camera(run: Run, walk: Path, tmp_path: Path) -> None:
    pan(walk)
    stored = tmp_path / "one.npy"
    assert run("embed", walk, "--descriptor", "hsv", "--output", stored, "--quiet") == (0, "", "")
    motions = np.loadtxt(tmp_path / "one.npy.camera.txt")
    np.testing.assert_allclose(motions[1:, 3], -12, atol=0.2)
    tracks = {}
    for name, camera in (("hsv", "auto"), (f"npy:{stored}", "auto"), (f"npy:{stored}", "none"), ("hsv", "none")):
        given = ("--descriptor", name, "--camera-motion", camera, "--n-init", 1)
        assert run("track", walk, *given, "--output", tmp_path / "tracks", "--quiet").code == 0
        tracks[name, camera] = (tmp_path / "tracks" / "walk.txt").read_text()
    assert tracks["hsv", "auto"] == tracks[f"npy:{stored}", "auto"]
    assert tracks["hsv", "none"] == tracks[f"npy:{stored}", "none"] != tracks["hsv", "auto"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--descriptor", "none", "--output", "a.npy"), "--descriptor: none has nothing to store"),
        (("--descriptor", "hvs", "--output", "a.npy"), "descriptor hvs: is unknown"),
        (("--descriptor", "hsv,gate=x", "--output", "a.npy"), "x: cannot be read"),
    ],
)
def test_bad_input_is_one_line(run: Run, walk: Path, arguments: tuple[str, ...], message: str) -> None:
    assert run("embed", walk, *arguments).refuses(f"flatsort: {message}")


def test_one_file_for_two_sources(run: Run, walk: Path, tmp_path: Path) -> None:
    two = ("embed", walk, walk, "--descriptor", "hsv")
    assert run(*two, "--output", tmp_path / "a.npy").refuses("--output: is one file for 2 sources")
    assert run(*two, "--output", tmp_path / "a", "--detections", "d.txt").refuses("--detections: is one file for 2 ")


def test_two_sources_of_one_name(run: Run, walk: Path, tmp_path: Path) -> None:
    code, _, err = run("embed", walk, walk, "--descriptor", "hsv", "--output", tmp_path / "a", "--quiet")
    assert (code, err.count("\n")) == (2, 1)
    assert f"has the name of {walk}" in err


@pytest.mark.parametrize("command", ["embed", "calibrate"])
def test_neither_frames_nor_detections(run: Run, walk: Path, tmp_path: Path, command: str) -> None:
    shutil.rmtree(walk / "img1")
    (walk / "det" / "det.txt").unlink()
    output = tmp_path / ("a.npy" if command == "embed" else "a.json")
    answer = run(command, walk, "--descriptor", "hsv", "--output", output)
    assert answer.refuses("comes without detections, and without images to find any in; give them with --detections")
    assert not output.exists()


def test_frames_alone_are_looked_through_first(run: Run, clip: Path, tmp_path: Path) -> None:
    assert run("embed", clip, "--descriptor", "hsv", "--output", tmp_path / "clip.npy", "--quiet").code == 0
    stored = np.load(tmp_path / "clip.npy")
    assert len(stored) > 60
    (tmp_path / "clip.txt").write_text("")
    both = ("--detections", tmp_path / "clip.txt", "--detector", "motion")
    answer = run("embed", clip, "--descriptor", "hsv", "--output", tmp_path / "clip.npy", *both)
    assert answer.refuses("--detections: are there, and a --detector too")


def test_descriptors_of_other_detections(run: Run, walk: Path, tmp_path: Path) -> None:
    assert run("embed", walk, "--descriptor", "hsv", "--output", tmp_path / "walk.npy")[0] == 0
    moved = (walk / "det" / "det.txt").read_text().replace(",30,24,", ",33,24,")
    (walk / "det" / "det.txt").write_text(moved)
    code, _, err = run("track", walk, "--descriptor", tmp_path / "walk.npy", "--output", tmp_path, "--quiet")
    assert code == 2
    assert "walk.npy: frame 1: no row for 2 of 2 detections" in err
    assert "it was made for other detections" in err
