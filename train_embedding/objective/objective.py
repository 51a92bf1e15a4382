"""The training objective as the paper states it, term by term.

The bound F on the KL (Eq. 3) is the prior's: `HierarchicalPrior.kl`. The Lagrangian (Eq. 4) is `lagrangian`, and its
multiplier follows `constraint.next_beta` (Eq. 14). `Objective.forward` adds the flatness of the decoder, weighted by η
(Eq. 9), at points mixed by `Objective.points` (Eq. 11), as `flatness.paper_penalty` (Eq. 12) with
`flatness.c_squared` (Eq. 13) or its scale-free form. How several processes share a batch is left to `SharedObjective`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from flatsort.embedding.metric_tensor import (
    Moments,
    exact,
    finite_difference,
    mix,
    mixing_weight,
    n_rdm_minus_1,
    probes,
)
from flatsort.embedding.networks.prior import StandardPrior
from flatsort.embedding.networks.vae import Model
from flatsort.embedding.ranges import inside, one_of
from flatsort.train_embedding.objective.draws import Draws
from flatsort.train_embedding.objective.flatness import c_squared, paper_penalty, scale_free_penalty
from flatsort.train_embedding.objective.identity import IdentityConfig, identity_loss

ESTIMATORS = ("exact", "finite-difference", "probes")


@dataclass(frozen=True)
class ObjectiveConfig:
    """Settings of the flatness term. Raises ValueError naming the field that is out of range.

    eta: weight of the penalty; 0 leaves the VHP-VAE.
    beside: what η weighs the penalty against: "error", averaged per dimension, or "nats" of the reconstruction.
    estimator: of the moments of G: "exact", "finite-difference" (Eq. 10) or "probes".
    form: "scale-free" (N · RDM − 1) or "paper" (‖G − c²1‖², Eq. 12).
    c2: of the paper's form: "mean" (Eq. 13), "one" (ablation) or "zero" (ablation: no identity term).
    points: latent points a batch where the decoder shall be flat.
    mixup: mix them (Eq. 11); false takes the encoded points themselves (ablation, Eq. 9).
    alpha0: Eq. 11's reach beyond the pairs.
    per_value: divide G by the number of observed values, as the error is averaged over them.
    inside_beta: multiply η by β, as where the KL's weight covers the whole of Eq. 12.
    probes: random probes a point.
    step: σ of Eq. 10.
    c2_memory: memory of the moving average that the probes' c² comes from.
    """

    eta: float = 0.0
    beside: str = "error"
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
        one_of(self, "beside", ("error", "nats"))
        one_of(self, "estimator", ESTIMATORS)
        one_of(self, "form", ("scale-free", "paper"))
        one_of(self, "c2", ("mean", "one", "zero"))
        if self.c2 != "mean" and self.form != "paper":
            raise ValueError(f"c2: {self.c2!r} needs form = 'paper'; the scale-free form has no c²")
        inside(self, "[0, inf)", "eta", "alpha0")
        inside(self, "[1, inf)", "points", "probes")
        inside(self, "(0, 1]", "step")
        inside(self, "[0, 1)", "c2_memory")


class Terms(NamedTuple):
    """One step's terms, scalars.

    loss: in nats, reconstruction + β · kl + η · flatness + scale · weight · identity; the only one with a gradient. η
        is times scale where it stands beside the averaged error, of which one unit is worth so many nats.
    reconstruction: −log p(x|z) in nats.
    error: the squared error averaged per observed dimension, C of Eq. 4.
    kl: the bound F of Eq. 3.
    flatness: the penalty in the configured form, NaN where it was not asked for.
    c2: c² of Eq. 13, NaN likewise.
    n_rdm: N · RDM − 1, NaN likewise.
    identity: InfoNCE over tracklets, NaN without views.
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

    unknown: (n, n) bool, as `identity_loss` takes it.
    rows: (batch,), the rows of x whose z is decoded.
    target: (batch, ...), what the decoder is to give for them: what they show without colour change and occlusion, so
        that the latent space need not hold those; or, where v tells what changes, the tracklet's other crop.
    colours_alone: (2 n,) bool, the views of which only the colours are read; None for none.
    """

    unknown: Tensor
    rows: Tensor
    target: Tensor
    colours_alone: Tensor | None = None


def lagrangian(reconstruction: Tensor, kl: Tensor, beta: float) -> Tensor:
    """F subject to E[C] ≤ κ² as one loss, divided by the multiplier λ = 1/β: reconstruction + β F (Eq. 4).

    In nats, so that β = 1 is the evidence bound; κ² moves β alone (Eq. 14).
    """
    return reconstruction + beta * kl


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
        """L + η E‖G(z) − c²1‖² with L of Eq. 4 (Eq. 9), and its terms, for rows x (n, ...).

        c2_average: the moving average of c², which the probes need to be unbiased in the paper's form.
        measure: compute flatness, without a gradient, also where η is 0.
        views: x then holds two crops of each tracklet, (2 n, ...), the first ones and then the second.
        """
        model = self.model
        # The networks may run in 16 bits; what is computed from their outputs does not.
        colours_alone = None if views is None else views.colours_alone
        mean, std = (values.float() for values in model.encode(x, colours_alone))
        identity = mean.new_full((), math.nan)
        if views is not None:
            identity = identity_loss(mean, views.unknown, self.identity.temperature)
            x, mean, std = views.target, mean[views.rows], std[views.rows]
        z = mean + std * draws.posterior.float()
        kl = model.prior.kl(mean, std, z, draws.prior).mean()
        raw = model.raw(z).float()
        observed = x.reshape(raw.shape).float()
        reconstruction = model.likelihood.negative_log(raw, observed).mean()
        v, nuisance = None, model.encode_nuisance(observed, model.likelihood.mean(raw))
        if nuisance is not None:
            v_mean, v_std = (values.float() for values in nuisance)
            v = v_mean + v_std * draws.nuisance.float()
            kl = kl + StandardPrior().kl(v_mean, v_std, v, v).mean()
            raw = model.raw(z, v).float()
            completed = model.likelihood.negative_log(raw, observed).mean()
            reconstruction = completed + self.identity.z_alone * (reconstruction - completed)
        with torch.no_grad():
            error = (model.likelihood.mean(raw) - observed).square().mean()
        loss = lagrangian(reconstruction, kl, beta)

        values = observed[0].numel()
        if views is not None:
            loss = loss + self.identity.weight * model.likelihood.scale(values) * identity
        flatness = c2 = n_rdm = loss.new_full((), math.nan)
        if self.config.eta > 0 or measure:
            # In 32 bits also where the rest runs in 16: it is a difference of products of derivatives.
            full_precision = torch.autocast(z.device.type, enabled=False)
            with full_precision, torch.set_grad_enabled(self.config.eta > 0 and torch.is_grad_enabled()):
                fixed = None if v is None else self.fixed(v, draws)
                expected = self.expected_moments(self.points(z, draws), draws.directions.float(), fixed)
                flatness = self.penalty(expected, z.shape[1], c2_average)
                c2, n_rdm = c_squared(expected, z.shape[1]), n_rdm_minus_1(expected, z.shape[1])
        if self.config.eta > 0:
            loss = loss + self.eta(beta, values) * flatness
        return Terms(loss, *(term.detach() for term in (reconstruction, error, kl, flatness, c2, n_rdm, identity)))

    def points(self, z: Tensor, draws: Draws) -> Tensor:
        """The latent points where the decoder shall be flat: g(z_i, z_j) of pairs of the batch (Eq. 11)."""
        first = z[: len(draws.partner)]
        if not self.config.mixup:
            return first
        return mix(first, z[draws.partner], mixing_weight(draws.weight.float(), self.config.alpha0))

    def fixed(self, v: Tensor, draws: Draws) -> Tensor:
        """The v that stays as it is where G is taken with respect to z: of the first of each pair."""
        return v[: len(draws.partner)]

    def moments(self, z: Tensor, directions: Tensor, v: Tensor | None = None) -> Moments:
        """Tr G and Tr G² of the decoder's mean at z (n, latents) by the configured estimator, at fixed v."""

        def decode(at: Tensor) -> Tensor:
            # An estimator asks for each point several times over, all points in turn.
            return self.model.decode(at, None if v is None else v.repeat(len(at) // len(v), 1))

        if self.config.estimator == "exact":
            return exact(decode, z)
        if self.config.estimator == "probes":
            return probes(decode, z, directions)
        return finite_difference(decode, z, self.config.step)

    def expected_moments(self, z: Tensor, directions: Tensor, v: Tensor | None = None) -> Moments:
        """E[Tr G] and E[Tr G²] over the points z (n, latents) at fixed v (n, nuisance)."""
        return self.moments(z, directions, v).mean()

    def penalty(self, expected: Moments, latents: int, c2_average: float | None = None) -> Tensor:
        """E‖G − c²1‖²_F (Eq. 12), or its scale-free form, as configured; no gradient passes through c²."""
        if self.config.form == "scale-free":
            return scale_free_penalty(expected, latents)
        if self.config.c2 != "mean":
            return paper_penalty(expected, latents, 1.0 if self.config.c2 == "one" else 0.0)
        if self.config.estimator == "probes" and c2_average is not None:
            return paper_penalty(expected, latents, c2_average)
        return paper_penalty(expected, latents, float(c_squared(expected, latents).detach()))

    def eta(self, beta: float, values: int) -> float:
        """η in nats as it weighs the penalty of an observation of so many values."""
        eta = self.config.eta * (beta if self.config.inside_beta else 1.0)
        if self.config.beside == "error":
            eta *= self.model.likelihood.scale(values)
        if self.config.per_value and self.config.form == "paper":  # the paper's form is quadratic in G
            eta /= values**2
        return eta
