"""Retrieval: how well a descriptor's distances tell one person's crops from other people's, without a tracker.

Each crop in turn is the query, and the gallery is taken from its own sequence: "far", crops at least `gap` frames away,
as after a long occlusion; "near", crops 1 to `near` frames away, as from one detection to the next. Crops of the
query's own frame are in neither: a tracker never compares them.

Rank-k and mean average precision: Zheng et al., "Scalable Person Re-identification: A Benchmark" (ICCV 2015).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.embedding.descriptor import DISTANCES, Distance

GAP = 50  # frames: DeepSORT's longest gap is 30, so no track lives that long without a detection
NEAR = 30  # frames: DeepSORT's longest gap
WINDOWS = ("far", "near")
SHARES = ("Rank-1", "Rank-5", "mAP", "AUC")
COUNTS = ("queries", "pairs")
COLUMNS = (
    *(f"{window} {share}" for window in WINDOWS for share in SHARES),
    *(f"{window} {count}" for window in WINDOWS for count in COUNTS),
)
# Pairs of one person, and pairs of different people, that AUC is measured on: its standard error is then below 0.001.
_MOST_PAIRS = 1_000_000
_BLOCK = 512  # queries at once: 15 MB of distances for 7,500 crops


@dataclass(frozen=True)
class PairDistances:
    """Distances of pairs.

    sample: of a uniform sample of the pairs.
    pairs: how many it stands for.
    """

    sample: NDArray[np.float32]
    pairs: int


@dataclass(frozen=True)
class Retrieval:
    """One window's queries and pairs, as they can be added up over sequences.

    queries: those with at least one true match in their gallery.
    first, fifth: how many of them have one among the 1 and the 5 nearest.
    precision: the sum of their average precisions.
    same, different: pairs of crops.
    """

    queries: int
    first: int
    fifth: int
    precision: float
    same: PairDistances
    different: PairDistances


def retrieval_scores(
    vectors: NDArray[np.float32],
    identities: NDArray[np.int64],
    frames: NDArray[np.int64],
    distance: Distance,
    gap: int = GAP,
    near: int = NEAR,
    seed: int = 0,
) -> dict[str, float]:
    """Rank-1, Rank-5, mAP and ROC AUC of one sequence's crops, far and near.

    Equal distances count against the descriptor: Rank-k as if other people came first, average precision as
    scikit-learn's.

    vectors: (n, d).
    identities: (n,) who each crop shows.
    frames: (n,) the frame of each crop.
    distance: how two vectors are compared.
    gap, near: frames, at least 1.
    seed: of the sample, where over a million pairs are of one kind.
    Returns the `COLUMNS`: shares from 0 to 1, NaN where no crop has a match or no pair is of a kind; then the number of
    queries with a match, and of the pairs that AUC is measured on.
    Raises ValueError where a shape, a value or the distance is wrong.
    """
    return total([compare(vectors, identities, frames, distance, gap, near, seed)])


def compare(
    vectors: NDArray[np.float32],
    identities: NDArray[np.int64],
    frames: NDArray[np.int64],
    distance: Distance,
    gap: int = GAP,
    near: int = NEAR,
    seed: int = 0,
) -> dict[str, Retrieval]:
    """As `retrieval_scores`, by window, before the division: `total` adds up several sequences."""
    _check(vectors, identities, frames, distance, gap, near)
    comparable = _comparable(vectors, distance)
    windows = {"far": (gap, math.inf), "near": (1, near)}
    random = np.random.default_rng(seed)
    return {
        window: _compare(comparable, identities, frames, distance, bounds, random) for window, bounds in windows.items()
    }


def total(sequences: Iterable[dict[str, Retrieval]]) -> dict[str, float]:
    """The `COLUMNS` over all queries and all pairs of several sequences; no pair spans two of them."""
    parts = list(sequences)
    scores: dict[str, float] = {}
    for window in WINDOWS:
        found = [part[window] for part in parts]
        queries = sum(one.queries for one in found)
        sums = (
            sum(one.first for one in found),
            sum(one.fifth for one in found),
            sum(one.precision for one in found),
        )
        values = [value / queries if queries else math.nan for value in sums]
        same, different = [one.same for one in found], [one.different for one in found]
        measured = sum(len(pairs.sample) for pairs in (*same, *different))
        row = (*values, _area(same, different), queries, measured)
        scores |= {f"{window} {name}": value for name, value in zip((*SHARES, *COUNTS), row, strict=True)}
    return {column: scores[column] for column in COLUMNS}


def _check(
    vectors: NDArray[np.float32],
    identities: NDArray[np.int64],
    frames: NDArray[np.int64],
    distance: str,
    gap: int,
    near: int,
) -> None:
    if vectors.ndim != 2:
        raise ValueError(f"vectors has shape {vectors.shape}, expected (n, d)")
    for name, values in (("identities", identities), ("frames", frames)):
        if values.shape != vectors.shape[:1]:
            raise ValueError(f"{name} has shape {values.shape}, expected {vectors.shape[:1]}")
    if not np.isfinite(vectors).all():
        raise ValueError("vectors holds NaN or infinity")
    if distance not in DISTANCES:
        raise ValueError(f"distance is {distance!r}, expected one of {DISTANCES}")
    if distance == "cosine" and not vectors.any(axis=1).all():
        raise ValueError("vectors has a row of zeros, which has no direction for the cosine distance")
    for name, value in (("gap", gap), ("near", near)):
        if value < 1:
            raise ValueError(f"{name} is {value}, expected at least 1 frame")


def _comparable(vectors: NDArray[np.float32], distance: Distance) -> NDArray[np.float32]:
    """Vectors whose inner products give the distances: unit length, or centred, which keeps float32 exact enough."""
    wide = vectors.astype(np.float64)
    if distance == "cosine":
        return (wide / np.linalg.norm(wide, axis=1, keepdims=True)).astype(np.float32)
    return (wide - wide.mean(axis=0)).astype(np.float32) if len(wide) else vectors


def _distances(vectors: NDArray[np.float32], distance: Distance) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """(start, block): row i of a block is from crop start + i to all crops, (b, n), in the order of the distance.

    The square, or the cosine's negative, stands for the distance: scores depend on the order alone.
    """
    lengths = np.einsum("ij,ij->i", vectors, vectors)
    for start in range(0, len(vectors), _BLOCK):
        rows = slice(start, start + _BLOCK)
        products = vectors[rows] @ vectors.T
        if distance == "cosine":
            yield start, -products
        else:
            yield start, np.maximum(lengths[rows, None] + lengths[None] - 2 * products, np.float32(0))


def _compare(
    vectors: NDArray[np.float32],
    identities: NDArray[np.int64],
    frames: NDArray[np.int64],
    distance: Distance,
    bounds: tuple[float, float],
    random: np.random.Generator,
) -> Retrieval:
    counts = _count_pairs(identities, frames, bounds)
    kept: tuple[list[NDArray[np.float32]], ...] = ([], [])
    queries = first = fifth = 0
    precision = 0.0
    for start, block in _distances(vectors, distance):
        same, allowed = _relations(identities, frames, bounds, start, len(block))
        for row in np.flatnonzero((same & allowed).any(axis=1)).tolist():
            gallery, matches = np.sort(block[row, allowed[row]]), np.sort(block[row, allowed[row] & same[row]])
            within = np.searchsorted(gallery, matches, side="right")  # of the gallery, as near as each match
            found = np.searchsorted(matches, matches, side="right")
            before = within[0] - found[0]  # other people as near as the nearest match
            queries, first, fifth = queries + 1, first + int(before < 1), fifth + int(before < 5)
            precision += float((found / within).mean())
        later = allowed & (np.arange(len(vectors))[None] > np.arange(start, start + len(block))[:, None])
        for pairs, count, target in zip((later & same, later & ~same), counts, kept, strict=True):
            distances = block[pairs]
            if count > _MOST_PAIRS:
                distances = distances[random.random(len(distances)) < _MOST_PAIRS / count]
            target.append(distances)
    samples = [PairDistances(_joined(parts), count) for parts, count in zip(kept, counts, strict=True)]
    return Retrieval(queries, first, fifth, precision, *samples)


def _relations(
    identities: NDArray[np.int64], frames: NDArray[np.int64], bounds: tuple[float, float], start: int, rows: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which crops show the same person as each of `rows` crops from `start` on, and which are in its window: (b, n)."""
    own = slice(start, start + rows)
    apart = np.abs(frames[own, None] - frames[None])
    return identities[own, None] == identities[None], (apart >= bounds[0]) & (apart <= bounds[1])


