"""Random draws of one training step: a function of the seed and the step alone.

Every process draws for the whole batch and takes its own rows, so that two processes train as one does; and a resumed
run needs no generator state, only its step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor


def generator(seed: int, *stream: int) -> torch.Generator:
    """A generator for one stream of draws, such as (seed, step)."""
    return torch.Generator().manual_seed(int(np.random.SeedSequence([seed, *stream]).generate_state(1, np.uint64)[0]))


class Draws(NamedTuple):
    """Draws for a whole batch of n samples.

    posterior: (n, latents), standard normal.
    prior: (K, n, latents), standard normal.
    partner: (points,), indices into the batch.
    weight: (points,), uniform in [0, 1).
    directions: (probes, points, latents) of ±1.
    nuisance: (n, nuisance), standard normal.
    """

    posterior: Tensor
    prior: Tensor
    partner: Tensor
    weight: Tensor
    directions: Tensor
    nuisance: Tensor


def draw(
    seed: int, step: int, *, batch: int, latents: int, samples: int, points: int, probes: int, nuisance: int = 0
) -> Draws:
    """All draws of one step, on the CPU."""
    source = generator(seed, 0, step)
    return Draws(
        torch.randn(batch, latents, generator=source),
        torch.randn(samples, batch, latents, generator=source),
        torch.randperm(batch, generator=source)[:points],
        torch.rand(points, generator=source),
        torch.randint(0, 2, (probes, points, latents), generator=source).float() * 2 - 1,
        torch.randn(batch, nuisance, generator=source),
    )


class BatchOrder:
    """Which samples form the batch of each step: a new permutation each epoch, incomplete batches left out."""

    def __init__(self, samples: int, batch: int, seed: int) -> None:
        if batch > samples:
            raise ValueError(f"batch: {batch} is more than the {samples} samples of the training set")
        self.samples, self.batch, self.seed = samples, batch, seed
        self._epoch = -1
        self._order = torch.empty(0, dtype=torch.long)

    def indices(self, step: int) -> Tensor:
        """Indices (batch,) of the samples of this step, counted from 0."""
        epoch, position = divmod(step, self.samples // self.batch)
        if epoch != self._epoch:
            self._epoch = epoch
            self._order = torch.randperm(self.samples, generator=generator(self.seed, 1, epoch))
        return self._order[position * self.batch : (position + 1) * self.batch]
