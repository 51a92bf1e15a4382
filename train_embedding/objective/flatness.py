"""The flatness losses, in two forms, from the means of Tr G and Tr G² (`embedding.metric_tensor`)."""

from __future__ import annotations

from torch import Tensor

from flatsort.embedding.metric_tensor import Moments, n_rdm_minus_1


def c_squared(mean: Moments, latents: int) -> Tensor:
    """c² = E[Tr G] / N: the mean over batch and diagonal of G (Eq. 13)."""
    return mean.trace / latents


def paper_penalty(mean: Moments, latents: int, c2: Tensor | float) -> Tensor:
    """E‖G − c²1‖²_F (Eq. 12), which is E Tr G² − 2c² E Tr G + N c⁴.

    With c² of Eq. 13 it equals N c⁴ (N · RDM − 1): it rewards a small c.
    """
    return mean.squared_trace - 2 * c2 * mean.trace + latents * c2 * c2


def scale_free_penalty(mean: Moments, latents: int) -> Tensor:
    """N · RDM − 1, beyond the paper: its weight η does not depend on the data's scale, nor does it reward a small c."""
    return n_rdm_minus_1(mean, latents)
