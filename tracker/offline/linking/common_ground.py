"""The ground that two cameras see at once: found from people who look alike and walk in both views at the same time.

On level ground the feet of one view map to those of the other by a homography (Hartley and Zisserman, Multiple View
Geometry, Sec. 2.3). It is searched by RANSAC (Fischler and Bolles 1981) over pairs of tracks, so that neither a map of
the cameras nor a label is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.tracklets import Tracklet

# Moments of a pair of tracks that are compared, and the fewest at which they must be in view together.
MOMENTS, FEWEST_MOMENTS = 25, 10
# Heights of a person between two tracks' feet below which they may be one person's.
NEAR = 0.25
# People of either view on whom a map has to rest.
FEWEST_PEOPLE = 6
# Pairs of tracks from which a map is guessed; guesses; times that the best one is fitted again.
_GUESSED_FROM, _GUESSES, _REFITS = 3, 300, 5


@dataclass(frozen=True)
class Pairs:
    """The p pairs of tracks of two videos that are in view at once.

    rows, columns: (p,) int64, their places in either video. feet: (2, p, MOMENTS, 2) middle of the lower side of the
    boxes at the same moments, in pixels of either view. heights: (2, p, MOMENTS) of the boxes. seconds: (p,) for which
    both are in view.
    """

    rows: Integers
    columns: Integers
    feet: Floats
    heights: Floats
    seconds: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, kept: NDArray[np.bool_]) -> Pairs:
        """Those of a mask (p,)."""
        return Pairs(self.rows[kept], self.columns[kept], self.feet[:, kept], self.heights[:, kept], self.seconds[kept])

    def apart(self, ground: Floats) -> Floats:
        """(p,) how far apart the two stand, in heights: the median over moments of the mean of both directions."""
        return np.asarray(np.median(self._misses(ground), axis=1))

    def fitted(self, chosen: NDArray[np.bool_] | Integers, ground: Floats | None = None) -> Floats:
        """(3, 3) the homography of the chosen pairs; ground: one so far, of which moments that miss it are left out."""
        one, two = self.feet[:, chosen]
        if ground is None:
            return homography(one.reshape(-1, 2), two.reshape(-1, 2))
        close = self._misses(ground)[chosen] < 2 * NEAR
        return homography(one[close], two[close])

    def _misses(self, ground: Floats) -> Floats:
        one, two = self.feet
        ahead = np.linalg.norm(projected(ground, one) - two, axis=-1) / self.heights[1]
        back = (
            np.linalg.norm(projected(np.asarray(np.linalg.inv(ground), np.float64), two) - one, axis=-1)
            / self.heights[0]
        )
        return np.asarray((ahead + back) / 2)


def at_once(one: Sequence[Tracklet], two: Sequence[Tracklet], rates: tuple[float, float]) -> Pairs:
    """The pairs of tracks that are in view at the same time; rates: frames a second, from a common first moment."""
    slower = min(rates)
    moments = [
        [np.unique(np.rint((part.frames - 1) / rate * slower), return_index=True) for part in parts]
        for parts, rate in zip((one, two), rates, strict=True)
    ]
    places: list[tuple[int, int]] = []
    boxes: list[tuple[Floats, Floats]] = []
    seconds: list[float] = []
    for row, (early, own) in enumerate(moments[0]):
        for column, (late, other) in enumerate(moments[1]):
            if early[0] > late[-1] or late[0] > early[-1]:
                continue
            _, first, second = np.intersect1d(early, late, assume_unique=True, return_indices=True)
            if len(first) >= FEWEST_MOMENTS:
                some = np.linspace(0, len(first) - 1, MOMENTS).round().astype(int)
                places.append((row, column))
                seconds.append(len(first) / slower)
                boxes.append((one[row].boxes[own[first[some]]], two[column].boxes[other[second[some]]]))
    rows, columns = np.array(places, np.int64).reshape(-1, 2).T
    both = np.array(boxes, np.float64).reshape(-1, 2, MOMENTS, 4).swapaxes(0, 1)
    feet = np.stack(((both[..., 0] + both[..., 2]) / 2, both[..., 3]), axis=-1)
    return Pairs(rows, columns, feet, both[..., 3] - both[..., 1], np.array(seconds))


def find_ground(pairs: Pairs, ratio: Floats) -> Floats | None:
    """(3, 3) the map from feet of the first view to feet of the second; None where too few people agree on one.

    ratio: (p,) the log likelihood ratio of looks: pairs that look alike are guessed from. The same pairs give the same
    map.
    """
    if min(len(np.unique(pairs.rows)), len(np.unique(pairs.columns))) < FEWEST_PEOPLE:
        return None
    random = np.random.default_rng(0)
    chance = np.exp(ratio - ratio.max())
    best, ground = 0.0, None
    for _ in range(_GUESSES):
        chosen = random.choice(len(pairs), _GUESSED_FROM, p=chance / chance.sum())
        if min(len(set(pairs.rows[chosen].tolist())), len(set(pairs.columns[chosen].tolist()))) < _GUESSED_FROM:
            continue
        guess = pairs.fitted(chosen)
        for _ in range(_REFITS):
            agreed = _agreement(pairs, guess)
            if agreed <= best:
                break
            best, ground = agreed, guess
            near = pairs.apart(guess) < NEAR
            if near.sum() < _GUESSED_FROM:
                break
            guess = pairs.fitted(near, guess)
    return ground if best >= FEWEST_PEOPLE else None


def _agreement(pairs: Pairs, ground: Floats) -> float:
    """How many people of either view stand where one of the other does, each the less the farther away (MSAC)."""
    if np.linalg.matrix_rank(ground) < 3:
        return 0.0
    near = np.maximum(1 - pairs.apart(ground) / NEAR, 0)
    counts = []
    for places in (pairs.rows, pairs.columns):
        nearest = np.zeros(places.max() + 1)
        np.maximum.at(nearest, places, near)
        counts.append(float(nearest.sum()))
    return min(counts)


def homography(one: Floats, two: Floats) -> Floats:
    """(3, 3) the homography from points one (n, 2) to two (n, 2), n >= 4, of unit norm.

    The normalised direct linear transformation (Hartley and Zisserman, Alg. 4.2); the third coordinate is positive at
    the middle of the points.
    """
    (p, to_p), (q, to_q) = _normalised(one), _normalised(two)
    rows = np.zeros((len(p), 2, 9))
    rows[:, 0, 0:3] = rows[:, 1, 3:6] = p
    rows[:, :, 6:9] = -q[:, :2, None] * p[:, None]
    values = np.linalg.eigh(np.einsum("nij,nik->jk", rows, rows))[1][:, 0].reshape(3, 3)
    found = np.linalg.inv(to_q) @ values @ to_p
    found *= np.sign(found[2] @ np.append(one.mean(axis=0), 1)) or 1.0
    return np.asarray(found / np.linalg.norm(found))


def projected(ground: Floats, points: Floats) -> Floats:
    """(..., 2) points (..., 2) in the other view; infinity beyond the horizon."""
    mapped = points @ ground[:, :2].T + ground[:, 2]
    depth = mapped[..., 2:]
    return np.where(depth > 0, mapped[..., :2] / np.where(depth > 0, depth, 1), np.inf)


def _normalised(points: Floats) -> tuple[Floats, Floats]:
    """Points (n, 2) moved to the origin at a mean distance of sqrt 2, homogeneous (n, 3); and the map that does so."""
    middle = points.mean(axis=0)
    scale = np.sqrt(2) / max(np.linalg.norm(points - middle, axis=1).mean(), 1e-9)
    to = np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])
    return np.column_stack((points, np.ones(len(points)))) @ to.T, to
