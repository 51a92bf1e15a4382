"""Graph geodesics, their refinement, Table 1's ratios and smoothness where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.geodesic_refinement import refine
from flatsort.eval.geometry.geodesics import build_graph, curve_lengths, distances_from, flat_graph, geodesics, segments
from flatsort.eval.geometry.length_ratios import apart, length_ratios, nodes_around, pair_geodesics, random_pairs
from flatsort.eval.geometry.smoothness import jumps, smoothness


def plane(z: Tensor) -> Tensor:
    """A flat square, embedded in three dimensions at a slant and three times as large."""
    rotation = torch.linalg.qr(torch.tensor([[1.0, 2.0], [0.0, 1.0], [3.0, -1.0]]))[0]
    return 3 * z @ rotation.T


def sphere(z: Tensor) -> Tensor:
    """(latitude, longitude) to a sphere of radius 2."""
    lat, lon = z.T
    return 2 * torch.stack([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()], dim=1)


def bent(z: Tensor) -> Tensor:
    """A cylinder: curved in space, flat within."""
    return torch.stack([z[:, 0].cos(), z[:, 0].sin(), z[:, 1]], dim=1)


def great_circle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    u, v = (sphere(torch.from_numpy(x)).numpy() / 2 for x in (a, b))
    return 2 * np.arctan2(np.linalg.norm(np.cross(u, v), axis=1), (u * v).sum(axis=1))


def square(n: int, seed: int, side: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-side, side, (n, 2))


def test_edge_lengths_are_symmetric_chord_sums() -> None:
    nodes = square(60, 0)
    lengths = build_graph(sphere, nodes, 5).lengths
    assert abs(lengths - lengths.T).max() == 0
    i, j = (int(x[0]) for x in lengths.nonzero())
    line = segments(nodes[i : i + 1], nodes[j : j + 1], 8)
    decoded = sphere(torch.from_numpy(line[0])).numpy()
    assert lengths[i, j] == pytest.approx(np.linalg.norm(np.diff(decoded, axis=0), axis=1).sum(), rel=1e-5)


def test_flat_square_floor_is_that_of_the_method() -> None:
    """14,400 uniform nodes: 0.973 with 12 neighbours, 0.998 with 48 (METHOD's measurement)."""
    nodes = square(14_400, 1)
    for neighbours, expected in ((12, 0.973), (48, 0.998)):
        pairs = random_pairs(len(nodes), 30, seed=2)
        straight = np.linalg.norm(nodes[pairs[:, 0]] - nodes[pairs[:, 1]], axis=1)
        lengths = [path.length for path in geodesics(flat_graph(nodes, neighbours), pairs)]
        assert (straight / lengths).mean() == pytest.approx(expected, abs=0.005)


def test_graph_distances_on_a_sphere() -> None:
    nodes = square(1500, 3)
    distance = distances_from(build_graph(sphere, nodes, 32), 0)
    true = great_circle(np.repeat(nodes[:1], len(nodes), axis=0), nodes)
    far = true > 0.5
    ratio = distance[far] / true[far]
    assert ratio.min() > 0.998  # chords, and no more than chords, are shorter than arcs
    assert ratio.mean() < 1.01


def test_refined_geodesics_are_great_circles() -> None:
    points = square(40, 4)
    graph_paths, _ = pair_geodesics(sphere, points, random_pairs(40, 12, 5), seed=5, nodes=400, neighbours=12)
    refined = refine(sphere, graph_paths)
    starts, ends = (np.stack([path.path[i] for path in refined]) for i in (0, -1))
    np.testing.assert_allclose(starts, [path.path[0] for path in graph_paths], atol=1e-6)
    np.testing.assert_allclose(ends, [path.path[-1] for path in graph_paths], atol=1e-6)
    true = great_circle(starts, ends)
    np.testing.assert_allclose([path.length for path in refined], true, rtol=2e-3)
    assert np.mean([path.length for path in refined]) < np.mean([path.length for path in graph_paths])


@pytest.mark.parametrize("decode", [plane, bent], ids=["plane", "cylinder"])
def test_flat_spaces_have_ratio_one_and_the_floor(decode: Decode) -> None:
    paths, floor = pair_geodesics(decode, square(300, 6), random_pairs(300, 40, 7), seed=7, nodes=1500)
    ratios = length_ratios(decode, paths)
    np.testing.assert_allclose(ratios.observation, floor, rtol=2e-3)
    np.testing.assert_allclose(ratios.latent, floor, rtol=5e-3)
    assert floor.mean() == pytest.approx(0.995, abs=0.005)


def test_curved_space_shows_in_both_ratios() -> None:
    paths, floor = pair_geodesics(sphere, square(300, 8, side=1.4), random_pairs(300, 40, 9), seed=9, nodes=1500)
    ratios = length_ratios(sphere, paths)
    assert ratios.observation.mean() > 1.02
    assert ratios.latent.mean() < floor.mean() - 0.03


def test_curve_lengths_of_a_circle() -> None:
    angle = np.linspace(0, 2 * np.pi, 513)
    curve = np.stack([angle, np.zeros_like(angle)], axis=1)[None]
    assert curve_lengths(bent, curve)[0] == pytest.approx(2 * np.pi, rel=1e-4)


def test_nodes_cover_the_box_and_pairs_differ() -> None:
    points = np.array([[0.0, -3.0], [2.0, 5.0]])
    nodes = nodes_around(points, 1000, seed=0)
    assert nodes.shape == (1000, 2)
    np.testing.assert_allclose([nodes.min(axis=0), nodes.max(axis=0)], points, atol=0.05)
    pairs = random_pairs(3, 500, seed=1)
    assert (pairs[:, 0] != pairs[:, 1]).all()
    assert set(pairs.ravel().tolist()) == {0, 1, 2}


def test_pairs_of_one_place_are_left_out() -> None:
    points = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 1.0]])
    pairs = np.array([[0, 1], [0, 2], [2, 1]])
    np.testing.assert_array_equal(apart(points, pairs), [[0, 1], [2, 1]])


def test_disconnected_pairs_are_named() -> None:
    nodes = np.concatenate([square(20, 0), 100 + square(20, 1)])
    with pytest.raises(ValueError, match="no path from node 0 to node 39"):
        geodesics(flat_graph(nodes, 5), np.array([[0, 39]]))
    with pytest.raises(ValueError, match="m > neighbours"):
        flat_graph(nodes[:5], 5)


def test_smoothness_is_the_second_derivative() -> None:
    """x(t) = (t², 3 t): second derivatives 2 and 0; doubling the observation leaves the relative figure as it is."""

    def parabola(z: Tensor) -> Tensor:
        return torch.stack([z[:, 0] ** 2, 3 * z[:, 0]], dim=1)

    starts, ends = np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])
    found = smoothness(parabola, starts, ends)
    np.testing.assert_allclose(found.absolute, [2, 0], atol=5e-3)
    doubled = smoothness(lambda z: 2 * parabola(z), starts, ends)
    np.testing.assert_allclose(doubled.absolute, 2 * found.absolute, atol=1e-2)
    np.testing.assert_allclose(doubled.relative, found.relative, atol=5e-3)
    with pytest.raises(ValueError, match="do not move"):
        smoothness(lambda z: 0 * z, starts, ends)


def test_a_jump_is_a_step_far_beyond_the_mean() -> None:
    even = np.linspace(0, 1, 17)[None, :, None]
    broken = even + 3.0 * (np.arange(17) >= 5)[None, :, None]
    found = jumps(np.concatenate([even, broken]))
    assert not found[0].any()
    assert np.flatnonzero(found[1]).tolist() == [4]
