"""How far a decoder's metric tensor is from flat, as reports and figures show it.

Where G is one multiple of the identity everywhere, the condition number is 1, the magnification factor is constant, and
N · RDM − 1 is 0.
"""

from __future__ import annotations

import warnings

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flatsort.embedding import metric_tensor as metric
from flatsort.embedding.metric_tensor import Decode

Array = NDArray[np.float64]

ALPHA = 0.2
"""α₀ of Eq. 11: mixed points reach a fifth of the segment beyond both its ends."""
RELATIVE_PRECISION = float(np.finfo(np.float32).eps)
"""Decoders compute in float32: an eigenvalue below this part of the largest is not told from zero."""


def metric_tensor(decode: Decode, points: Tensor, batch: int = 1024) -> Array:
    """G = JᵀJ at points (n, k), as (n, k, k) float64, by exact Jacobians.

    Raises ValueError where a point or the decoder's answer is not finite.
    """
    _check_points(points)
    parts = []
    with torch.no_grad(), warnings.catch_warnings():
        # torch 2.11's own forward-mode rules warn about torch.jit on their first use.
        warnings.filterwarnings("ignore", message=".*torch.jit.script.*")
        for piece in points.split(batch):
            parts.append(metric.metric_tensor(metric.jacobian(decode, piece).double()).cpu().numpy())
    G = np.concatenate(parts)
    finite = np.isfinite(G).all(axis=(1, 2))
    if not finite.all():
        raise ValueError(f"decode: its Jacobian is not finite at {int((~finite).sum())} points")
    return G


def eigenvalues(G: Array) -> Array:
    """Eigenvalues (n, k) of metric tensors (n, k, k), ascending, floored at float32's precision of the largest.

    Raises ValueError where a metric is zero: there the decoder does not move at all and no geometry exists.
    """
    if G.ndim != 3 or G.shape[1] != G.shape[2] or not len(G):
        raise ValueError(f"G: shape {G.shape}; expected (n, k, k) with n > 0")
    values = np.linalg.eigvalsh(G)
    largest = values[:, -1:]
    if (largest <= 0).any():
        raise ValueError(f"G: zero at {int((largest <= 0).sum())} of {len(G)} points; the decoder does not move there")
    floored: Array = np.maximum(values, RELATIVE_PRECISION * largest)
    return floored


def condition_number(G: Array) -> Array:
    """Largest over smallest eigenvalue of each metric tensor, (n,), at least 1."""
    values = eigenvalues(G)
    ratio: Array = values[:, -1] / values[:, 0]
    return ratio


def magnification_factor(G: Array) -> Array:
    """sqrt(det G) of each metric tensor divided by its mean over the points, (n,); computed in log space."""
    log_factor = 0.5 * np.log(eigenvalues(G)).sum(axis=1)
    relative = np.exp(log_factor - log_factor.max())
    normalised: Array = relative / relative.mean()
    return normalised


def n_rdm_minus_1(G: Array) -> float:
    """N · RDM − 1 of metric tensors (n, k, k). Raises ValueError as `eigenvalues`."""
    eigenvalues(G)
    return float(metric.n_rdm_minus_1(metric.moments(torch.from_numpy(G)).mean(), G.shape[1]))


def mixed_points(points: Tensor, seed: int, alpha: float = ALPHA) -> Tensor:
    """Each point (n, k) mixed with a random other one (Eq. 11), reaching `alpha` beyond the pairs."""
    _check_points(points)
    rng = np.random.default_rng(seed)
    partner = points[torch.from_numpy(rng.permutation(len(points)))]
    weight = metric.mixing_weight(torch.from_numpy(rng.random(len(points))), alpha)
    return metric.mix(points, partner, weight.to(points.dtype))


def _check_points(points: Tensor) -> None:
    if points.ndim != 2 or not len(points):
        raise ValueError(f"points: shape {tuple(points.shape)}; expected (n, k) with n > 0")
    if not torch.isfinite(points).all():
        raise ValueError("points: a coordinate is not finite")
