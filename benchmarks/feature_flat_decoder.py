"""A decoder of unit vectors, its error and its flatness: what benchmarks/feature_flat.py trains beside the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from flatsort.embedding.metric_tensor import Moments, exact, mix, mixing_weight, n_rdm_minus_1, probes
from flatsort.train_embedding.objective.flatness import scale_free_penalty

Array = NDArray[np.float32]
COMPONENTS, HIDDEN = 64, 256
ALPHA, PROBES = 0.2, 1


@dataclass(frozen=True)
class Noise:
    """The covariance of a Gaussian likelihood, of the scatter within tracklets; no label is read.

    tracklets: (n,) of the training crops. shrinkage: the share of the total scatter in it: at 0 what varies within a
    tracklet alone is noise, at 1 every component is in units of its own deviation.
    """

    tracklets: NDArray[np.int64]
    shrinkage: float

    def whitening(self, components: Tensor) -> tuple[Tensor, Tensor]:
        """The map (d, d) of components (n, d) to whitened ones of total variance 1, and the deviations (d,) of those.

        Along the generalised eigenvectors of total scatter and noise, so that whitened components are uncorrelated.
        """
        own = torch.from_numpy(self.tracklets)
        count = torch.bincount(own).clamp_min(1)
        means = torch.zeros(len(count), components.shape[1]).index_add_(0, own, components) / count[:, None]
        inside = components - means[own]
        within = inside.T @ inside / (len(own) - len(count))
        total = torch.cov(components.T)
        noise = (1 - self.shrinkage) * within + self.shrinkage * total
        values, vectors = scipy.linalg.eigh(total.double().numpy(), noise.double().numpy())
        variances = torch.from_numpy(values).float()
        whiten = torch.from_numpy(vectors).float() / variances.sum().sqrt()
        return whiten, (variances / variances.sum()).sqrt()


class Decoder(nn.Module):
    """Unit vectors (n, k) in, observations (n, d) out: an MLP, then each part's first principal components.

    The parts are scaled so that the squared error is the mean over them of the share of variance left unexplained. With
    a `Noise` the likelihood's covariance is not that of independent parts: the components are whitened by it, so that
    G = Jᵀ Σ⁻¹ J, the Fisher information of p(x | z), and the error is the share of the whitened components' variance.
    """

    def __init__(self, parts: list[Array], latents: int, noise: Noise | None = None) -> None:
        """parts: each (n, d) of the training crops."""
        super().__init__()
        bases: list[Tensor] = []
        self.means: list[Tensor] = []
        self.scales: list[float] = []
        for part in parts:
            x = torch.from_numpy(part)
            mean = x.mean(0)
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)  # the same components for every seed
                _, _, axes = torch.pca_lowrank((x - mean)[::2], COMPONENTS, center=False)
            bases.append(axes.T)
            self.means.append(mean)
            self.scales.append(float((x - mean).square().sum(1).mean().mul(len(parts)).rsqrt()))
        self.bases = bases
        width = sum(len(basis) for basis in bases)
        spread = [((torch.from_numpy(p) - m) @ b.T * s).std(0) for p, m, b, s in zip(
            parts, self.means, bases, self.scales, strict=True)]  # fmt: skip
        self.spread = torch.cat(spread)
        self.whiten: Tensor | None = None
        if noise is not None:
            self.whiten, self.spread = noise.whitening(self.observed(parts)[0])
        self.body = nn.Sequential(
            nn.Linear(latents, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, width)
        )
        self.latents = latents

    def forward(self, z: Tensor) -> Tensor:
        """The components, scaled. The bases are orthonormal, so they leave G as it is."""
        out: Tensor = self.body(nn.functional.normalize(z, dim=1) * self.latents**0.5) * self.spread
        return out

    def observed(self, parts: list[Array]) -> tuple[Tensor, Tensor]:
        """The scaled components (n, d) of observations, and the squared error (n, parts) that no component explains."""
        seen, left = [], []
        for part, mean, basis, scale in zip(parts, self.means, self.bases, self.scales, strict=True):
            x = (torch.from_numpy(part) - mean) * scale
            inside = x @ basis.T
            seen.append(inside)
            left.append(x.square().sum(1) - inside.square().sum(1))
        components = torch.cat(seen, 1)
        if self.whiten is not None:
            return components @ self.whiten, torch.zeros(len(components), 1)
        return components, torch.stack(left, 1)

    def errors(self, z: Tensor, parts: list[Array]) -> list[float]:
        """Each part's unexplained share of its training variance."""
        seen, left = self.observed(parts)
        widths = [seen.shape[1]] if self.whiten is not None else [len(basis) for basis in self.bases]
        inside = torch.stack([part.sum(1) for part in (self(z) - seen).square().split(widths, 1)], 1)
        return [float(value) * len(widths) for value in (inside + left).mean(0)]


@dataclass
class Loss:
    """weight: of the error; eta: of N · RDM − 1, which grows to it over the first `grow` steps.

    target: (n, d) scaled components of the unchanged crops.
    """

    decoder: Decoder | None
    target: Tensor
    weight: float
    eta: float
    grow: int = 0

    def __call__(self, z: Tensor, rows: NDArray[np.int64], seed: int, step: int) -> Tensor:
        if self.decoder is None:
            return z.new_zeros(())
        total = self.weight * (self.decoder(z) - self.target[torch.from_numpy(rows)]).square().sum(1).mean()
        if self.eta:
            random = torch.Generator().manual_seed(seed * 1_000_003 + step)
            points = mixed(z, random)
            signs = torch.randint(2, (PROBES, *points.shape), generator=random) * 2.0 - 1
            eta = self.eta * min(1.0, step / self.grow) if self.grow else self.eta
            total = total + eta * scale_free_penalty(probes(self.decoder, points, signs).mean(), z.shape[1] - 1)
        return total


def mixed(z: Tensor, random: torch.Generator) -> Tensor:
    """Mixed points (Eq. 11) of shuffled pairs, put back on the sphere."""
    other = z[torch.randperm(len(z), generator=random)]
    weight = mixing_weight(torch.rand(len(z), generator=random), ALPHA)
    return nn.functional.normalize(mix(z, other, weight), dim=1)


def flatness(decoder: Decoder, z: Tensor) -> float:
    """N · RDM − 1 by exact Jacobians at these points."""
    parts = [exact(decoder, block) for block in z.split(64)]
    mean = Moments(*(torch.cat(values) for values in zip(*parts, strict=True))).mean()
    return float(n_rdm_minus_1(mean, z.shape[1] - 1))
