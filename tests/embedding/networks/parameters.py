"""What the tests of networks count."""

from __future__ import annotations

from torch import nn


def parameter_count(module: nn.Module) -> int:
    """Number of trained values."""
    return sum(parameter.numel() for parameter in module.parameters())
