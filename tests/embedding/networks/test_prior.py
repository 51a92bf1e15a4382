"""Samples of the priors."""

from __future__ import annotations

import torch

from flatsort.embedding.networks.prior import HierarchicalPrior, StandardPrior


def test_samples_follow_the_priors_from_their_noise() -> None:
    noise = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(StandardPrior().sample(noise), noise[1])
    torch.manual_seed(0)
    prior = HierarchicalPrior(3, (8,), "silu", 4)
    mean, std = prior.decoder(noise[0])
    samples = prior.sample(noise)
    torch.testing.assert_close((samples - mean) / std, noise[1])
    assert not torch.allclose(samples, prior.sample(noise.flip(0)))
