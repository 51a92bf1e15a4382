"""A linear metric in closed form from tracklets: what varies within one person is shrunk before distances are taken.

Within-class covariance normalisation (Hatch, Kajarekar, Stolcke, Interspeech 2006) with the covariance shrunk towards
the sphere (Ledoit and Wolf, 2004). No label is read: a tracklet is one person, boxes side by side are two.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.embedding.descriptor import Distance

# Of the mean variance, added to each. The larger, the nearer to the descriptor's own distance.
SHRINKAGES = (0.1, 0.3, 1.0, 3.0, 10.0)
_FOLDS = 4
# Tracklets of this many vectors at least, or their variance says little; and so many of them in all.
_FEWEST_VECTORS, _FEWEST_TRACKLETS = 5, 12
_MOST_QUERIES = 3  # a tracklet


@dataclass(frozen=True)
class Seen:
    """Described detections of one sequence. vectors: (n, d). frames, tracklets: (n,) int64."""

    vectors: NDArray[np.float32]
    frames: NDArray[np.int64]
    tracklets: NDArray[np.int64]


@dataclass(frozen=True)
class Metric:
    """matrix: (d, d) float32; the distance of x and y is ‖matrix (x − y)‖, of unit vectors where `unit`.

    shrinkage: as `SHRINKAGES`. error, error_without: shares of held-out queries that are nearer to somebody else, with
    the metric and without.
    """

    matrix: NDArray[np.float32]
    unit: bool
    shrinkage: float
    error: float
    error_without: float

    def __call__(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The vectors (n, d) in the space in which their Euclidean distance is the metric's."""
        return np.asarray(prepared(vectors, self.unit) @ self.matrix.T, np.float32)


def metric_values(metric: Metric) -> dict[str, Any]:
    """The metric as JSON values; the matrix as base64 of its little-endian 32-bit floats, by row."""
    text = base64.b64encode(metric.matrix.astype("<f4").tobytes()).decode("ascii")
    about = {name: getattr(metric, name) for name in ("unit", "shrinkage", "error", "error_without")}
    return {"size": len(metric.matrix), **about, "matrix": text}


def read_metric(values: Any) -> Metric | None:
    """What `metric_values` wrote, None for None. Raises ValueError where it is something else."""
    if values is None:
        return None
    try:
        matrix = np.asarray(np.frombuffer(base64.b64decode(values["matrix"], validate=True), "<f4"), np.float32)
        size = int(values["size"])
        about = {name: float(values[name]) for name in ("shrinkage", "error", "error_without")}
        made = Metric(matrix.reshape(size, size), bool(values["unit"]), **about)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"its metric is damaged ({error})") from None
    if not np.isfinite(made.matrix).all():
        raise ValueError("its metric is damaged (not finite)")
    return made


def learn_metric(sequences: Iterable[Seen], distance: Distance) -> Metric | None:
    """The metric of these sequences' tracklets, None where held-out tracklets do not gain by it, or are too few.

    A quarter of the tracklets, by the time at which they begin, is held out in turn. A held-out tracklet's last
    vectors are the queries, its first one is the match, and the first ones of held-out tracklets seen beside it are
    other people. Of the shrinkages that err no more than the best, by a standard error, the largest is taken, and only
    if no metric errs more than it by a standard error.
    """
    unit = distance == "cosine"
    parts = [split(part, unit) for part in sequences]
    tracklets = [tracklet for part in parts for tracklet in part]
    if len(tracklets) < _FEWEST_TRACKLETS:
        return None
    folds = np.concatenate([np.arange(len(part)) * _FOLDS // max(1, len(part)) for part in parts])
    places = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    missed: dict[float, list[NDArray[np.float64]]] = {shrinkage: [] for shrinkage in (0.0, *SHRINKAGES)}
    for fold in range(_FOLDS):
        rest = [tracklet for tracklet, own in zip(tracklets, folds, strict=True) if own != fold]
        scatter = within(rest)
        for place in range(len(parts)):
            chosen = np.flatnonzero((folds == fold) & (places == place))
            held = [tracklets[number] for number in chosen.tolist()]
            for shrinkage, found in missed.items():
                found.append(misses(held, whitening(scatter, shrinkage) if shrinkage else None))
    errors = {shrinkage: np.concatenate(found) for shrinkage, found in missed.items()}
    without = errors[0.0]
    if not len(without):
        return None
    least = min(SHRINKAGES, key=lambda shrinkage: float(errors[shrinkage].mean()))
    # Breiman et al. (1984): the simplest that is not clearly worse than the best; here the nearest to no metric.
    best = max(one for one in SHRINKAGES if not clearly(errors[one], errors[least]))
    if not clearly(without, errors[best]):
        return None
    matrix: NDArray[np.float32] = whitening(within(tracklets), best).astype(np.float32)
    return Metric(matrix, unit, best, float(errors[best].mean()), float(without.mean()))


def clearly(more: NDArray[np.float64], less: NDArray[np.float64]) -> bool:
    """Whether the first errors, one a tracklet, are larger by more than the standard error of the mean difference."""
    gain = more - less
    return bool(gain.mean() > gain.std() / np.sqrt(len(gain)))


def prepared(vectors: NDArray[np.float32], unit: bool) -> NDArray[np.float64]:
    """The vectors in float64, of unit length where angles are compared."""
    wide = vectors.astype(np.float64)
    return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True)) if unit else wide


