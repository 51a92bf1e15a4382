"""The input of one step with the identity term: augmented views of tracklets, and what the decoder is to give."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flatsort.data.crops.person_crops import SIDE
from flatsort.data.crops.tracklet_crops import MARGIN, TrackletCrops
from flatsort.embedding.networks.vae import Model
from flatsort.train_embedding.batches.crop_augmentation import coarsen, colour, erase, jitter, occlude
from flatsort.train_embedding.batches.gluing import glue_tracklets
from flatsort.train_embedding.batches.tracklet_batches import TrackletBatches
from flatsort.train_embedding.objective.identity import IdentityConfig
from flatsort.train_embedding.objective.objective import Views

_DESCRIBED_AT_ONCE = 256


class TrackletViews:
    """Batches of a data set's tracklets, as a function of seed, step and the tracklets in force."""

    def __init__(
        self, data: TrackletCrops, config: IdentityConfig, seed: int, batch: int, *, across: bool = False
    ) -> None:
        """batch: how many of a step's crops are reconstructed.

        across: each from the latents of its tracklet's other crop.
        """
        self.data, self.config, self.seed, self.batch, self.across = data, config, seed, batch, across
        self.mined = TrackletBatches(data.sources, data.frames, data.tracklets, config, seed)
        self.batches = self.mined
        self.glued = 0
        mean, std = np.array(data.mean, np.float32), np.array(data.std, np.float32)
        self._mean, self._std = (torch.from_numpy(255 * values[:, None, None]) for values in (mean, std))

    def views(self, step: int) -> tuple[Tensor, Views]:
        """x (2 n, 3, 64, 64), standardised, and what goes with it, for the step counted from 0."""
        rows, unknown = self.batches.draw(step)
        random = np.random.default_rng([self.seed, 5, step])
        crops = torch.from_numpy(self.data.wide[rows.ravel()]).permute(0, 3, 1, 2).flip(1).float()
        clean = jitter(crops, (SIDE, SIDE), (MARGIN, MARGIN), random)
        x = clean
        if self.config.augment:
            x = coarsen(occlude(erase(colour(clean, random), random), random), random)
        shown = torch.arange(self.batch) * len(x) // self.batch
        alone = None
        if self.config.colours_alone:
            alone = torch.from_numpy(random.random(len(x)) < self.config.colours_alone)
            if not self.across:
                alone[shown] = False  # a picture cannot be drawn from colours alone
        target = self._standardised(clean[shown])
        read = (shown + len(x) // 2) % len(x) if self.across else shown
        return self._standardised(x), Views(torch.from_numpy(unknown), read, target, alone)

    def glue(self, model: Model) -> None:
        """Glue the mined tracklets anew by the model's embedding."""
        data = self.data
        inner = data.wide[:, MARGIN:-MARGIN, MARGIN:-MARGIN]
        parts = []
        with torch.no_grad():
            for at in range(0, len(inner), _DESCRIBED_AT_ONCE):
                crops = torch.from_numpy(inner[at : at + _DESCRIBED_AT_ONCE]).permute(0, 3, 1, 2).flip(1).float()
                parts.append(model.encode(self._standardised(crops).to(next(model.parameters()).device))[0].cpu())
        vectors = torch.cat(parts).numpy()
        self.take(glue_tracklets(self.mined, vectors, data.sources, data.frames, data.boxes))

    def take(self, tracklets: NDArray[np.int64]) -> None:
        """Go on with these tracklets in place of the mined ones."""
        data = self.data
        self.batches = TrackletBatches(data.sources, data.frames, tracklets, self.config, self.seed)
        self.glued += 1

    def due(self, progress: float) -> bool:
        """Whether it is time to glue: `glue` times, evenly spread over a run's progress from 0 to 1."""
        return self.glued < self.config.glue and progress * (self.config.glue + 1) >= self.glued + 1

    def _standardised(self, x: Tensor) -> Tensor:
        return (x - self._mean) / self._std
