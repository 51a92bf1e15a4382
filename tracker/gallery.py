"""The appearance gallery: the newest embeddings of each track, and a track's distance to a detection.

Every track owns a slot, a ring of its last `budget` embeddings. Its distance to a detection is the smallest over its
ring (DeepSORT, Wojke et al., ICIP 2017). Cosine distance is searched as Euclidean distance of unit vectors: 1 - cos =
d^2 / 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.checks import LARGEST_COUNT, LONGEST_COORDINATE
from flatsort.tracker.nearest import BruteForce, KDTree, Rings, Search, Vectors, choose_search

SEARCHES: dict[str, type[BruteForce] | type[KDTree]] = {"brute": BruteForce, "kdtree": KDTree}


class Gallery:
    """The embeddings of all living tracks.

    distance: "euclidean" or "cosine". search: "brute", "kdtree" or "auto".
    """

    def __init__(self, budget: int, distance: Literal["euclidean", "cosine"], search: str = "auto") -> None:
        self.distance = distance
        self.search = search
        self._rings = Rings(0, budget, 0, unit=distance == "cosine")
        self._free: list[int] = []
        self._search: Search | None = None

    @property
    def dimension(self) -> int:
        """Of the embeddings; 0 before the first."""
        return self._rings.vectors.shape[2]

    def prepare(self, embeddings: Vectors) -> Vectors:
        """Embeddings `(n, d)` as they are stored: under cosine distance of unit length.

        Raises ValueError where the dimension changes, or where a vector without length has no direction.
        """
        if self.dimension and len(embeddings) and embeddings.shape[1] != self.dimension:
            raise ValueError(
                f"embeddings have shape {embeddings.shape}, expected (n, {self.dimension}) as in the frames before"
            )
        if self.distance == "euclidean":
            return embeddings
        lengths = np.sqrt(np.einsum("nd,nd->n", embeddings, embeddings))
        if not lengths.all():
            raise ValueError(f"embeddings row {int(lengths.argmin())} has length 0: no direction for cosine distance")
        unit: Vectors = embeddings / lengths[:, None]
        return unit

    def allocate(self, embeddings: Vectors) -> Integers:
        """New tracks: a slot for each prepared embedding `(m, d)`, which is its first."""
        if len(self._free) < len(embeddings):
            self._grow(max(len(embeddings), len(self._rings.counts), 16), embeddings.shape[1])
        slots = np.array([self._free.pop() for _ in range(len(embeddings))], np.int64)
        self._rings.add(slots, embeddings)
        return slots

    def _grow(self, more: int, dimension: int) -> None:
        old, used = self._rings, len(self._rings.counts)
        self._rings = Rings(used + more, old.budget, dimension, old.unit)
        if used:
            self._rings.vectors[:used] = old.vectors
            self._rings.half_squares[:used] = old.half_squares
            self._rings.counts[:used] = old.counts
        self._free[:0] = range(used + more - 1, used - 1, -1)
        self._search = None

    def release(self, slots: Integers) -> None:
        """The tracks of these slots have ended."""
        self._rings.counts[slots] = 0
        self._free += slots.tolist()
        if self._search is not None:
            self._search.forget(slots)

    def add(self, slots: Integers, embeddings: Vectors) -> None:
        """One more prepared embedding `(m, d)` for each of the slots."""
        self._rings.add(slots, embeddings)

    def newest(self, slots: Integers, rows: Integers, embeddings: Vectors) -> Floats:
        """The distance of each pair (slots[p], embeddings[rows[p]]) to the slot's newest embedding: an upper bound."""
        rings = self._rings
        position = slots * rings.budget + (rings.counts[slots] - 1) % rings.budget
        difference = rings.vectors.reshape(-1, self.dimension).take(position, axis=0)
        difference -= embeddings.take(rows, axis=0)
        return self._distance(np.einsum("nd,nd->n", difference, difference).astype(np.float64))

    def nearest(self, slots: Integers, rows: Integers, embeddings: Vectors) -> Floats:
        """The distance of each pair (slots[p], embeddings[rows[p]]) to the nearest embedding in the slot, `(p,)`."""
        if self._search is None:
            make = choose_search(self._rings) if self.search == "auto" else SEARCHES[self.search]
            self._search = make(self._rings)
        return self._distance(self._search(slots, rows, embeddings))

    def _distance(self, squared: Floats) -> Floats:
        return np.sqrt(squared) if self.distance == "euclidean" else squared * 0.5

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything that the next frames depend on."""
        rings = self._rings
        return {
            "gallery_vectors": rings.vectors.copy(),
            "gallery_counts": rings.counts.copy(),
            "gallery_free": np.array(self._free, np.int64),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state_dict` returned. Raises ValueError where it cannot be that of this gallery."""
        vectors, counts, free = (state[f"gallery_{name}"] for name in ("vectors", "counts", "free"))
        if vectors.ndim != 3 or vectors.shape[1] != self._rings.budget or counts.shape != vectors.shape[:1]:
            raise ValueError(f"state has gallery_vectors {vectors.shape} and gallery_counts {counts.shape}")
        for name, values in (("gallery_counts", counts), ("gallery_free", free)):
            if values.ndim != 1 or values.dtype.kind not in "iu" or (np.abs(values) > LARGEST_COUNT).any():
                raise ValueError(f"state has {name} that are no counts")
        if np.abs(vectors).max(initial=0.0) > (1.01 if self._rings.unit else LONGEST_COORDINATE):
            raise ValueError("state has gallery_vectors with numbers that are too large")
        vectors = np.asarray(vectors, np.float32)
        slots, budget, dimension = vectors.shape
        self._rings = Rings(slots, budget, dimension, self._rings.unit)
        self._rings.vectors[:] = vectors
        if not self._rings.unit:
            self._rings.half_squares[:] = np.einsum("sbd,sbd->sb", vectors, vectors) * np.float32(0.5)
        self._rings.counts[:] = counts
        self._free = free.tolist()
        self._search = None

    def check_slots(self, slots: Integers) -> None:
        """Raise ValueError unless these slots of tracks and the free ones are all there are, and the tracks' filled."""
        counts = self._rings.counts
        if sorted([*self._free, *slots.tolist()]) != list(range(len(counts))) or (counts[slots] < 1).any():
            raise ValueError(f"state has a gallery of {len(counts)} slots that does not fit its {len(slots)} tracks")
