"""Tracklets joined over gaps: the surest pairs first, as long as no rival is nearly as sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.continuation import Distance, ends, evidence, mean_looks
from flatsort.tracker.offline.likelihood import learn
from flatsort.tracker.offline.tracklets import Tracklet, joined

# Chosen on PETS09-S2L1, TUD-Campus, KITTI-17 and MOT16-11, MOT17's halves, MOT16 and twelve of DanceTrack by their
# scores.
WITH_LOOKS, WITHOUT_LOOKS = 4.0, 2.0  # seconds of the longest gap
SURE = 2.0  # log likelihood ratio of a pair that is joined
MARGIN = 1.0  # by which it beats every other pair of either side
CLIP = 6.0  # within which the ratio is believed
_ROUNDS = 6


def join(parts: list[Tracklet], rate: float, distance: Distance) -> list[Tracklet]:
    """The tracklets, those of one person as one; the same ones where there are too few to learn from.

    Two that were seen in one frame are never joined, nor two of different classes. Each round joins an end with at most
    one start; the next knows the joined looks.
    """
    looks = all(part.looks.shape[1] > 0 for part in parts) and any(len(part.seen) for part in parts)
    longest = WITH_LOOKS if looks else WITHOUT_LOOKS
    line = learn(parts, longest, rate, distance, looks) if parts else None
    if line is None:
        return parts
    for _ in range(_ROUNDS):
        rows, columns, ratio = _ratios(parts, line, longest, rate, distance, looks)
        follower = dict(_surest(rows, columns, ratio))
        if not follower:
            break
        followed = set(follower.values())
        chains = []
        for row in range(len(parts)):
            if row not in followed:
                chain = [row]
                while chain[-1] in follower:
                    chain.append(follower[chain[-1]])
                chains.append(chain)
        parts = [joined([parts[row] for row in chain]) if len(chain) > 1 else parts[chain[0]] for chain in chains]
    return parts


def _ratios(
    parts: Sequence[Tracklet], line: Floats, longest: float, rate: float, distance: Distance, looks: bool
) -> tuple[Integers, Integers, Floats]:
    """The pairs of an end and a start within the longest gap, and the log likelihood ratio of each."""
    first = np.array([part.frames[0] for part in parts])
    last = np.array([part.frames[-1] for part in parts])
    kinds = np.array([part.kind for part in parts])
    order = np.argsort(first, kind="stable")
    low = np.searchsorted(first[order], last, side="right")
    high = np.searchsorted(first[order], last + round(longest * rate), side="right")
    rows = np.arange(len(parts)).repeat(np.maximum(high - low, 0))
    columns = np.concatenate([order[a:b] for a, b in zip(low, high, strict=True)]) if len(rows) else rows
    fits: NDArray[np.bool_] = (kinds[rows] == kinds[columns]) | (kinds[rows] < 0) | (kinds[columns] < 0)
    means = mean_looks(parts, distance) if looks else np.zeros((len(parts), 0))
    known = ~np.isnan(means.sum(axis=1))
    fits &= known[rows] & known[columns]
    rows, columns = rows[fits], columns[fits]
    pairs = (means[rows], means[columns]) if looks else None
    before, after = ends(parts, True, rate)[rows], ends(parts, False, rate)[columns]
    found = evidence(before, after, first[columns] - last[rows], rate, pairs, distance) @ line
    return rows, columns, np.clip(found, -CLIP, CLIP)


def _surest(rows: Integers, columns: Integers, ratio: Floats) -> list[tuple[int, int]]:
    """Pairs that are sure, and surer by the margin than every other pair of their row and of their column."""
    taken = []
    for pair in np.flatnonzero(ratio >= SURE).tolist():
        rivals = ((rows == rows[pair]) | (columns == columns[pair])) & (np.arange(len(rows)) != pair)
        if ratio[rivals].max(initial=-np.inf) <= ratio[pair] - MARGIN:
            taken.append((int(rows[pair]), int(columns[pair])))
    return taken