def _count_pairs(
    identities: NDArray[np.int64], frames: NDArray[np.int64], bounds: tuple[float, float]
) -> tuple[int, int]:
    """How many pairs of one person and of different people lie in the window."""
    same_pairs = pairs = 0
    for start in range(0, len(frames), _BLOCK):
        same, allowed = _relations(identities, frames, bounds, start, _BLOCK)
        same_pairs += int(np.count_nonzero(same & allowed))
        pairs += int(np.count_nonzero(allowed))
    return same_pairs // 2, (pairs - same_pairs) // 2  # each was seen from both ends


def _joined(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.concatenate([np.empty(0, np.float32), *parts])


def _area(same: list[PairDistances], different: list[PairDistances]) -> float:
    """ROC AUC: the chance that a pair of one person is nearer than a pair of different people. NaN without either."""
    from sklearn.metrics import roc_auc_score

    kinds = [(0.0, pairs) for pairs in same] + [(1.0, pairs) for pairs in different]
    if not any(pairs.pairs for pairs in same) or not any(pairs.pairs for pairs in different):
        return math.nan
    labels = np.concatenate([np.full(len(pairs.sample), label) for label, pairs in kinds])
    # A sampled pair stands for several, so that a sequence weighs as much as it has pairs.
    weights = np.concatenate(
        [np.full(len(pairs.sample), pairs.pairs / max(1, len(pairs.sample))) for _, pairs in kinds]
    )
    distances = np.concatenate([pairs.sample for _, pairs in kinds])
    return float(roc_auc_score(labels, distances, sample_weight=weights))
