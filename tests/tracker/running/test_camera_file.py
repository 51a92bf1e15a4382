"""A file of camera motions: BoT-SORT's format, what it refuses, and that it reaches the tracker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data import Detections, InputError
from flatsort.tracker.running.camera_file import CameraMotionFile, find_camera_file
from flatsort.tracker.running.settings import TrackSettings

STILL = "0\t1.0\t0.0\t0.0\t0.0\t1.0\t0.0\t\n"
SHIFT = "{}\t1.0\t0.0\t30.0\t0.0\t1.0\t-2.5\t\n"


def test_reads_the_format_of_botsort(tmp_path: Path) -> None:
    file = tmp_path / "gmc.txt"
    file.write_text(STILL + "\n1 0.9 -0.1 3.25\t0.1 0.8 -1e-3 \n")
    motion = CameraMotionFile(file)
    assert len(motion) == 2
    np.testing.assert_array_equal(motion.at(1), np.eye(2, 3))
    np.testing.assert_array_equal(motion.at(2), [[0.9, -0.1, 3.25], [0.1, 0.8, -1e-3]])
    with pytest.raises(InputError, match="has 2 lines, and there is a frame 3; give"):
        motion.at(3)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("1 1 0 0 0 1", "row 2: has 6 numbers, not 7", id="a number too few"),
        pytest.param("1 1 0 0 0 one 0", "row 2: has text", id="text"),
        pytest.param("1 1 0 nan 0 1 0", "row 2: has a number that is not finite", id="NaN"),
        pytest.param("2 1 0 0 0 1 0", "row 2: is of frame 2, not 1", id="a frame is missing"),
        pytest.param("1 1 0 0 0 -1 0", "row 2: mirrors", id="mirrored"),
        pytest.param("1 0 0 0 0 0 0", "row 2: mirrors the picture, or maps it onto a line", id="flat"),
    ],
)
def test_names_the_line_at_fault(tmp_path: Path, line: str, problem: str) -> None:
    file = tmp_path / "gmc.txt"
    file.write_text(STILL + line + "\n")
    with pytest.raises(InputError, match=problem):
        CameraMotionFile(file)


def test_a_folder_has_one_file_a_sequence(tmp_path: Path) -> None:
    (tmp_path / "first.txt").write_text(STILL)
    (tmp_path / "GMC-second.txt").write_text(STILL)
    assert find_camera_file(tmp_path, "first").name == "first.txt"
    assert find_camera_file(tmp_path, "second").name == "GMC-second.txt"
    assert find_camera_file(tmp_path / "first.txt", "third").name == "first.txt"
    with pytest.raises(InputError, match=r"no camera motion of third; add third\.txt"):
        find_camera_file(tmp_path, "third")


def sweeping(frames: int) -> list[Detections]:
    """Someone who stands, in the picture of a camera that jumps by more than the width of the box."""
    return [Detections(np.array([[100.0, 50, 130, 140]]) + 40 * frame, np.full(1, 0.9)) for frame in range(frames)]


@pytest.mark.parametrize("preset", ["sort", "bytetrack", "botsort"])
def test_the_motion_reaches_the_tracker_without_images(preset: str, stand_in: Any, tmp_path: Path) -> None:
    """With it the one who stands keeps the id; without it the camera's jumps tear the track."""
    file = tmp_path / "gmc.txt"
    file.write_text(STILL + "".join(f"{frame} 1 0 40 0 1 40\n" for frame in range(1, 6)))
    sequence = stand_in(detections=sweeping(6), length=6, has_images=False)
    one = [[1]] * 6
    told, untold = TrackSettings(preset=preset, camera_motion=str(file)), TrackSettings(preset=preset)
    assert [tracks.ids.tolist() for tracks in told.on(sequence)] == one
    assert [tracks.ids.tolist() for tracks in untold.on(sequence)] != one


def test_a_file_of_another_sequence_is_refused(stand_in: Any, tmp_path: Path) -> None:
    file = tmp_path / "gmc.txt"
    file.write_text(STILL + SHIFT.format(1))
    with pytest.raises(InputError, match="has 2 lines, made-up 6 frames"):
        TrackSettings(camera_motion=str(file)).on(stand_in(length=6))


def test_motions_of_frames_between_follow_one_another(tmp_path: Path) -> None:
    """First doubled, then moved by five to the right: a point at one comes to lie at seven."""
    file = tmp_path / "gmc.txt"
    file.write_text(STILL + "1 2 0 0 0 2 0\n" + "2 1 0 5 0 1 0\n")
    motion = CameraMotionFile(file).at(3, steps=2)
    np.testing.assert_array_equal(motion @ [1, 1, 1], [7, 2])
    np.testing.assert_array_equal(CameraMotionFile(file).at(3), [[1, 0, 5], [0, 1, 0]])
    np.testing.assert_array_equal(CameraMotionFile(file).at(3, steps=9), motion)
