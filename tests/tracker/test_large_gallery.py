"""Searches of a large gallery against the naive search of everything, ties included."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatsort.tracker import large_gallery
from flatsort.tracker.large_gallery import LargeGallery, leading_components


def naive(gallery: np.ndarray, queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances and indices (n, size), by distance, then index."""
    difference = queries[:, None].astype(np.float64) - gallery.astype(np.float64)
    distances = np.sqrt((difference * difference).sum(2))
    order = np.argsort(distances, axis=1, kind="stable")
    return np.take_along_axis(distances, order, 1), order


def flat(random: np.random.Generator, count: int, dimension: int, kind: str) -> np.ndarray:
    """Embeddings that a few directions tell apart, on a grid so that many are tied, or far from the origin."""
    if kind == "grid":
        return random.integers(0, 3, (count, dimension)).astype(np.float32)
    scale = 0.6 ** np.arange(dimension) * (0.01 if kind == "far" else 1)
    return (random.normal(size=(count, dimension)) * scale + (100 if kind == "far" else 0)).astype(np.float32)


@settings(max_examples=150)
@given(
    seed=st.integers(0, 2**32 - 1),
    parts=st.lists(st.integers(0, 300), min_size=1, max_size=5),
    dimension=st.integers(1, 24),
    k=st.integers(1, 40),
    kind=st.sampled_from(["flat", "grid", "far"]),
    search=st.sampled_from(["auto", "brute", "kdtree"]),
)
def test_equals_the_naive_search(seed: int, parts: list[int], dimension: int, k: int, kind: str, search: str) -> None:
    """Parts are added in turn, each followed by a search of the k nearest and of a radius that some lie exactly at."""
    random = np.random.default_rng(seed)
    gallery = LargeGallery(dimension, search)  # type: ignore[arg-type]
    stored = np.empty((0, dimension), np.float32)
    for count in parts:
        new = flat(random, count, dimension, kind)
        gallery.add(new)
        stored = np.concatenate((stored, new))
        queries = np.concatenate((flat(random, 5, dimension, kind), stored[:2]))
        distances, order = naive(stored, queries)
        measured, indices = gallery.nearest(queries, k)
        np.testing.assert_array_equal(indices, order[:, :k])
        np.testing.assert_array_equal(measured, distances[:, :k])
        radius = float(distances[0, len(stored) // 3]) if len(stored) else 1.0
        found = gallery.within(queries, radius)
        inside = distances <= radius
        np.testing.assert_array_equal(found.queries, inside.nonzero()[0])
        np.testing.assert_array_equal(found.indices, order[inside])
        np.testing.assert_array_equal(found.distances, distances[inside])
    assert len(gallery) == len(stored)


@pytest.mark.parametrize("search", ["brute", "kdtree"])
def test_blocks_and_growing_candidates(search: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """More queries and rows than a block holds, and queries that the first candidates do not prove."""
    monkeypatch.setattr(large_gallery, "_QUERIES", 7)
    monkeypatch.setattr(large_gallery, "_ROWS", 33)
    random = np.random.default_rng(1)
    for kind in ("flat", "grid"):
        stored, queries = flat(random, 2000, 16, kind), flat(random, 30, 16, kind)
        gallery = LargeGallery(16, search)  # type: ignore[arg-type]
        gallery.add(stored)
        distances, order = naive(stored, queries)
        measured, indices = gallery.nearest(queries, 5)
        np.testing.assert_array_equal(indices, order[:, :5])
        np.testing.assert_array_equal(measured, distances[:, :5])


def test_the_tree_is_built_anew_when_a_quarter_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    original = leading_components
    monkeypatch.setattr(
        large_gallery,
        "leading_components",
        lambda vectors, count: built.append(len(vectors)) or original(vectors, count),  # type: ignore[func-returns-value]
    )
    random = np.random.default_rng(2)
    gallery = LargeGallery(4, "kdtree")
    for _ in range(20):
        gallery.add(random.normal(size=(50, 4)))
        gallery.nearest(np.zeros((1, 4)))
    assert built == [50, 100, 150, 200, 250, 350, 450, 600, 750, 950]


@pytest.mark.parametrize(("count", "dimension", "takes"), [(1000, 4, True), (999, 4, False), (1000, 5, False)])
def test_auto_follows_size_and_dimension(
    count: int, dimension: int, takes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_gallery, "FEWEST", 1000)
    gallery = LargeGallery(dimension)
    gallery.add(np.random.default_rng(3).normal(size=(count, dimension)))
    gallery.nearest(np.zeros((1, dimension)))
    assert (gallery.tree is not None) == takes


def test_the_share_of_the_variance() -> None:
    axes = np.eye(5) * np.sqrt([8, 4, 2, 1, 1])
    mean, components, share = leading_components(np.concatenate((axes, -axes)).astype(np.float32) + 3, 2)
    np.testing.assert_allclose(mean, 3, rtol=1e-6)
    np.testing.assert_allclose(np.abs(components), np.eye(5, 2), atol=1e-6)
    assert share == pytest.approx(12 / 16)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda gallery: gallery.add(np.zeros((2, 4))), r"shape \(2, 4\), expected \(n, 3\)"),
        (lambda gallery: gallery.add([[0, np.nan, 0]]), "embeddings"),
        (lambda gallery: gallery.add([0.0, 1.0, 2.0]), "embeddings has shape"),
        (lambda gallery: gallery.nearest(np.zeros((1, 3)), 0), "k is 0"),
        (lambda gallery: gallery.within(np.zeros((1, 3)), np.nan), "radius is nan"),
        (lambda gallery: gallery.within(np.zeros((1, 3)), -1), "radius is -1"),
        (lambda gallery: LargeGallery(0), "dimension is 0"),
        (lambda gallery: LargeGallery(3, "ball"), "search is 'ball'"),
    ],
)
def test_refuses(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=says):
        call(LargeGallery(3))
