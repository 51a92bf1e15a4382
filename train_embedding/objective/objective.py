"""The training objective, term by term: reconstruction, the bound on the KL, and flatness (Eq. 3, 4, 9, 12, 13)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from flatsort.embedding.networks.vae import Model
from flatsort.train_embedding.objective.draws import Draws
from flatsort.train_embedding.objective.flatness import (
    Moments,
    exact,
    finite_difference,
    paper_penalty,
    probes,
    scale_free_penalty,
)
from flatsort.train_embedding.objective.identity import IdentityConfig, identity_loss
from flatsort.train_embedding.objective.mixup import mix, mixing_weight
from flatsort.train_embedding.objective.ranks import gather_rows, mean_over_ranks, own_rows

ESTIMATORS = ("exact", "finite-difference", "probes")


@dataclass(frozen=True)
class ObjectiveConfig:
    """Settings of the flatness term. Raises ValueError naming the field that is out of range.

    `eta` weighs the penalty beside the error averaged per dimension; 0 leaves the VHP-VAE. `form` is "scale-free"
    (N · RDM − 1) or "paper" (‖G − c²1‖²); `c2` is then "mean", "one" (ablation) or "zero" (ablation: no identity term).
    `points` mixed points a batch; `mixup` false takes the encoded points themselves (ablation); `alpha0` is Eq. 11's
    reach. `per_value` divides G by the number of observed values, as the error is averaged over them: the reading of
    the paper's η = 300 and 3000. `inside_beta` multiplies η by β, as where the KL's weight covers the whole of Eq. 12.
    `probes` counts random probes, `step` is σ of Eq. 10, `c2_memory` the memory of the moving average that the probes'
    c² comes from.
    """

    eta: float = 0.0
    estimator: str = "exact"
    form: str = "scale-free"
    c2: str = "mean"
    points: int = 128
    mixup: bool = True
    alpha0: float = 0.2
    per_value: bool = False
    inside_beta: bool = False
    probes: int = 1
    step: float = 5e-3
    c2_memory: float = 0.9

    def __post_init__(self) -> None:
        for field, allowed in (
            ("estimator", ESTIMATORS),
            ("form", ("scale-free", "paper")),
            ("c2", ("mean", "one", "zero")),
        ):
            if getattr(self, field) not in allowed:
                raise ValueError(f"{field}: {getattr(self, field)!r} is not one of {', '.join(allowed)}")
        if self.c2 != "mean" and self.form != "paper":
            raise ValueError(f"c2: {self.c2!r} needs form = 'paper'; the scale-free form has no c²")
        for field in ("eta", "alpha0"):
            if not (getattr(self, field) >= 0 and math.isfinite(getattr(self, field))):
                raise ValueError(f"{field}: {getattr(self, field)} is not a finite number of at least 0")
        for field in ("points", "probes"):
            if getattr(self, field) < 1:
                raise ValueError(f"{field}: {getattr(self, field)} is not at least 1")
        if not 0 < self.step <= 1:
            raise ValueError(f"step: {self.step} is not in (0, 1]")
        if not 0 <= self.c2_memory < 1:
            raise ValueError(f"c2_memory: {self.c2_memory} is not in [0, 1)")


class Terms(NamedTuple):
    """One step's terms, scalars; all but `loss` are means over all processes.

    `loss` is this process's, in nats: reconstruction + β · kl + scale · (η · flatness + weight · identity). `error` is
    the squared error averaged per observed dimension, `c2` = E[Tr G]/N, `n_rdm` = N · RDM − 1 (NaN where flatness was
    not asked for), `identity` InfoNCE over tracklets (NaN without views).
    """

    loss: Tensor
    reconstruction: Tensor
    error: Tensor
    kl: Tensor
    flatness: Tensor
    c2: Tensor
    n_rdm: Tensor
    identity: Tensor


class Views(NamedTuple):
    """Two crops of each of n tracklets beside what the decoder is to give for some of them.

    unknown: (n, n) bool, as `identity_loss` takes it. rows: (batch,), the rows of x to be reconstructed. target:
    (batch, ...), what they show without colour change and occlusion, so that the latent space need not hold those.
    colours_alone: (2 n,) bool, the views of which only the colours are read; None for none.
    """

    unknown: Tensor
    rows: Tensor
    target: Tensor
    colours_alone: Tensor | None = None


class Objective(nn.Module):
    """The model with its loss; a module, so that a parallel strategy can wrap it whole."""

    def __init__(self, model: Model, config: ObjectiveConfig, identity: IdentityConfig | None = None) -> None:
        super().__init__()
        self.model = model
        self.config = config
        self.identity = identity or IdentityConfig()

    def forward(
        self,
        x: Tensor,
        draws: Draws,
        beta: float,
        *,
        c2_average: float | None = None,
        measure: bool = False,
        views: Views | None = None,
    ) -> Terms:
        """The terms for this process's rows x (n, ...), with the draws of the whole batch.

        With `views`, x holds two crops of each tracklet, (2 n, ...), the first ones and then the second.

        `c2_average` is the moving average of c², which the probes need to be unbiased in the paper's form. Flatness is
        computed where η > 0, or to `measure` it without a gradient.
        """
        model = self.model
        # The networks may run in 16 bits; what is computed from their outputs does not.
        colours_alone = None if views is None else views.colours_alone
        mean, std = (values.float() for values in model.encode(x, colours_alone))
        identity = mean.new_full((), math.nan)
        if views is not None:
            identity = identity_loss(mean, views.unknown, self.identity.temperature)
            x, mean, std = views.target, mean[views.rows], std[views.rows]
        z = mean + std * own_rows(draws.posterior).float()
        raw = model.decoder(z).float()
        observed = x.reshape(raw.shape).float()
        reconstruction = model.likelihood.negative_log(raw, observed).mean()
        with torch.no_grad():
            error = (model.likelihood.mean(raw) - observed).square().mean()
        kl = model.prior.kl(mean, std, z, own_rows(draws.prior, axis=1)).mean()
        loss = reconstruction + beta * kl

        if views is not None:
            loss = loss + self.identity.weight * model.likelihood.scale(observed[0].numel()) * identity

        flatness = c2 = n_rdm = loss.new_full((), math.nan)
        if self.config.eta > 0 or measure:
            # In 32 bits also where the rest runs in 16: it is a difference of products of derivatives.
            full_precision = torch.autocast(z.device.type, enabled=False)
            with full_precision, torch.set_grad_enabled(self.config.eta > 0 and torch.is_grad_enabled()):
                directions = own_rows(draws.directions, 1).float()
                flatness, c2, n_rdm = self.flatness(self.points(z, draws), directions, c2_average)
        if self.config.eta > 0:
            weight = self.config.eta * (beta if self.config.inside_beta else 1.0)
            if self.config.per_value and self.config.form == "paper":  # the paper's form is quadratic in G
                weight /= observed[0].numel() ** 2
            loss = loss + weight * model.likelihood.scale(observed[0].numel()) * flatness
        with torch.no_grad():
            reconstruction, error, kl = mean_over_ranks(torch.stack([reconstruction, error, kl])).unbind()
        return Terms(loss, reconstruction, error, kl, flatness.detach(), c2.detach(), n_rdm.detach(), identity.detach())

    def points(self, z: Tensor, draws: Draws) -> Tensor:
        """This process's share of the latent points where the decoder shall be flat: mixed points (Eq. 11)."""
        everywhere = gather_rows(z)
        first = everywhere[: len(draws.partner)]
        if not self.config.mixup:
            return own_rows(first)
        weight = mixing_weight(draws.weight.float(), self.config.alpha0)
        return own_rows(mix(first, everywhere[draws.partner], weight))

    def moments(self, z: Tensor, directions: Tensor) -> Moments:
        """Tr G and Tr G² of the decoder's mean at z (n, latents) by the configured estimator."""
        if self.config.estimator == "exact":
            return exact(self.model.decode, z)
        if self.config.estimator == "probes":
            return probes(self.model.decode, z, directions)
        return finite_difference(self.model.decode, z, self.config.step)

    def flatness(self, z: Tensor, directions: Tensor, c2_average: float | None) -> tuple[Tensor, Tensor, Tensor]:
        """The penalty in the configured form, c² = E[Tr G]/N, and N · RDM − 1."""
        latents = z.shape[1]
        estimate = torch.stack([values.mean() for values in self.moments(z, directions)])
        trace, squared_trace = mean_over_ranks(estimate).unbind()
        c2 = trace / latents
        n_rdm = scale_free_penalty(trace, squared_trace, latents)
        if self.config.form == "scale-free":
            return n_rdm, c2, n_rdm
        if self.config.c2 != "mean":
            fixed = 1.0 if self.config.c2 == "one" else 0.0
        elif self.config.estimator == "probes" and c2_average is not None:
            fixed = c2_average
        else:
            fixed = float(c2.detach())
        return paper_penalty(trace, squared_trace, latents, fixed), c2, n_rdm
