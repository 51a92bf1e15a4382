"""Likelihoods p(x|z): what the decoder's output means."""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor


class Likelihood(Protocol):
    """Both methods take the decoder's output `raw` (n, ...)."""

    def mean(self, raw: Tensor) -> Tensor:
        """E[x|z], the shape of `raw`."""

    def negative_log(self, raw: Tensor, x: Tensor) -> Tensor:
        """−log p(x|z), (n,), summed over the observed dimensions, constants included."""

    def scale(self, dimensions: int) -> float:
        """How many nats one unit of the error averaged per dimension is worth: the stated scale of the loss."""


class GaussianLikelihood:
    """N(raw, std²) with a fixed, stated `std`, so that one unit of mean squared error is dimensions / (2 std²) nats."""

    def __init__(self, std: float) -> None:
        self.std = std

    def mean(self, raw: Tensor) -> Tensor:
        return raw

    def negative_log(self, raw: Tensor, x: Tensor) -> Tensor:
        error = (raw - x).flatten(1).square().sum(1)
        constant = math.log(self.std) + 0.5 * math.log(2 * math.pi)
        return error / (2 * self.std**2) + x[0].numel() * constant

    def scale(self, dimensions: int) -> float:
        return dimensions / (2 * self.std**2)


class BernoulliLikelihood:
    """Independent pixels in {0, 1} with probability sigmoid(raw); one unit is one nat a dimension."""

    def mean(self, raw: Tensor) -> Tensor:
        return torch.sigmoid(raw)

    def negative_log(self, raw: Tensor, x: Tensor) -> Tensor:
        loss = torch.nn.functional.binary_cross_entropy_with_logits(raw, x, reduction="none")
        return loss.flatten(1).sum(1)

    def scale(self, dimensions: int) -> float:
        return float(dimensions)
