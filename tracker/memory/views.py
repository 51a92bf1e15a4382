"""How a track looked over its whole life: a few views, each the mean of some embeddings in a row.

A mean of embeddings in a row has less noise than one; several means keep the sides of a person apart, which the mean of
all would blur. They lie in columns of the track table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers, overlapping_pairs
from flatsort.tracker.nearest import Vectors
from flatsort.tracker.track_table import TrackTable

# Embeddings in a row that make a view: as many as confirm a track. 4, 5 and 8 were as good.
LENGTH = 3
# Views kept a track, spread over its life. 4 and 16 were as good.
VIEWS = 8
# A box of which another one covers this share shows two people (0.1 and 0.4: the same).
COVERED = 0.2


def columns() -> dict[str, tuple[tuple[int, ...], type]]:
    """view_sum: of the embeddings since the last whole view, `view_part` of them.

    views: those kept, `view_count` of them; view_frames: when each was whole. view_number: of all there were so far, of
    which every 2^view_thinned-th is kept.
    """
    return {
        "view_sum": ((0,), np.float64),
        "view_part": ((), np.int64),
        "views": ((VIEWS, 0), np.float32),
        "view_frames": ((VIEWS,), np.int64),
        "view_count": ((), np.int64),
        "view_number": ((), np.int64),
        "view_thinned": ((), np.int64),
    }


def uncovered(boxes: Floats) -> NDArray[np.bool_]:
    """(n,) which of the boxes `(n, 4)` no other one covers by `COVERED` of their area."""
    clear = np.ones(len(boxes), bool)
    i, j, overlap = overlapping_pairs(boxes, boxes)
    sides = boxes[:, 2:] - boxes[:, :2]
    area = sides[:, 0] * sides[:, 1]
    shared = overlap / (1 + overlap) * (area[i] + area[j])
    clear[i[(i != j) & (shared >= COVERED * area[i])]] = False
    return clear


def add(table: TrackTable, rows: Integers, vectors: Vectors, unit: bool) -> tuple[Integers, Vectors]:
    """The tracks `rows` (m,) were seen to look so, `(m, d)`: rows whose view is now whole, and those views `(p, d)`.

    They are not kept yet: `keep` does that. unit: whether embeddings, and so views, are of unit length.
    """
    extra = table.extra
    if extra["view_sum"].shape[1] != vectors.shape[1]:  # the first embeddings tell how long they are
        extra["view_sum"] = np.zeros((len(table), vectors.shape[1]))
        extra["views"] = np.zeros((len(table), VIEWS, vectors.shape[1]), np.float32)
    extra["view_sum"][rows] += vectors
    extra["view_part"][rows] += 1
    whole = rows[extra["view_part"].take(rows) == LENGTH]
    means = extra["view_sum"].take(whole, axis=0) / LENGTH
    if unit:
        means /= np.maximum(np.sqrt(np.einsum("nd,nd->n", means, means)), 1e-12)[:, None]
    extra["view_sum"][whole] = 0.0
    extra["view_part"][whole] = 0
    return whole, means.astype(np.float32)


def keep(table: TrackTable, rows: Integers, views: Vectors, frame: int) -> None:
    """Keep new views `(m, d)` of the tracks `rows` (m,): where there is no room, every second one is dropped first."""
    extra = table.extra
    due = extra["view_number"].take(rows) % (1 << extra["view_thinned"].take(rows)) == 0
    extra["view_number"][rows] += 1
    rows, views = rows[due], views[due]
    full = rows[extra["view_count"].take(rows) == VIEWS]
    if len(full):
        for name in ("views", "view_frames"):
            extra[name][full, : VIEWS // 2] = extra[name][full, ::2]
        extra["view_count"][full] = VIEWS // 2
        extra["view_thinned"][full] += 1
    place = extra["view_count"].take(rows)
    extra["views"][rows, place] = views
    extra["view_frames"][rows, place] = frame
    extra["view_count"][rows] += 1


def known(table: TrackTable, rows: Integers, until: int | None = None) -> NDArray[np.bool_]:
    """(m, VIEWS) which places of the tracks `rows` (m,) hold a view; until: made in that frame or before."""
    there: NDArray[np.bool_] = np.arange(VIEWS) < table.extra["view_count"].take(rows)[:, None]
    if until is not None:
        there &= table.extra["view_frames"].take(rows, axis=0) <= until
    return there


def check(extra: dict[str, NDArray[Any]], dimension: int) -> None:
    """Raise ValueError where restored columns cannot be views of this dimension."""
    for name, least, most in (
        ("view_part", 0, LENGTH - 1),
        ("view_count", 0, VIEWS),
        ("view_thinned", 0, 60),
        ("view_number", 0, 1 << 60),
        ("view_frames", 0, 1 << 60),
    ):
        if ((extra[name] < least) | (extra[name] > most)).any():
            raise ValueError(f"state has track_{name} with counts that are not from {least} to {most}")
    if len(extra["views"]) and extra["views"].shape[2] != extra["view_sum"].shape[1]:
        raise ValueError(f"state has track_views {extra['views'].shape} and track_view_sum {extra['view_sum'].shape}")
    if len(extra["views"]) and dimension and extra["views"].shape[2] not in (0, dimension):
        raise ValueError(f"state has track_views {extra['views'].shape} and a memory of dimension {dimension}")
