"""The tracks that have ended: who they were, when they were last seen, and how they looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.checks import LONGEST_COORDINATE
from flatsort.tracker.large_gallery import LargeGallery
from flatsort.tracker.nearest import Vectors

# Views kept an id over all its stays, the newest.
MOST_VIEWS = 16


class EndedTracks:
    """All ids that may be taken back, and a searchable gallery of their views.

    ids: (e,) int64, ascending. first, last: (e,) int64, the frames of each's last stay. kinds: (e,) int64, its class.
    """

    def __init__(self) -> None:
        self.ids, self.first, self.last, self.kinds = np.empty((4, 0), np.int64)
        self._owners: Integers = np.empty(0, np.int64)  # of the gallery's views; 0: nobody's any more
        self._gallery: LargeGallery | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def add(
        self, ids: Integers, first: Integers, last: Integers, kinds: Integers, views: Vectors, owners: Integers
    ) -> None:
        """The tracks `ids` (m,) have ended and looked so, `(v, d)` of `owners` (v,). Ids there are renewed."""
        new = ~np.isin(ids, self.ids)
        stays = np.stack((ids, first, last, kinds))
        entries = np.concatenate((self._entries(), stays[:, new]), axis=1)
        entries = entries[:, entries[0].argsort()]
        entries[:, entries[0].searchsorted(ids)] = stays
        self.ids, self.first, self.last, self.kinds = entries
        if self._gallery is None:
            self._gallery = LargeGallery(views.shape[1])
        self._gallery.add(views)
        self._owners = np.concatenate((self._owners, owners))
        if not new.all():
            self._drop(~_newest(self._owners, MOST_VIEWS))

    def forget(self, before: float, living: Integers) -> None:
        """Drop the ids last seen before a frame, but for those `living` (n,), which may end again."""
        kept = (self.last >= before) | np.isin(self.ids, living)
        if not kept.all():
            self._drop(np.isin(self._owners, self.ids[~kept]))
            self.ids, self.first, self.last, self.kinds = self._entries()[:, kept]

    def _entries(self) -> Integers:
        return np.stack((self.ids, self.first, self.last, self.kinds))

    def beside(self, places: Integers) -> NDArray[np.bool_]:
        """(u, u) which of the ids at these places (u,) were there at the same time, themselves not."""
        first, last = self.first[places], self.last[places]
        together: NDArray[np.bool_] = (first[:, None] <= last) & (first <= last[:, None])
        np.fill_diagonal(together, False)
        return together

    def _drop(self, views: NDArray[np.bool_]) -> None:
        """These views are nobody's; when they are more than half of all, the gallery is made anew without."""
        self._owners[views] = 0
        owned = self._owners > 0
        if self._gallery is not None and 2 * int(owned.sum()) < len(owned):
            remaining = self._gallery.vectors[owned]
            self._gallery = LargeGallery(remaining.shape[1])
            self._gallery.add(remaining)
            self._owners = self._owners[owned]

    def within(self, queries: Vectors, radius: float) -> tuple[Integers, Integers, Floats]:
        """Pairs of a query `(n, d)` and an id: row of the query, place among the ids, distance of the nearest view."""
        if self._gallery is None or not len(self.ids):
            return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
        found = self._gallery.within(queries, radius)
        owners = self._owners[found.indices]
        owned = owners > 0
        pairs = found.queries[owned] * len(self.ids) + self.ids.searchsorted(owners[owned])
        pairs, first = np.unique(pairs, return_index=True)  # by query, then distance: the first of an id is the nearest
        rows, places = np.divmod(pairs, len(self.ids))
        return rows, places, found.distances[owned][first]

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything that the next frames depend on."""
        vectors = np.empty((0, 0), np.float32) if self._gallery is None else self._gallery.vectors.copy()
        return {
            "memory_ids": self._entries(),
            "memory_owners": self._owners.copy(),
            "memory_views": vectors,
        }

    def load_state_dict(self, state: Mapping[str, NDArray[Any]], frame: int, last_id: int) -> None:
        """Take over what `state_dict` returned; ValueError where it cannot have been that."""
        entries, owners, vectors = (state[f"memory_{name}"] for name in ("ids", "owners", "views"))
        if entries.ndim != 2 or len(entries) != 4 or entries.dtype.kind not in "iu" or owners.dtype.kind not in "iu":
            raise ValueError(f"state has memory_ids {entries.shape} of dtype {entries.dtype}, expected (4, e) counts")
        if vectors.ndim != 2 or owners.shape != vectors.shape[:1]:
            raise ValueError(f"state has memory_views {vectors.shape} and memory_owners {owners.shape}")
        ids, first, last, _ = entries
        if (
            (np.diff(ids) <= 0).any()
            or (ids < 1).any()
            or (ids > last_id).any()
            or (first > last).any()
            or (last > frame).any()
        ):
            raise ValueError("state has memory_ids that are not ascending, were never given, or not seen yet")
        if not np.isin(owners, [0, *ids.tolist()]).all():
            raise ValueError("state has memory_owners that are not among memory_ids")
        if np.abs(vectors).max(initial=0.0) > LONGEST_COORDINATE:
            raise ValueError("state has memory_views with numbers that are too large")
        self.ids, self.first, self.last, self.kinds = np.array(entries, np.int64)
        self._owners = np.array(owners, np.int64)
        self._gallery = LargeGallery(vectors.shape[1]) if vectors.shape[1] else None
        if self._gallery is not None:
            self._gallery.add(vectors)

    @property
    def dimension(self) -> int:
        """Of the views; 0 before the first."""
        return 0 if self._gallery is None else self._gallery.vectors.shape[1]


def _newest(owners: Integers, most: int) -> NDArray[np.bool_]:
    """(v,) which views are among the newest of their owner, in the order in which they were added."""
    backwards = owners[::-1]
    order = backwards.argsort(kind="stable")
    ordered = backwards[order]
    rank = np.arange(len(ordered)) - ordered.searchsorted(ordered)
    newest = np.empty(len(owners), bool)
    newest[order] = rank < most
    kept: NDArray[np.bool_] = newest[::-1]
    return kept
