"""The named architectures, without a model around them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from flatsort.embedding.networks.architectures import (
    ACTIVATIONS,
    DiagonalGaussian,
    decoder,
    gaussian_log_density,
    perceptron,
    standard_normal_log_density,
)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_perceptron_is_linear_layers_with_the_activation_between(activation: str) -> None:
    network = perceptron((3, 5, 4, 2), activation)
    kinds = [type(layer) for layer in network]
    assert kinds == [nn.Linear, type(ACTIVATIONS[activation]()), nn.Linear, type(ACTIVATIONS[activation]()), nn.Linear]
    assert [layer.out_features for layer in network if isinstance(layer, nn.Linear)] == [5, 4, 2]


def test_log_density_is_torchs() -> None:
    x, mean, std = torch.randn(4, 3), torch.randn(4, 3), torch.rand(4, 3) + 0.1
    oracle = torch.distributions.Normal(mean, std).log_prob(x).sum(1)
    torch.testing.assert_close(gaussian_log_density(x, mean, std), oracle)
    zero = torch.distributions.Normal(0.0, 1.0).log_prob(x).sum(1)
    torch.testing.assert_close(standard_normal_log_density(x), zero)


def test_a_collapsed_deviation_stays_positive() -> None:
    network = DiagonalGaussian(nn.Identity())
    _, std = network(torch.full((1, 2), -1e4))
    assert float(std) > 0
    assert torch.isfinite(std.log()).all()


def test_convolutional_decoder_widths_are_the_papers() -> None:
    layers = [layer for layer in decoder("mot16", 128, "silu") if isinstance(layer, nn.ConvTranspose2d)]
    assert [layer.in_channels for layer in layers] + [layers[-1].out_channels] == [256, 128, 64, 32, 16]
