"""A mean teacher: the same network with the running average of the weights."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)

# The average's memory grows with the steps, so that the first weights, which know nothing, are soon forgotten.
_WARM = 10


class MeanTeacher(Generic[Network]):
    """The average of a network's weights over its steps; steadier than the network, and what is kept in the end.

    Tarvainen and Valpola, "Mean teachers are better role models" (NeurIPS 2017). `module` is in evaluation mode.
    """

    def __init__(self, network: Network, memory: float = 0.99) -> None:
        """Raises ValueError where the memory is not in [0, 1)."""
        if not 0 <= memory < 1:
            raise ValueError(f"memory: {memory} is not in [0, 1)")
        self.memory = memory
        self.module = copy.deepcopy(network).eval()
        for parameter in self.module.parameters():
            parameter.requires_grad_(False)

    @torch.no_grad()
    def follow(self, network: Network, step: int) -> None:
        """Take in the network's weights after the step, counted from 0; whole numbers are copied."""
        memory = min(self.memory, (1 + step) / (_WARM + step))
        for own, new in zip(self.module.state_dict().values(), network.state_dict().values(), strict=True):
            if own.dtype.is_floating_point:
                own.lerp_(new, 1 - memory)
            else:
                own.copy_(new)
