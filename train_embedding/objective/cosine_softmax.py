"""Cosine softmax: a classifier of identities whose features can be compared by their angle.

Wojke and Bewley, "Deep Cosine Metric Learning for Person Re-identification", WACV 2018.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

# Small enough that no identity starts certain: with unit vectors the logits then lie within ±8.
FIRST_SCALE = 8.0


class CosineSoftmax(nn.Module):
    """p(y = k | r) ∝ exp(κ w̃ₖᵀ r), with w̃ₖ = wₖ / ‖wₖ‖ and r of unit length (Eq. 4 of the paper).

    κ > 0 is learned with the weights, as its logarithm. The classifier is thrown away after training.
    """

    def __init__(self, identities: int, dimension: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(identities, dimension) / math.sqrt(dimension))
        self.log_scale = nn.Parameter(torch.tensor(math.log(FIRST_SCALE)))

    @property
    def scale(self) -> Tensor:
        """κ."""
        return self.log_scale.exp()

    def forward(self, features: Tensor) -> Tensor:
        """Logits (n, identities) of features (n, dimension) of unit length."""
        return self.scale * features @ nn.functional.normalize(self.weight, dim=1).T

    def loss(self, logits: Tensor, identities: Tensor) -> Tensor:
        """Cross-entropy, averaged over the batch."""
        return nn.functional.cross_entropy(logits, identities)
