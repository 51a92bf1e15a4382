"""Tracklets joined over gaps: the surest pairs first, as long as no rival is nearly as sure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.continuation import ends, motion_odds, share_seen
from flatsort.tracker.offline.likelihood import Distance, learn_looks, mean_looks
from flatsort.tracker.offline.tracklets import Tracklet, joined

# Seconds of the longest gap. Nobody is joined over longer ones: at 8 seconds looks mislead as often as they help.
WITH_LOOKS, WITHOUT_LOOKS = 4.0, 2.0
SURE = 0.0  # log odds of a pair that is joined: rather one person than two
MARGIN = 1.0  # by which it beats every other pair of either side
CLIP = 4.0  # within which the ratio of looks is believed, as in the tracker itself
_ROUNDS = 6
# Pairs whose looks are compared at once: a long video has millions, and looks have hundreds of numbers.
_BLOCK = 1 << 16


def join(parts: list[Tracklet], rate: float, distance: Distance) -> list[Tracklet]:
    """The tracklets, those of one person as one.

    The log odds of a pair are those of motion and, where the tracks are enough to learn it from, the log likelihood
    ratio of their looks. Two that were seen in one frame are never joined, nor two of different classes. Each round
    joins an end with at most one start; the next knows the joined looks.
    """
    looks = all(part.looks.shape[1] > 0 for part in parts)
    line = learn_looks([parts], distance) if looks else None
    for _ in range(_ROUNDS):
        follower = dict(_surest(*_ratios(parts, line, rate, distance)))
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
    parts: Sequence[Tracklet], line: Floats | None, rate: float, distance: Distance
) -> tuple[Integers, Integers, Floats]:
    """The pairs of an end and a start within the longest gap, and the log odds of each. line: as of `learn_looks`."""
    longest = round((WITHOUT_LOOKS if line is None else WITH_LOOKS) * rate)
    first = np.array([part.frames[0] for part in parts], np.int64)
    last = np.array([part.frames[-1] for part in parts], np.int64)
    kinds = np.array([part.kind for part in parts])
    order = np.argsort(first, kind="stable")
    low = np.searchsorted(first[order], last, side="right")
    high = np.searchsorted(first[order], last + longest, side="right")
    rows = np.arange(len(parts)).repeat(np.maximum(high - low, 0))
    columns = np.concatenate([order[a:b] for a, b in zip(low, high, strict=True)]) if len(rows) else rows
    fits: NDArray[np.bool_] = (kinds[rows] == kinds[columns]) | (kinds[rows] < 0) | (kinds[columns] < 0)
    rows, columns = rows[fits], columns[fits]
    before, after = ends(parts, True, rate)[rows], ends(parts, False, rate)[columns]
    seen = share_seen(parts)
    found = motion_odds(before, after, first[columns] - last[rows], rate, np.minimum(seen[rows], seen[columns]))
    if line is not None:
        apart = _apart(mean_looks(parts, distance), rows, columns, distance)
        found += np.clip(np.nan_to_num(line[0] + line[1] * apart, nan=-CLIP), -CLIP, CLIP)
    return rows, columns, found


def _apart(means: Floats, rows: Integers, columns: Integers, distance: Distance) -> Floats:
    """(p,) between the looks of each pair, means (n, d); NaN where they are not known."""
    found = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        block = slice(start, start + _BLOCK)
        one, two = means[rows[block]], means[columns[block]]
        if distance == "cosine":
            found[block] = 1 - np.einsum("pd,pd->p", one, two)
        else:
            found[block] = np.linalg.norm(one - two, axis=1)
    return found


def _surest(rows: Integers, columns: Integers, ratio: Floats) -> list[tuple[int, int]]:
    """Pairs that are sure, and surer by the margin than every other pair of their row and of their column."""
    rival = np.maximum(_rivals(rows, ratio), _rivals(columns, ratio))
    taken = (ratio >= SURE) & (rival <= ratio - MARGIN)
    return list(zip(rows[taken].tolist(), columns[taken].tolist(), strict=True))


def _rivals(group: Integers, ratio: Floats) -> Floats:
    """(p,) the highest ratio of the other pairs of each pair's group, -inf where it is alone."""
    order = np.lexsort((-ratio, group))
    ordered = group[order]
    first = np.searchsorted(ordered, group)  # where each pair's group begins, with its highest ratio
    highest = ratio[order][first]
    sole = np.append(ordered[1:] != ordered[:-1], True)[first]
    following = np.where(sole, -np.inf, ratio[order][np.minimum(first + 1, len(order) - 1)])
    return np.where(order[first] == np.arange(len(group)), following, highest)
