"""The metric tensor G = JᵀJ that a decoder pulls back to its latent space, its moments, and where it is measured.

A decoder is any callable from latents (n, k) to observations (n, ...) that treats every row alone; J is its Jacobian at
one latent point and N = k the number of latents. A latent step v moves the observation by sqrt(vᵀGv): the space is flat
where G is one multiple of the identity everywhere. Training (`train_embedding.objective`) and reports (`eval.geometry`)
measure alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.func import jvp, vjp, vmap

Decode = Callable[[Tensor], Tensor]


class Moments(NamedTuple):
    """Tr G and Tr G² at each of n points, each (n,), exact or unbiased estimates; or their means, each a scalar."""

    trace: Tensor
    squared_trace: Tensor

    def mean(self) -> Moments:
        """E[Tr G] and E[Tr G²] over the points."""
        return Moments(self.trace.mean(), self.squared_trace.mean())


def jacobian(decode: Decode, z: Tensor) -> Tensor:
    """Exact Jacobians J, (n, observed, latents), at z (n, latents): one forward-mode product a latent."""
    basis = torch.eye(z.shape[1], dtype=z.dtype, device=z.device)
    columns: Tensor = vmap(lambda direction: jvp(decode, (z,), (direction.expand_as(z),))[1])(basis)
    return columns.flatten(2).permute(1, 2, 0)


def difference_jacobian(decode: Decode, z: Tensor, step: float) -> Tensor:
    """(f(z + σ e_t) − f(z)) / σ for each latent t (Eq. 10), (n, observed, latents), at z (n, latents).

    As printed, the equation has expectation zero for a symmetric step. The paper's cost: one decoder pass a latent.
    """
    n, latents = z.shape
    steps = step * torch.eye(latents, dtype=z.dtype, device=z.device)
    moved = decode((z + steps[:, None]).reshape(-1, latents)).reshape(latents, n, -1)
    columns: Tensor = (moved - decode(z).reshape(n, -1)) / step
    return columns.permute(1, 2, 0)


def metric_tensor(J: Tensor) -> Tensor:
    """G = JᵀJ, (n, latents, latents), of Jacobians (n, observed, latents)."""
    return torch.einsum("nai,naj->nij", J, J)


def moments(G: Tensor) -> Moments:
    """Tr G and Tr G² of symmetric metric tensors (n, latents, latents)."""
    return Moments(G.diagonal(dim1=1, dim2=2).sum(-1), G.square().sum((1, 2)))


def exact(decode: Decode, z: Tensor) -> Moments:
    """Moments by exact Jacobians: `latents` forward-mode passes at each point."""
    return moments(metric_tensor(jacobian(decode, z)))


def finite_difference(decode: Decode, z: Tensor, step: float) -> Moments:
    """Moments by finite differences (Eq. 10): `latents` + 1 decoder passes at each point."""
    return moments(metric_tensor(difference_jacobian(decode, z, step)))


def probes(decode: Decode, z: Tensor, directions: Tensor) -> Moments:
    """Unbiased moments by random probes v with E[vvᵀ] = 1: one JVP and one VJP a probe, whatever the latents.

    directions: (probes, n, latents), Rademacher. E‖Jv‖² = Tr G and E‖JᵀJv‖² = Tr G² (Hutchinson, 1990).
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


def n_rdm_minus_1(mean: Moments, latents: int) -> Tensor:
    """N · RDM − 1 with RDM = E[Tr G²] / (E[Tr G])², from the means: 0 exactly where G is one multiple of 1 everywhere.

    It does not depend on the scale of the data.
    """
    return latents * mean.squared_trace / mean.trace.square() - 1


def mix(first: Tensor, second: Tensor, weight: Tensor) -> Tensor:
    """g(z_i, z_j) = (1 − a) z_i + a z_j for pairs (n, latents) and weights a (n,) (Eq. 11)."""
    return first + weight[:, None] * (second - first)


def mixing_weight(uniform: Tensor, alpha0: float) -> Tensor:
    """a ~ U(−α₀, 1 + α₀) of Eq. 11 from uniform numbers in [0, 1): mixed points reach a little beyond the data."""
    return uniform * (1 + 2 * alpha0) - alpha0
