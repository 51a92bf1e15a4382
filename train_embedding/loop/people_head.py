"""The encoder of people with its convolutions as they are: only what follows the pooling is trained, in seconds."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flatsort.data.crops.tracklet_sources import Tracklets
from flatsort.train_embedding.batches.network_input import normalised
from flatsort.train_embedding.batches.strong_changes import strong
from flatsort.train_embedding.loop.people import INPUT, PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings

_AT_ONCE = 256


class HeadRun(PeopleRun):
    """A `PeopleRun` on pooled values that are computed once, of several strongly changed copies of each crop."""

    def __init__(self, settings: PeopleSettings, data: Tracklets, seed: int, copies: int) -> None:
        super().__init__(settings, data, seed)
        self.copies = copies
        self.resize(settings.width_at(0.0))
        self.features = self.of_copies()

    @torch.no_grad()
    def of_copies(self) -> Tensor:
        """(copies, n, pooled values) float32; the first copy is the crop as it is."""
        self.network.eval()
        random = np.random.default_rng([self.seed, 9])
        copies: list[Tensor] = []
        for number in range(self.copies):
            parts: list[Tensor] = []
            for at in range(0, len(self.crops), _AT_ONCE):
                crops = self.crops[at : at + _AT_ONCE]
                x = strong(crops, random) if number else torch.from_numpy(crops).permute(0, 3, 1, 2).float()
                with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.half):
                    parts.append(self.network.pooled(normalised(x, INPUT)).float())
            copies.append(torch.cat(parts))
        return torch.stack(copies)

    def embedded(self, rows: NDArray[np.int64], random: np.random.Generator) -> Tensor:
        """The network's vectors of these crops, each in one of its copies."""
        alone = torch.from_numpy(random.random(len(rows)) < self.settings.colours_alone)
        pooled = self.features[torch.from_numpy(random.integers(self.copies, size=len(rows))), torch.from_numpy(rows)]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(random.integers(2**62)))  # of the values that are dropped
            return self.network.head(pooled, alone)

    def about(self) -> dict[str, object]:
        """What made this run."""
        return {**super().about(), "copies": self.copies}
