"""Mixup in latent space (Eq. 11): points between and just beyond pairs of encoded samples."""

from __future__ import annotations

from torch import Tensor


def mix(first: Tensor, second: Tensor, weight: Tensor) -> Tensor:
    """g(z_i, z_j) = (1 − a) z_i + a z_j for pairs (n, latents) and weights a (n,) (Eq. 11)."""
    return first + weight[:, None] * (second - first)


def mixing_weight(uniform: Tensor, alpha0: float) -> Tensor:
    """a ~ U(−α₀, 1 + α₀) from uniform numbers in [0, 1): the mixed points reach a little beyond the data."""
    return uniform * (1 + 2 * alpha0) - alpha0
