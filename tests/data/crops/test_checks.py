"""Detections that cannot be learnt from are refused before anything is trained."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.data import InputError
from flatsort.data.crops.checks import StillPictures
from flatsort.data.crops.person_crops import load

WIDTH, HEIGHT, FRAMES = 160, 128, 30
INSIDE = [f"{k},-1,{10 + k},20,30,80,1" for k in range(1, FRAMES + 1)]


def pictures(moving: bool = True) -> list[NDArray[np.uint8]]:
    """A textured wall, and a square that moves before it by 2 pixels a frame."""
    wall = np.random.default_rng(0).integers(60, 120, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    frames = [cv2.GaussianBlur(wall, (5, 5), 0) for _ in range(FRAMES)]
    for k, frame in enumerate(frames):
        left = 10 + 2 * k * moving
        frame[40:80, left : left + 20] = (20, 40, 220)
    return frames


def video(path: Path, frames: list[NDArray[np.uint8]]) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (WIDTH, HEIGHT))
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path


def detections(folder: Path, rows: list[str]) -> Path:
    (folder / "det.txt").write_text("\n".join(rows) + "\n")
    return folder / "det.txt"


WRONG = {
    # name: (detections, what the one line says)
    "none": ([], r"0 crops were found, at least 20 are needed; give detections"),
    "too small": ([f"{k},-1,10,20,9,20,1" for k in range(1, 31)], r"32 pixels high: 0 crops were found, at least 20"),
    "too few": (INSIDE[:8], r"clip: 8 crops were found .*, at least 20 are needed; give longer"),
    "another resolution": ([f"{k},-1,{300 + k},200,60,160,1" for k in range(1, 31)], r"30 of 30 .* outside .* 160x128"),
    "beyond the end": ([*INSIDE, "31,-1,10,20,30,80,1"], r"row 31: frame is 31, beyond the sequence's 30 frames"),
}


@pytest.mark.parametrize("name", WRONG)
def test_detections_that_do_not_serve_are_refused(tmp_path: Path, name: str) -> None:
    rows, says = WRONG[name]
    clip = video(tmp_path / "clip.mp4", pictures())
    with pytest.raises(InputError, match=says):
        load([clip], detections=detections(tmp_path, rows), fewest=20)


def test_a_standing_picture_is_refused_also_after_coding(tmp_path: Path) -> None:
    clip = video(tmp_path / "clip.mp4", pictures(moving=False))
    with pytest.raises(InputError, match=r"picture stands: \d of 29 frames differ .* crops do not differ"):
        load([clip], detections=detections(tmp_path, INSIDE))


def test_a_video_with_detections_is_cut_and_watched(tmp_path: Path) -> None:
    clip = video(tmp_path / "clip.mp4", pictures())
    seen: list[tuple[str, int | None]] = []

    def watch(name: str, total: int | None):  # type: ignore[no-untyped-def]
        seen.append((name, total))
        return iter

    crops = load([clip], detections=detections(tmp_path, INSIDE), fewest=20, watch=watch)
    assert len(crops.train) + len(crops.validation) + len(crops.test) == FRAMES
    assert seen == [("clip", FRAMES)]
    with pytest.raises(InputError, match="one file for 2 sources"):
        load([clip, clip], detections=tmp_path / "det.txt")


def test_one_frame_in_five_that_moves_is_enough() -> None:
    still = StillPictures()
    for k, frame in enumerate(pictures()):
        still.see(pictures()[0] if k % 5 else frame)
    still.refuse("clip")
    assert still.changed >= 5
