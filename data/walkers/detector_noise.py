"""A detector's errors over known boxes: misses, jitter, false alarms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable


@dataclass(frozen=True)
class DetectorNoise:
    """How a detector errs.

    miss: the chance to miss a person in full view.
    half_seen: the visibility at which half are missed; below `blind` all are.
    jitter: standard deviation of each side of a box in shares of its width or height, growing as less is seen.
    false_alarms: expected number a frame.
    """

    miss: float = 0.03
    half_seen: float = 0.6
    blind: float = 0.45
    jitter: float = 0.025
    false_alarms: float = 0.12

    def __post_init__(self) -> None:
        for name in ("miss", "half_seen", "blind"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a share from 0 to 1")
        for name in ("jitter", "false_alarms"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected 0 or more")


def detect(truth: BoxTable, frames: int, size: tuple[int, int], noise: DetectorNoise, seed: int) -> BoxTable:
    """What a detector reports of the true boxes, clipped to the image of `size` (width, height).

    Each frame has random numbers of its own, so that a longer sequence begins as a shorter one does. Rows of a frame
    are shuffled: their order tells nothing.
    """
    found = []
    for frame in range(1, frames + 1):
        rng = np.random.default_rng([seed, 2, frame])
        found.append(_detect_frame(truth[truth.rows_of(frame)], size, noise, rng))
    boxes = np.concatenate([np.empty((0, 4)), *(boxes for boxes, _ in found)])
    scores = np.concatenate([np.empty(0), *(scores for _, scores in found)])
    numbers = np.repeat(np.arange(1, frames + 1), [len(scores) for _, scores in found])
    nothing = np.full(len(boxes), -1, dtype=np.int64)
    return BoxTable(numbers, nothing, boxes, scores, nothing, np.ones(len(boxes)))


def _detect_frame(
    truth: BoxTable, size: tuple[int, int], noise: DetectorNoise, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    count = len(truth)
    seen = truth.visibility
    chance = (1 - noise.miss) / (1 + np.exp(-(seen - noise.half_seen) / 0.05))
    hit = (rng.random(count) < chance) & (seen >= noise.blind)
    extent = (truth.boxes[:, 2:] - truth.boxes[:, :2])[:, [0, 1, 0, 1]]
    sway = noise.jitter * (1 + 1.5 * (1 - seen))[:, None] * extent
    boxes = (truth.boxes + rng.normal(0, 1, (count, 4)) * sway)[hit]
    scores = np.clip(0.45 + 0.5 * seen + rng.normal(0, 0.06, count), 0.3, 0.999)[hit]
    alarms = int(rng.poisson(noise.false_alarms))
    height = rng.uniform(0.12, 0.4, alarms) * size[1]
    left, top = rng.uniform(0, size[0], alarms), rng.uniform(0.25, 0.7, alarms) * size[1]
    false = np.stack([left, top, left + 0.4 * height, top + height], axis=1)
    boxes = np.concatenate([boxes, false])
    scores = np.concatenate([scores, rng.uniform(0.3, 0.65, alarms)])
    boxes = boxes.clip(0, np.array([size[0], size[1], size[0], size[1]]))
    # What jitter or the image's border leaves too thin is not reported.
    kept = ((boxes[:, 2:] - boxes[:, :2]) >= 4).all(axis=1)
    order = rng.permutation(int(kept.sum()))
    return boxes[kept][order], scores[kept][order]