@dataclass(frozen=True)
class Tracklet:
    """vectors: (n, d) float64 in time. first, last: frames."""

    vectors: NDArray[np.float64]
    first: int
    last: int


def split(seen: Seen, unit: bool) -> list[Tracklet]:
    """The tracklets that are long enough, by the time at which they begin; their vectors as `prepared`."""
    vectors = prepared(seen.vectors, unit)
    order = np.lexsort((seen.frames, seen.tracklets))
    runs = np.split(order, np.flatnonzero(np.diff(seen.tracklets[order])) + 1)
    found = [
        Tracklet(vectors[rows], int(seen.frames[rows[0]]), int(seen.frames[rows[-1]]))
        for rows in runs
        if len(rows) >= _FEWEST_VECTORS
    ]
    return sorted(found, key=lambda tracklet: (tracklet.first, tracklet.last))


def within(tracklets: list[Tracklet]) -> NDArray[np.float64]:
    """The covariance within tracklets, (d, d), every tracklet weighing alike."""
    parts = [np.cov(tracklet.vectors, rowvar=False, ddof=1) for tracklet in tracklets]
    return np.asarray(np.mean(parts, axis=0)).reshape(tracklets[0].vectors.shape[1], -1)


def whitening(scatter: NDArray[np.float64], shrinkage: float) -> NDArray[np.float64]:
    """(S + s t 1)^(-1/2), t the mean variance, scaled so that a sphere is left as it is. (d, d), symmetric."""
    variance = float(np.trace(scatter)) / len(scatter)
    if variance <= 0:
        return np.eye(len(scatter))
    values, axes = np.linalg.eigh(scatter / variance)
    scale = np.sqrt((1 + shrinkage) / (np.maximum(values, 0) + shrinkage))
    return np.asarray((axes * scale) @ axes.T)


def misses(held: list[Tracklet], matrix: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """For each tracklet seen beside another the share of its queries to which somebody else is at least as near.

    As near as the tracklet's own first vector; somebody else is the first vector of a tracklet seen beside it.
    """
    if not held:
        return np.empty(0)
    first = np.stack([tracklet.vectors[0] for tracklet in held])
    begins, ends = (np.array([getattr(tracklet, name) for tracklet in held]) for name in ("first", "last"))
    together = (begins[:, None] <= ends[None]) & (begins[None] <= ends[:, None])
    np.fill_diagonal(together, False)
    missed: list[float] = []
    for number in np.flatnonzero(together.any(axis=1)).tolist():
        queries = held[number].vectors[-_MOST_QUERIES:]
        apart = queries[:, None] - first[None]
        if matrix is not None:
            apart = apart @ matrix.T
        distances = np.linalg.norm(apart, axis=2)
        others = distances[:, together[number]].min(axis=1)
        missed.append(float((others <= distances[:, number]).mean()))
    return np.array(missed)
