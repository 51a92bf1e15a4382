"""Sums and means over processes that gradients pass through; with one process they change nothing."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def world() -> tuple[int, int]:
    """This process's rank and the number of processes."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


class _Sum(torch.autograd.Function):
    """Sum over processes; its derivative is the sum of the processes' derivatives."""

    @staticmethod
    def forward(ctx: Any, value: Tensor) -> Tensor:
        total = value.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def mean_over_ranks(value: Tensor) -> Tensor:
    """Mean of a tensor over processes, differentiable."""
    _, size = world()
    if size == 1:
        return value
    mean: Tensor = _Sum.apply(value) / size
    return mean


def gather_rows(rows: Tensor) -> Tensor:
    """The rows of all processes in order of rank, differentiable; every process holds as many."""
    rank, size = world()
    if size == 1:
        return rows
    n = len(rows)
    before = rows.new_zeros(rank * n, *rows.shape[1:])
    after = rows.new_zeros((size - 1 - rank) * n, *rows.shape[1:])
    gathered: Tensor = _Sum.apply(torch.cat([before, rows, after]))
    return gathered


def own_rows(values: Tensor, axis: int = 0) -> Tensor:
    """This process's share of a tensor that every process holds whole, cut along `axis`."""
    rank, size = world()
    share = values.shape[axis] // size
    return values.narrow(axis, rank * share, share)
