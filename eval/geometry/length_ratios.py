"""Table 1: how much longer the latent straight line is than the geodesic, in the observation and the latent space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.geodesics import (
    NEIGHBOURS,
    Geodesic,
    build_graph,
    curve_lengths,
    flat_graph,
    geodesics,
    segments,
)
from flatsort.eval.geometry.measures import Array

PAIRS = 100
"""Pairs of data points (the paper's Section 5.2)."""
NODES = 3600
"""Nodes of the graph, a quarter of the paper's 14,400: enough, as the floor beside every ratio shows."""
LINE_STEPS = 128
"""Chords of a straight line."""


@dataclass(frozen=True)
class LengthRatios:
    """Straight over geodesic, one value a pair, (p,) each.

    observation: 1 where the decoded straight line is as short as the geodesic, above 1 where a detour is shorter.
    latent: 1 where the geodesic is itself straight, below 1 where it bends.
    """

    observation: Array
    latent: Array


def nodes_around(points: Array, count: int, seed: int) -> Array:
    """Nodes that cover the box of points (n, k): a scrambled Sobol sequence, so that there are no holes, (count, k)."""
    low, high = points.min(axis=0), points.max(axis=0)
    sampler = qmc.Sobol(points.shape[1], scramble=True, rng=np.random.default_rng(seed))
    unit = sampler.random_base2(int(np.ceil(np.log2(count))))[:count]
    covering: Array = low + (high - low) * unit
    return covering


def random_pairs(count: int, pairs: int, seed: int) -> NDArray[np.int64]:
    """Pairs of different rows among `count`, (pairs, 2)."""
    if count < 2:
        raise ValueError(f"count: {count}; expected at least 2 points")
    rng = np.random.default_rng(seed)
    first = rng.integers(0, count, pairs)
    second = (first + rng.integers(1, count, pairs)) % count
    return np.stack([first, second], axis=1)


def apart(points: Array, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pairs (p, 2) whose two rows have different latents: between others there is no path to measure."""
    different: NDArray[np.int64] = pairs[(points[pairs[:, 0]] != points[pairs[:, 1]]).any(axis=1)]
    return different


def pair_geodesics(
    decode: Decode,
    points: Array,
    pairs: NDArray[np.int64],
    seed: int,
    nodes: int = NODES,
    neighbours: int = NEIGHBOURS,
) -> tuple[list[Geodesic], Array]:
    """Geodesics between pairs (p, 2) of latent data points (n, k), and the graph's floor (p,). `seed` draws the nodes.

    The floor is the latent ratio of the same nodes, edges and pairs under a flat metric: what is missing to 1 there
    is the graph's error and not curvature.
    """
    chosen = points[pairs]
    everything = np.concatenate([chosen[:, 0], chosen[:, 1], nodes_around(points, nodes, seed)])
    ends = np.stack([np.arange(len(pairs)), len(pairs) + np.arange(len(pairs))], axis=1)
    found = geodesics(build_graph(decode, everything, neighbours), ends)
    flat = geodesics(flat_graph(everything, neighbours), ends)
    straight = np.linalg.norm(chosen[:, 1] - chosen[:, 0], axis=1)
    return found, straight / np.array([geodesic.length for geodesic in flat])


def length_ratios(decode: Decode, geodesics: Sequence[Geodesic]) -> LengthRatios:
    """Table 1's ratios of geodesics and the straight lines between their ends."""
    starts, ends = (np.stack([geodesic.path[end] for geodesic in geodesics]) for end in (0, -1))
    observed = curve_lengths(decode, segments(starts, ends, LINE_STEPS))
    return LengthRatios(
        observation=observed / np.array([geodesic.length for geodesic in geodesics]),
        latent=np.linalg.norm(ends - starts, axis=1) / np.array([geodesic.latent_length for geodesic in geodesics]),
    )
