"""The likelihood ratio of a continuation, learnt from the tracks themselves: no label and no scale is given.

A tracklet cut in two, with a gap between the pieces, is one person. A piece of it and a piece of a tracklet that was
seen beside it are two people. A balanced logistic regression on such pairs is log p(pair | same) / p(pair | different).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flatsort.tracker.boxes import Floats
from flatsort.tracker.offline.continuation import Distance, ends, evidence, mean_looks
from flatsort.tracker.offline.tracklets import Tracklet

# Cuts that are tried a tracklet, tracklets seen beside it that a piece is compared with, and frames of a piece at most.
CUTS, OTHERS, LONGEST_PIECE = 6, 3, 200
# Pairs of each kind below which nothing is learnt; tracklets that are cut at most.
FEWEST, MOST_CUT = 30, 2000
_ROUNDS, _RIDGE = 30, 1e-2


def learn(parts: Sequence[Tracklet], longest: float, rate: float, distance: Distance, looks: bool) -> Floats | None:
    """(k,) the weights of `evidence`, None where the tracks are too few to learn from.

    longest: seconds of the longest gap. looks: whether embeddings are used. The same tracks give the same weights.
    """
    random = np.random.default_rng(0)
    before: list[Tracklet] = []
    after: list[Tracklet] = []
    same: list[bool] = []
    first = np.array([part.frames[0] for part in parts])
    last = np.array([part.frames[-1] for part in parts])
    for own in random.permutation(len(parts))[:MOST_CUT].tolist():
        part = parts[own]
        beside = np.flatnonzero((first <= last[own]) & (last >= first[own]) & (np.arange(len(parts)) != own))
        for _ in range(CUTS):
            gap = max(int(np.exp(random.uniform(np.log(2), np.log(max(longest * rate, 3.0))))), 2)
            left, right = random.integers(3, LONGEST_PIECE, 2).tolist()
            low, high = int(first[own]) + 2, int(last[own]) - 2 - gap
            if high < low:
                continue
            cut = int(random.integers(low, high + 1))
            piece = part.between(cut - left, cut)
            others = random.permutation(beside)[:OTHERS].tolist()
            for other in (own, *others):
                start = parts[other].between(cut + gap, cut + gap + right)
                if _usable(piece, looks) and _usable(start, looks):
                    before.append(piece)
                    after.append(start)
                    same.append(other == own)
    truth = np.array(same, bool)
    if min(truth.sum(), (~truth).sum()) < FEWEST:
        return None
    gaps = np.array([start.frames[0] - piece.frames[-1] for piece, start in zip(before, after, strict=True)])
    known = (mean_looks(before, distance), mean_looks(after, distance)) if looks else None
    return logistic(
        evidence(ends(before, True, rate), ends(after, False, rate), gaps, rate, known, distance), truth.astype(float)
    )


def _usable(part: Tracklet, looks: bool) -> bool:
    return len(part.frames) >= 2 and (not looks or len(part.seen) > 0)


def logistic(design: Floats, truth: Floats) -> Floats:
    """(k,) weights of a logistic regression in which both kinds weigh the same; column 0 of the design is ones."""
    centre, spread = design.mean(axis=0), design.std(axis=0)
    centre[0], spread[0] = 0.0, 1.0
    spread[spread < 1e-9] = 1.0
    scaled = (design - centre) / spread
    weight = np.where(truth > 0, 0.5 / truth.sum(), 0.5 / (1 - truth).sum()) * len(truth) / 2
    line = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):  # Newton's method; a slight ridge keeps separable pairs finite
        p = 1 / (1 + np.exp(-np.clip(scaled @ line, -30, 30)))
        gradient = scaled.T @ (weight * (truth - p)) - _RIDGE * line
        curvature = (scaled * (weight * p * (1 - p))[:, None]).T @ scaled + _RIDGE * np.eye(len(line))
        step = np.linalg.solve(curvature, gradient)
        line += step
        if np.abs(step).max() < 1e-9:
            break
    found: Floats = line / spread
    found[0] = line[0] - (found[1:] * centre[1:]).sum()
    return found
