"""Retrieval across cameras: a person seen by one camera is looked for among the people that others saw.

Rank-k and mean average precision: Zheng et al., "Scalable Person Re-identification: A Benchmark" (ICCV 2015).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.embedding.descriptor import DISTANCES, Distance

COLUMNS = ("Rank-1", "Rank-5", "mAP", "queries")
_BLOCK = 512  # queries at once


@dataclass(frozen=True)
class CameraRanking:
    """What can be added up over folders: queries with a match, how many found one first and among five, and precision.

    precision: the sum of the queries' average precisions.
    """

    queries: int
    first: int
    fifth: int
    precision: float


def split_cameras(
    name: str, cameras: NDArray[np.int64], query: int | None, gallery: int | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows of the queries and of the gallery.

    query: a camera, by default the lowest. gallery: a camera, by default every camera but the query's. Raises
    InputError where a camera is not there, or nothing is left for the gallery.
    """
    known = np.unique(cameras).tolist()
    for option, camera in (("--query-camera", query), ("--gallery-camera", gallery)):
        if camera is not None and camera not in known:
            raise InputError(option, None, f"is {camera}", f"{name} has the cameras {', '.join(map(str, known))}")
    asked = known[0] if query is None else query
    if gallery == asked:
        problem = f"is camera {asked}, as the query's"
        raise InputError("--gallery-camera", None, problem, "name another: retrieval here is across cameras")
    if len(known) < 2:
        raise InputError(name, None, f"has crops of camera {asked} alone", "add crops of a second camera")
    others = cameras != asked if gallery is None else cameras == gallery
    return np.flatnonzero(cameras == asked), np.flatnonzero(others)


def rank(
    queries: NDArray[np.float32],
    gallery: NDArray[np.float32],
    who: NDArray[np.int64],
    others: NDArray[np.int64],
    distance: Distance,
) -> CameraRanking:
    """Rank the gallery for every query.

    queries: (n, d), gallery: (m, d). who: (n,) and others: (m,) whom each shows. A query without a match in the gallery
    does not count. Equal distances count against the descriptor: Rank-k as if other people came first, average
    precision as scikit-learn's. Raises ValueError where the shapes or the distance are wrong.
    """
    if distance not in DISTANCES:
        raise ValueError(f"distance is {distance!r}, expected one of {DISTANCES}")
    if queries.ndim != 2 or gallery.ndim != 2 or queries.shape[1] != gallery.shape[1]:
        raise ValueError(f"queries {queries.shape} and gallery {gallery.shape}, expected (n, d) and (m, d)")
    if len(who) != len(queries) or len(others) != len(gallery):
        raise ValueError(f"{len(who)} and {len(others)} identities for {len(queries)} and {len(gallery)} vectors")
    n = first = fifth = 0
    precision = 0.0
    for start in range(0, len(queries), _BLOCK):
        rows = slice(start, start + _BLOCK)
        for own, block in zip(who[rows], _distances(queries[rows], gallery, distance), strict=True):
            matches = np.sort(block[others == own])
            if not len(matches):
                continue
            within = np.searchsorted(np.sort(block), matches, side="right")  # of the gallery, as near as each match
            found = np.searchsorted(matches, matches, side="right")
            before = within[0] - found[0]  # other people as near as the nearest match
            n, first, fifth = n + 1, first + int(before < 1), fifth + int(before < 5)
            precision += float((found / within).mean())
    return CameraRanking(n, first, fifth, precision)


def total(rankings: Iterable[CameraRanking]) -> dict[str, float]:
    """The `COLUMNS` over all queries: shares from 0 to 1, NaN where no query has a match."""
    parts = list(rankings)
    queries = sum(part.queries for part in parts)
    sums = (
        sum(part.first for part in parts),
        sum(part.fifth for part in parts),
        sum(part.precision for part in parts),
    )
    values = [value / queries if queries else math.nan for value in sums]
    return dict(zip(COLUMNS, (*values, float(queries)), strict=True))


def _distances(queries: NDArray[np.float32], gallery: NDArray[np.float32], distance: Distance) -> NDArray[np.float64]:
    """(n, m), in the order of the distance: the square, or the cosine's negative, stands for it."""
    a, b = queries.astype(np.float64), gallery.astype(np.float64)
    if distance == "cosine":
        a, b = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
        return np.asarray(-a @ b.T)
    squares = np.einsum("ij,ij->i", a, a)[:, None] + np.einsum("ij,ij->i", b, b)[None] - 2 * a @ b.T
    return np.asarray(squares)
