"""How flat a decoder is: estimators of its metric tensor's moments, and the two penalties built on them.

G = JᵀJ is the metric tensor of the decoder's Jacobian J at one latent point, N the number of latents. Both penalties
need only Tr G and Tr G² at each point, so each estimator returns these two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import jvp, vjp, vmap

Decode = Callable[[Tensor], Tensor]


class Moments(NamedTuple):
    """Tr G and Tr G² at each of n points, each (n,): exact values or unbiased estimates."""

    trace: Tensor
    squared_trace: Tensor


def jacobian(decode: Decode, z: Tensor) -> Tensor:
    """Exact Jacobian rows ∂f/∂z_t by forward-mode differentiation, (latents, n, observed), for z (n, latents)."""
    basis = torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
    columns: Tensor = vmap(lambda direction: jvp(decode, (z,), (direction.expand_as(z),))[1])(basis)
    return columns.flatten(2)


def difference_jacobian(decode: Decode, z: Tensor, step: float) -> Tensor:
    """Eq. 10 with the difference taken against f(z), (latents, n, observed): (f(z + σ e_t) − f(z)) / σ.

    As printed, the equation has expectation zero for a symmetric step. The paper's cost: one decoder pass a latent.
    """
    n, latents = z.shape
    steps = step * torch.eye(latents, dtype=z.dtype, device=z.device)
    moved = decode((z + steps[:, None]).reshape(-1, latents)).reshape(latents, n, -1)
    return (moved - decode(z).reshape(n, -1)) / step


def metric_tensor(columns: Tensor) -> Tensor:
    """G = JᵀJ, (n, latents, latents), from the Jacobian's columns (latents, n, observed)."""
    return torch.einsum("ind,jnd->nij", columns, columns)


def moments(metric: Tensor) -> Moments:
    """Tr G and Tr G² of symmetric metric tensors (n, latents, latents)."""
    return Moments(metric.diagonal(dim1=1, dim2=2).sum(-1), metric.square().sum((1, 2)))


def exact(decode: Decode, z: Tensor) -> Moments:
    """Moments by exact Jacobians: `latents` forward-mode passes at each point."""
    return moments(metric_tensor(jacobian(decode, z)))


def finite_difference(decode: Decode, z: Tensor, step: float) -> Moments:
    """Moments by finite differences: `latents` + 1 decoder passes at each point."""
    return moments(metric_tensor(difference_jacobian(decode, z, step)))


def probes(decode: Decode, z: Tensor, directions: Tensor) -> Moments:
    """Unbiased moments by random probes v with E[vvᵀ] = 1: one JVP and one VJP a probe, whatever the latents.

    `directions` is (probes, n, latents), Rademacher. E‖Jv‖² = Tr G and E‖JᵀJv‖² = Tr G².
    """
    count, n, latents = directions.shape
    points = z.repeat(count, 1)
    v = directions.reshape(-1, latents)
    # The JVP runs inside the VJP, so that both share one decoder pass: a fifth less time than one after the other.
    both: Any = vjp(lambda at: jvp(decode, (at,), (v,)), points, has_aux=True)
    _, pull_back, pushed = both
    (pulled,) = pull_back(pushed)
    trace = pushed.flatten(1).square().sum(1).reshape(count, n).mean(0)
    return Moments(trace, pulled.square().sum(1).reshape(count, n).mean(0))


def paper_penalty(trace: Tensor, squared_trace: Tensor, latents: int, c2: Tensor | float) -> Tensor:
    """E‖G − c²1‖²_F (Eq. 12, 13) from the means of Tr G and Tr G²: E Tr G² − 2c² E Tr G + N c⁴.

    With c² = E Tr G / N it equals N c⁴ (N · RDM − 1): it rewards a small c.
    """
    return squared_trace - 2 * c2 * trace + latents * c2 * c2


def scale_free_penalty(trace: Tensor, squared_trace: Tensor, latents: int) -> Tensor:
    """N · RDM − 1 with RDM = E Tr G² / (E Tr G)²: 0 exactly where G is one multiple of 1 everywhere."""
    return latents * squared_trace / trace.square() - 1
