"""The label-free identity term: views of one tracklet close together, people seen side by side apart.

Beyond the paper. InfoNCE (van den Oord et al., 2018) on squared Euclidean distances of the latent means, over tracklets
that are mined from detections (`data.tracklets`); no identity label is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class IdentityConfig:
    """Settings of the identity term. Raises ValueError naming the field that is out of range.

    `weight` weighs the term beside the error averaged per dimension; 0 leaves it out. `temperature` is in units of the
    batch's mean squared distance, so that the term does not depend on the latent space's scale. A batch holds two crops
    of each of `tracklets` tracklets, at least `together` of them from frames that they share with others of the batch:
    the hard negatives. `augment` changes the colours of views, takes detail from some and hides parts of others; boxes
    are jittered and mirrored either way. `glue` times during a run, evenly spread, tracklets are glued by the current
    embedding over at most `longest_gap` frames; `glue_error` is the share of people seen side by side who are as near
    as that. `colours_alone` is the share of the views that are not reconstructed of which only the colours are read
    (`embedding.networks.ShapesAndColours`), so that the convolutions, which overfit to the people of the training
    videos, add to the colours and do not replace them; it needs `model.colours`.
    """

    weight: float = 0.0
    temperature: float = 0.1
    tracklets: int = 64
    together: int = 20
    augment: bool = True
    glue: int = 3
    longest_gap: int = 60
    glue_error: float = 0.01
    colours_alone: float = 0.0

    def __post_init__(self) -> None:
        if not self.weight >= 0:
            raise ValueError(f"weight: {self.weight} is negative")
        if not self.temperature > 0:
            raise ValueError(f"temperature: {self.temperature} is not positive")
        if self.tracklets < 2:
            raise ValueError(f"tracklets: {self.tracklets} is not at least 2")
        if not 0 <= self.together <= self.tracklets:
            raise ValueError(f"together: {self.together} is not in [0, {self.tracklets}]")
        for field, value in (("glue", self.glue), ("longest_gap", self.longest_gap)):
            if value < 0:
                raise ValueError(f"{field}: {value} is negative")
        if not 0 < self.glue_error < 1:
            raise ValueError(f"glue_error: {self.glue_error} is not in (0, 1)")
        if not 0 <= self.colours_alone <= 1:
            raise ValueError(f"colours_alone: {self.colours_alone} is not in [0, 1]")


def identity_loss(z: Tensor, unknown: Tensor, temperature: float) -> Tensor:
    """InfoNCE over two views of n tracklets, a scalar.

    z: (2 n, d), the first views and then the second. unknown: (n, n) bool, the pairs of tracklets that may or may not
    be one person; they are left out. A pair's logit is −‖z_i − z_j‖² / (temperature · mean ‖z_i − z_j‖²).
    """
    n = len(unknown)
    # By products: the gradient of `torch.cdist` is many times slower on a CPU.
    lengths = z.square().sum(1)
    squared = (lengths[:, None] + lengths[None] - 2 * z @ z.T).clamp_min(0)
    left_out = unknown.repeat(2, 2) | torch.eye(2 * n, dtype=torch.bool, device=z.device)
    logits = -squared / (temperature * squared.sum() / (2 * n * (2 * n - 1)))
    other_view = torch.arange(2 * n, device=z.device).roll(n)
    return torch.nn.functional.cross_entropy(logits.masked_fill(left_out, -torch.inf), other_view)
