"""The gallery against the naive double loop over everything that each track remembers."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.gallery import Gallery

DISTANCES = {
    "euclidean": lambda a, b: np.linalg.norm(a - b, axis=-1),
    "cosine": lambda a, b: 1 - (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1),
}


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("search", ["brute", "kdtree", "auto"])
@pytest.mark.parametrize(("budget", "dimension"), [(1, 3), (5, 2), (40, 16), (1000, 4)])
def test_equals_the_double_loop(distance: str, search: str, budget: int, dimension: int) -> None:
    """Tracks are born and end, rings fill and wrap, and every distance is that of the naive search."""
    random = np.random.default_rng(budget)
    gallery = Gallery(budget, distance, search)  # type: ignore[arg-type]
    remembered: dict[int, list[np.ndarray]] = {}
    for frame in range(120):
        if frame % 7 == 0:
            born = random.normal(size=(3, dimension)).astype(np.float32)
            for slot, vector in zip(gallery.allocate(gallery.prepare(born)).tolist(), born, strict=True):
                assert slot not in remembered
                remembered[slot] = [vector]
        if frame % 11 == 10:
            ended = list(remembered)[:2]
            gallery.release(np.array(ended))
            for slot in ended:
                del remembered[slot]
        slots = np.array([slot for slot in remembered if random.random() < 0.8], np.int64)
        vectors = random.normal(size=(len(slots), dimension)).astype(np.float32)
        if len(slots):
            gallery.add(slots, gallery.prepare(vectors))
        for slot, vector in zip(slots.tolist(), vectors, strict=True):
            remembered[slot] = [*remembered[slot], vector][-budget:]
        queries = random.normal(size=(4, dimension)).astype(np.float32)
        pair_slots = random.choice(list(remembered), 9)
        rows = random.integers(0, 4, 9)
        naive = [
            DISTANCES[distance](np.array(remembered[slot], np.float64), queries[row].astype(np.float64)).min()
            for slot, row in zip(pair_slots, rows, strict=True)
        ]
        measured = gallery.nearest(pair_slots, rows, gallery.prepare(queries))
        np.testing.assert_allclose(measured, naive, rtol=1e-5, atol=1e-6)
        assert (gallery.newest(pair_slots, rows, gallery.prepare(queries)) >= measured - 1e-6).all()


def test_large_lengths_do_not_cancel() -> None:
    """Vectors far from the origin and close to each other: the distance comes from the difference."""
    gallery = Gallery(10, "euclidean", "brute")
    far = np.full((1, 8), 3000, np.float32)
    slots = gallery.allocate(far)
    assert gallery.nearest(slots, np.array([0]), far + np.float32(0.25))[0] == pytest.approx(0.25 * np.sqrt(8))


@pytest.mark.parametrize(
    ("vectors", "complaint"),
    [(np.zeros((2, 3)), "row 0 has length 0"), (np.ones((2, 4)), r"shape \(2, 4\), expected \(n, 3\)")],
    ids=["no direction", "another dimension"],
)
def test_refuses(vectors: np.ndarray, complaint: str) -> None:
    gallery = Gallery(10, "cosine")
    gallery.allocate(gallery.prepare(np.ones((1, 3), np.float32)))
    with pytest.raises(ValueError, match=complaint):
        gallery.prepare(vectors.astype(np.float32))
