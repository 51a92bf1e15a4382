"""The label-free identity term: views of one tracklet close together, people seen side by side apart.

Beyond the paper. InfoNCE (van den Oord et al., 2018) on squared Euclidean distances of the latent means, over tracklets
that are mined from detections (`data.tracklets`); no identity label is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from flatsort.embedding.ranges import inside


@dataclass(frozen=True)
class IdentityConfig:
    """Settings of the identity term. Raises ValueError naming the field that is out of range.

    weight: of the term beside the error averaged per dimension; 0 leaves it out.
    temperature: in units of the batch's mean squared distance, so that the latent space's scale does not matter.
    tracklets: in a batch, two crops of each.
    together: how many of them, at least, are from frames that they share with others of the batch: hard negatives.
    augment: change the colours of views, take detail from some and hide parts of others; boxes are jittered and
        mirrored either way.
    glue: how often during a run, evenly spread, tracklets are glued by the current embedding.
    longest_gap: frames that they are glued over at most.
    glue_error: share of people seen side by side who are as near as those that are glued.
    colours_alone: share of the views, without `model.nuisance` of those that are not reconstructed, of which only the
        colours are read (`ShapesAndColours`), so that the convolutions, which overfit to the people of the training
        videos, add to the colours and do not replace them; it needs `model.colours`.
    z_alone: share of the picture that is drawn from z alone, v = 0, in the reconstruction; the other share is that of
        the picture that v completes. It needs `model.nuisance`.
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
    z_alone: float = 0.0

    def __post_init__(self) -> None:
        inside(self, "[0, inf)", "weight", "glue", "longest_gap")
        inside(self, "(0, inf)", "temperature")
        inside(self, "[2, inf)", "tracklets")
        inside(self, f"[0, {self.tracklets}]", "together")
        inside(self, "(0, 1)", "glue_error")
        inside(self, "[0, 1]", "colours_alone")
        inside(self, "[0, 1)", "z_alone")


def identity_loss(z: Tensor, unknown: Tensor, temperature: float) -> Tensor:
    """InfoNCE over two views of n tracklets, a scalar.

    A pair's logit is −‖z_i − z_j‖² / (temperature · mean ‖z_i − z_j‖²).

    z: (2 n, d), the first views and then the second.
    unknown: (n, n) bool, the pairs of tracklets that may or may not be one person; they are left out.
    """
    n = len(unknown)
    # By products: the gradient of `torch.cdist` is many times slower on a CPU.
    lengths = z.square().sum(1)
    squared = (lengths[:, None] + lengths[None] - 2 * z @ z.T).clamp_min(0)
    left_out = unknown.repeat(2, 2) | torch.eye(2 * n, dtype=torch.bool, device=z.device)
    logits = -squared / (temperature * squared.sum() / (2 * n * (2 * n - 1)))
    other_view = torch.arange(2 * n, device=z.device).roll(n)
    return torch.nn.functional.cross_entropy(logits.masked_fill(left_out, -torch.inf), other_view)
