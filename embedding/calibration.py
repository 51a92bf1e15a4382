"""The gate of a descriptor, from detections without labels.

Boxes of one frame are different people; a run of overlapping boxes without a rival is one person (`data.tracklets`).
Distances are measured as the tracker measures them: from a detection to the nearest of the vectors that a track has
gathered until some frames ago.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from flatsort.data import InputError, Sequence
from flatsort.data.boxtable import BoxTable
from flatsort.data.crops.tracklets import MIN_CONFIDENCE, mine_tracklets
from flatsort.data.progress import Bar
from flatsort.embedding.descriptor import Descriptor, Distance, describe
from flatsort.embedding.gate import Gate
from flatsort.embedding.metric import Metric, Seen

# As the tracker: the gallery keeps the newest 100 vectors, and a track lives 30 frames without a detection (DeepSORT).
_BUDGET = 100
_LONGEST_GAP = 30
# Detections that are described, from the start of the sequence on, so that hours of video cost minutes. On MOT16-11 and
# PETS09-S2L1 OSNet's gate from the first 2,000 is within 0.01 of that from all; the colour histogram's within 0.08.
_MOST_DETECTIONS = 20_000
_QUERIES = 4000
_OTHERS = 4  # different people a query is compared with
_FEWEST_PAIRS = 50


@dataclass(frozen=True)
class GatePairs:
    """Distances of detections to the galleries of tracklets: their own, and those of other people in the same frame."""

    same: NDArray[np.float64]
    different: NDArray[np.float64]

    def __add__(self, other: GatePairs) -> GatePairs:
        return GatePairs(np.concatenate([self.same, other.same]), np.concatenate([self.different, other.different]))


def sample_pairs(
    sequence: Sequence,
    descriptor: Descriptor,
    *,
    min_confidence: float | None = MIN_CONFIDENCE,
    seed: int = 0,
    watch: Bar = iter,
) -> GatePairs:
    """Describe the detections that belong to a tracklet, and measure pairs of them, as `measure_pairs`.

    watch: sees the frames pass by, for a progress bar. Raises InputError as `describe` and the sequence do.
    """
    seen = describe_tracklets(sequence, descriptor, min_confidence=min_confidence, watch=watch)
    return measure_pairs(seen, descriptor.distance, seed)


def describe_tracklets(
    sequence: Sequence,
    descriptor: Descriptor,
    *,
    min_confidence: float | None = MIN_CONFIDENCE,
    watch: Bar = iter,
) -> Seen:
    """The vectors of the detections that belong to a tracklet, of the first 20,000 in time.

    watch: sees the frames pass by, for a progress bar. Raises InputError as `describe` and the sequence do.
    """
    table = sequence.detections
    tracklets, linked, last = _linked(table, min_confidence)
    vectors = np.zeros((int(np.searchsorted(table.frames, last, side="right")), descriptor.dimension), np.float32)
    for frame in watch(islice(sequence, last)):
        at = table.rows_of(frame.index)
        keep = tracklets[at] >= 0
        vectors[at][keep] = describe(descriptor, replace(frame, detections=frame.detections[keep]))
    described = linked[linked < len(vectors)]
    return Seen(vectors[described], table.frames[described], tracklets[described])


def measure_pairs(seen: Seen, distance: Distance, seed: int = 0) -> GatePairs:
    """Distances of detections to the galleries of tracklets.

    Each of at most 4,000 random detections is compared with its own tracklet as it was g frames before, g random from 1
    to 30, and with up to four tracklets that are seen beside it, as they were at the same time.
    """
    rows = np.arange(len(seen.vectors))
    return _measure(seen.vectors, seen.frames, seen.tracklets, rows, distance, np.random.default_rng(seed))


def check_pairs(sequences: list[Sequence], *, min_confidence: float | None = MIN_CONFIDENCE, seed: int = 0) -> None:
    """Whether the detections of these sequences will do for a gate; their images are not read.

    Raises InputError where all are of one tracklet, or the pairs are too few, as `calibrate` would.
    """
    same = different = mined = 0
    for table in (sequence.detections for sequence in sequences):
        tracklets, linked, last = _linked(table, min_confidence)
        mined += int(tracklets.max(initial=-1)) + 1
        nothing = np.zeros((int(np.searchsorted(table.frames, last, side="right")), 1), np.float32)
        described = linked[linked < len(nothing)]
        random = np.random.default_rng(seed)
        pairs = _measure(nothing, table.frames, tracklets, described, "euclidean", random)
        same, different = same + len(pairs.same), different + len(pairs.different)
    names = ", ".join(sequence.name for sequence in sequences)
    if mined == 1:
        problem = "its crops are all of one tracklet, and no two people are to be told apart"
        raise InputError(names, None, problem, "give a sequence with several people in a frame")
    refuse_few_pairs(names, same, different)


def _linked(table: BoxTable, min_confidence: float | None) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """The tracklet of each row, the rows that belong to one, and the last frame that is described."""
    tracklets = mine_tracklets(table, min_confidence=min_confidence)
    linked = np.flatnonzero(tracklets >= 0)
    last = int(table.frames[linked[:_MOST_DETECTIONS][-1]]) if len(linked) else 0
    return tracklets, linked, last


def _measure(
    vectors: NDArray[np.float32],
    frames: NDArray[np.int64],
    tracklets: NDArray[np.int64],
    described: NDArray[np.int64],
    distance: Distance,
    random: np.random.Generator,
) -> GatePairs:
    order = described[np.argsort(tracklets[described], kind="stable")]  # each tracklet's rows together, in time
    runs = np.split(order, np.flatnonzero(np.diff(tracklets[order])) + 1)
    members = {int(tracklets[rows[0]]): rows for rows in runs if len(rows)}
    beside: dict[int, list[int]] = {}
    for row in described.tolist():
        beside.setdefault(int(frames[row]), []).append(int(tracklets[row]))
    same: list[float] = []
    different: list[float] = []
    for query in random.permutation(described)[:_QUERIES].tolist():
        now, own = int(frames[query]), int(tracklets[query])
        longest = min(_LONGEST_GAP, now - int(frames[members[own][0]]))
        if longest < 1:
            continue
        until = now - int(random.integers(1, longest + 1))
        others = random.permutation([one for one in beside[now] if one != own])[:_OTHERS]
        for tracklet in (own, *others.tolist()):
            gallery = members[tracklet][frames[members[tracklet]] <= until][-_BUDGET:]
            if len(gallery):
                measured = _nearest(vectors[query], vectors[gallery], distance)
                (same if tracklet == own else different).append(measured)
    return GatePairs(np.array(same), np.array(different))


def _nearest(query: NDArray[np.float32], gallery: NDArray[np.float32], distance: Distance) -> float:
    if distance == "cosine":
        lengths = np.linalg.norm(gallery, axis=1) * np.linalg.norm(query)
        return float((1 - gallery @ query / lengths).min())
    return float(np.linalg.norm(gallery - query, axis=1).min())


def equal_error(pairs: GatePairs) -> tuple[float, float]:
    """The distance above which as large a share of one person's pairs lies as of different people's at or below it.

    Returns the distance and that share. Chosen over a fixed share of false matches because it needs no number: with
    DeepSORT's own descriptor it gives 0.23 and 0.21 on MOT16-05 and -09, where the published gate is 0.2 and the
    identity switches are lowest from 0.15 to 0.25.
    """
    candidates = np.unique(np.concatenate([pairs.same, pairs.different]))
    above = 1 - np.searchsorted(np.sort(pairs.same), candidates, side="right") / len(pairs.same)
    below = np.searchsorted(np.sort(pairs.different), candidates, side="right") / len(pairs.different)
    crossing = int(np.flatnonzero(below >= above)[0])
    return float(candidates[crossing]), float((above[crossing] + below[crossing]) / 2)


def calibrate(
    pairs: GatePairs, descriptor: Descriptor, sources: list[str], seed: int = 0, metric: Metric | None = None
) -> Gate:
    """The gate of the equal error, with how it came about. Raises InputError where the pairs are too few to tell.

    metric: in which the pairs were measured, None for the descriptor's own distance.
    """
    refuse_few_pairs(", ".join(sources), len(pairs.same), len(pairs.different))
    value, error = equal_error(pairs)
    if value <= 0:
        raise InputError(f"descriptor {descriptor.name}", None, "different people are at distance 0", "use another")
    origin = {
        "descriptor": descriptor.name,
        "criterion": "equal error rate of detections against the gallery of their own and of other tracklets",
        "error": error,
        "same_pairs": len(pairs.same),
        "different_pairs": len(pairs.different),
        "sources": sources,
        "seed": seed,
    }
    return Gate(descriptor.distance, value, origin, metric)


def refuse_few_pairs(names: str, same: int, different: int) -> None:
    """Raise InputError where pairs of one person, or of different people, are too few for a gate."""
    if min(same, different) < _FEWEST_PAIRS:
        counts = f"{same} pairs of one person and {different} of different people"
        cure = "give a longer sequence with several people apart in a frame (detections of low confidence do not count)"
        raise InputError(names, None, f"{counts}, at least {_FEWEST_PAIRS} of each are needed", cure)
