"""Priors over the latent: the standard normal, and the hierarchical prior of the VHP-VAE (Klushyn et al. 2019)."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from flatsort.embedding.networks.architectures import (
    DiagonalGaussian,
    gaussian_log_density,
    perceptron,
    standard_normal_log_density,
)


class StandardPrior(nn.Module):
    """p(z) = N(0, 1): the prior of the plain VAE."""

    samples = 0

    def kl(self, mean: Tensor, std: Tensor, z: Tensor, noise: Tensor) -> Tensor:
        """KL(N(mean, std²) ‖ N(0, 1)) in closed form, (n,). It needs neither the sample `z` nor `noise`."""
        return 0.5 * (mean.square() + std.square() - 1 - 2 * std.log()).sum(-1)

    def sample(self, noise: Tensor) -> Tensor:
        """Samples of p(z), (n, latents), from standard normal `noise` (2, n, latents)."""
        return noise[1]


class HierarchicalPrior(nn.Module):
    """p(z) = ∫ p_Θ(z|ζ) N(ζ; 0, 1) dζ, bounded by K importance samples from q_Φ(ζ|z).

    ζ has as many dimensions as z.
    """

    def __init__(self, latents: int, hidden: tuple[int, ...], activation: str, samples: int) -> None:
        super().__init__()
        self.samples = samples
        self.encoder = DiagonalGaussian(perceptron((latents, *hidden, 2 * latents), activation))
        self.decoder = DiagonalGaussian(perceptron((latents, *hidden, 2 * latents), activation))

    def log_density(self, z: Tensor, noise: Tensor) -> Tensor:
        """Lower bound on log p(z), (n,): log (1/K) Σ p(z|ζ_i) p(ζ_i) / q(ζ_i|z), the inner part of Eq. 3.

        `z` is (n, latents), `noise` standard normal (K, n, latents). Tight as K grows.
        """
        mean, std = self.encoder(z)
        zeta = mean + std * noise
        weight = gaussian_log_density(z, *self.decoder(zeta)) + standard_normal_log_density(zeta)
        weight = weight - gaussian_log_density(zeta, mean, std)
        return torch.logsumexp(weight, dim=0) - math.log(noise.shape[0])

    def kl(self, mean: Tensor, std: Tensor, z: Tensor, noise: Tensor) -> Tensor:
        """The bound F on the KL for one sample z ~ N(mean, std²), (n,) (Eq. 3); q(z|x)'s entropy is in closed form."""
        entropy = (std.log() + 0.5 * math.log(2 * math.pi * math.e)).sum(-1)
        return -entropy - self.log_density(z, noise)

    def sample(self, noise: Tensor) -> Tensor:
        """Samples of p(z), (n, latents): ζ ~ N(0, 1), then z ~ p(z|ζ); `noise` is standard normal (2, n, latents)."""
        mean, std = self.decoder(noise[0])
        z: Tensor = mean + std * noise[1]
        return z
