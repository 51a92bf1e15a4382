"""People who walk on level ground before two cameras."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.tracker.offline.tracklets import Tracklet, tracklets

# Metres on the ground, x and z, to pixels: a camera in front of the place, and one beside it.
FRONT = np.array([[700.0, 480, 0], [0, 146, 2246], [0, 1, 0]])
SIDE = FRONT @ np.array([[0.8, -0.6, 5.4], [0.6, 0.8, 1.8], [0, 0, 1]])

TwoViews = Callable[..., tuple[list[Tracklet], list[Tracklet]]]


@pytest.fixture
def two_views() -> TwoViews:
    """The tracks of either camera, a track of each person with ids 1, 2, ... in both; `faces`: (n, d) how they look."""

    def views(
        seed: int, faces: NDArray[np.float64], seconds: float = 12.0, rates: tuple[float, float] = (25.0, 25.0)
    ) -> tuple[list[Tracklet], list[Tracklet]]:
        random = np.random.default_rng(seed)
        count = len(faces)
        start, end = (np.stack([random.uniform(-4, 4, count), random.uniform(7, 12, count)], 1) for _ in range(2))
        made = []
        for camera, rate in zip((FRONT, SIDE), rates, strict=True):
            frames = np.arange(1, int(seconds * rate) + 1)
            share = ((frames - 1) / rate / seconds)[:, None, None]
            ground = start + share * (end - start)  # (frames, people, 2)
            mapped = np.concatenate((ground, np.ones((*ground.shape[:2], 1))), axis=2) @ camera.T
            feet, height = mapped[..., :2] / mapped[..., 2:], 700 * 1.75 / mapped[..., 2]
            feet = feet + random.normal(0, 0.02, feet.shape) * height[..., None]
            left, top = feet[..., 0] - height / 6, feet[..., 1] - height
            boxes = np.stack((left, top, left + height / 3, feet[..., 1]), axis=2).reshape(-1, 4)
            looks = np.tile(faces, (len(frames), 1)) + random.normal(0, 0.3, (len(boxes), faces.shape[1]))
            ids = np.tile(np.arange(1, count + 1), len(frames))
            known = np.ones(len(boxes), bool)
            classes = np.full(len(boxes), -1)
            made.append(tracklets(frames.repeat(count), ids, boxes, classes, looks.astype(np.float32), known))
        return made[0], made[1]

    return views
