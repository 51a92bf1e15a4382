"""The sequence that commands are tried on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.cli.two_people import write_sequence


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    return write_sequence(tmp_path / "two-people")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A noisy video of a square with two people who walk through it, and no detections."""
    path = tmp_path / "clip.avi"
    noise = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    for frame in range(90):
        image = np.full((240, 320, 3), 90, np.uint8)
        image[100:104] = 140
        for left, top, colour in ((10 + 3 * frame, 60, (200, 60, 40)), (290 - 3 * frame, 150, (30, 180, 220))):
            image[top : top + 60, left : left + 24] = colour
        writer.write(np.clip(image + noise.normal(0, 3, image.shape), 0, 255).astype(np.uint8))
    writer.release()
    return path
