"""Shortest paths over a graph of latent nodes, measured in the observation space (Chen et al. 2019, Section 3).

The k nearest neighbours of every node are its edges; an edge is as long as the decoded segment, summed over a few
chords. Dijkstra's algorithm then gives geodesics up to the graph's own error, which is printed beside every ratio:
even on a flat square a graph path zigzags and is longer than the straight line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.measures import Array

NEIGHBOURS = 32
"""Edges a node. With 12 a flat square's straight lines are 0.973 of the graph's paths, with 32 0.996."""
STEPS = 8
"""Chords an edge: METHOD's range is 8 to 16; edges are short, so that doubling it changes lengths by under 1e-4."""


@dataclass(frozen=True)
class LatentGraph:
    """A neighbour graph.

    nodes: (m, k) latents.
    lengths: sparse symmetric (m, m), each edge's length in the observation space.
    """

    nodes: Array
    lengths: csr_matrix


@dataclass(frozen=True)
class Geodesic:
    """A shortest path.

    path: (p, k), the latents of the nodes it visits, from source to target.
    length: in the observation space.
    """

    path: Array
    length: float

    @property
    def latent_length(self) -> float:
        """The Euclidean length of the path in the latent space."""
        return float(np.linalg.norm(np.diff(self.path, axis=0), axis=1).sum())


def curve_lengths(decode: Decode, curves: Array, batch: int = 16_384) -> Array:
    """Summed chord lengths (c,) of decoded curves, each s latent points: (c, s, k)."""
    count, points, _ = curves.shape
    result = np.empty(count)
    rows = max(1, batch // points)
    with torch.no_grad():
        for start in range(0, count, rows):
            piece = torch.from_numpy(np.ascontiguousarray(curves[start : start + rows], dtype=np.float32))
            decoded = decode(piece.flatten(0, 1)).reshape(len(piece), points, -1)
            chords = torch.linalg.vector_norm(decoded.diff(dim=1), dim=2)
            result[start : start + rows] = chords.double().sum(dim=1).numpy()
    return result


def segments(starts: Array, ends: Array, steps: int) -> Array:
    """Straight latent lines (c, steps + 1, k) from starts (c, k) to ends (c, k)."""
    share = np.linspace(0, 1, steps + 1)[:, None]
    line: Array = (1 - share) * starts[:, None] + share * ends[:, None]
    return line


def neighbour_pairs(nodes: Array, neighbours: int) -> NDArray[np.int64]:
    """Every pair (i, j), i < j, where one is among the other's nearest neighbours, (e, 2).

    Raises ValueError where there are not more nodes than neighbours.
    """
    if nodes.ndim != 2 or len(nodes) <= neighbours:
        raise ValueError(f"nodes: shape {nodes.shape}; expected (m, k) with m > neighbours = {neighbours}")
    _, index = cKDTree(nodes).query(nodes, neighbours + 1)
    pairs = np.stack([np.repeat(np.arange(len(nodes)), neighbours + 1), index.ravel()], axis=1)
    pairs = np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1)
    unique: NDArray[np.int64] = np.unique(pairs, axis=0)
    return unique


def build_graph(decode: Decode, nodes: Array, neighbours: int = NEIGHBOURS, steps: int = STEPS) -> LatentGraph:
    """The neighbour graph of latent nodes (m, k), its edges as long as their decoded segments."""
    pairs = neighbour_pairs(nodes, neighbours)
    weights = np.empty(len(pairs))
    for start in range(0, len(pairs), 8192):
        part = pairs[start : start + 8192]
        weights[start : start + 8192] = curve_lengths(decode, segments(nodes[part[:, 0]], nodes[part[:, 1]], steps))
    return _graph(nodes, pairs, weights)


def flat_graph(nodes: Array, neighbours: int = NEIGHBOURS) -> LatentGraph:
    """The same graph with Euclidean edge lengths: what it would measure if the space were flat."""
    pairs = neighbour_pairs(nodes, neighbours)
    return _graph(nodes, pairs, np.linalg.norm(nodes[pairs[:, 0]] - nodes[pairs[:, 1]], axis=1))


def _graph(nodes: Array, pairs: NDArray[np.int64], weights: Array) -> LatentGraph:
    # A decoder that does not move gives an edge of length 0, which a sparse graph would take for no edge.
    weights = np.maximum(weights, np.finfo(np.float64).tiny)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return LatentGraph(
        nodes, csr_matrix((np.tile(weights, 2), (both[:, 0], both[:, 1])), shape=(len(nodes), len(nodes)))
    )


def distances_from(graph: LatentGraph, source: int) -> Array:
    """Observed length of the shortest path from one node to every node, (m,); infinite where there is no path."""
    distance: Array = dijkstra(graph.lengths, indices=source)
    return distance


def geodesics(graph: LatentGraph, pairs: NDArray[np.int64]) -> list[Geodesic]:
    """The shortest path of every pair of nodes (p, 2).

    Raises ValueError where the graph does not connect a pair: more neighbours, or more nodes, would.
    """
    sources, row_of = np.unique(pairs[:, 0], return_inverse=True)
    distance, predecessor = dijkstra(graph.lengths, indices=sources, return_predecessors=True)
    found = []
    for row, (source, target) in zip(row_of, pairs, strict=True):
        if not np.isfinite(distance[row, target]):
            raise ValueError(f"graph: no path from node {source} to node {target}; use more neighbours")
        walk = [int(target)]
        while walk[-1] != source:
            walk.append(int(predecessor[row, walk[-1]]))
        found.append(Geodesic(graph.nodes[walk[::-1]], float(distance[row, target])))
    return found
