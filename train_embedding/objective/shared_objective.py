"""The objective of a batch that several processes share: each has its rows, and all have the same terms."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from flatsort.embedding.metric_tensor import Moments
from flatsort.train_embedding.objective.draws import Draws
from flatsort.train_embedding.objective.objective import Objective, Terms
from flatsort.train_embedding.objective.ranks import gather_rows, mean_over_ranks, own_rows


class SharedObjective(Objective):
    """`Objective` for this process's rows x, with the draws of the whole batch; alone, it is the same.

    Points are mixed from the latents of all processes, and what the penalty is computed from is the mean over all. Of
    the terms, `loss` is this process's and the others are means over all.
    """

    def forward(self, x: Tensor, draws: Draws, beta: float, **how: Any) -> Terms:
        """The terms; `how` as `Objective.forward`."""
        own = draws._replace(
            posterior=own_rows(draws.posterior),
            prior=own_rows(draws.prior, axis=1),
            directions=own_rows(draws.directions, axis=1),
            nuisance=own_rows(draws.nuisance),
        )
        terms = super().forward(x, own, beta, **how)
        reconstruction, error, kl = mean_over_ranks(torch.stack([terms.reconstruction, terms.error, terms.kl])).unbind()
        return terms._replace(reconstruction=reconstruction, error=error, kl=kl)

    def points(self, z: Tensor, draws: Draws) -> Tensor:
        """This process's share of the points."""
        return own_rows(super().points(gather_rows(z), draws))

    def fixed(self, v: Tensor, draws: Draws) -> Tensor:
        """This process's share of them."""
        return own_rows(super().fixed(gather_rows(v), draws))

    def expected_moments(self, z: Tensor, directions: Tensor, v: Tensor | None = None) -> Moments:
        """The means over all points of all processes."""
        return Moments(*mean_over_ranks(torch.stack(super().expected_moments(z, directions, v))).unbind())
