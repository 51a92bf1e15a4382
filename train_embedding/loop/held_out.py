"""How flat a trained model is on crops that it has not seen, and how much of them z tells its decoder."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from flatsort.embedding.metric_tensor import Moments, mix, mixing_weight, n_rdm_minus_1, probes
from flatsort.embedding.networks.vae import Model
from flatsort.train_embedding.objective.draws import generator

# Two seeds differ by some percent, and it takes about a second on one core.
_POINTS, _PROBES, _AT_ONCE = 128, 1, 32


def held_out_flatness(model: Model, crops: NDArray[np.float32], alpha0: float, seed: int = 0) -> float:
    """N · RDM − 1 on mixed points of held-out crops (n, ...), with probes: 0 where the decoder is flat.

    Points are mixed from posterior means as in training (Eq. 11), reaching `alpha0` beyond the pairs; v, where
    there is one, is that of the first of each pair.
    """
    random = generator(seed, 3)
    with torch.no_grad():
        x = torch.from_numpy(crops[:1024])
        means = model.encode(x)[0]
        nuisance = None if model.nuisance is None else model.encode_nuisance(x, model.decode(means))
    first, second = (torch.randint(len(means), (_POINTS,), generator=random) for _ in range(2))
    z = mix(means[first], means[second], mixing_weight(torch.rand(_POINTS, generator=random), alpha0))
    directions = torch.randint(0, 2, (_PROBES, *z.shape), generator=random).float() * 2 - 1
    v = torch.zeros(_POINTS, 0) if nuisance is None else nuisance[0][first]
    with torch.no_grad():
        parts = [
            probes(lambda at, fixed=fixed: model.decode(at, fixed), points, signs)  # type: ignore[misc]
            for points, fixed, signs in zip(
                z.split(_AT_ONCE), v.split(_AT_ONCE), directions.split(_AT_ONCE, dim=1), strict=True
            )
        ]
    everywhere = Moments(*map(torch.cat, zip(*parts, strict=True)))
    return float(n_rdm_minus_1(everywhere.mean(), z.shape[1]))


@torch.no_grad()
def held_out_of_z(model: Model, crops: NDArray[np.float32]) -> float:
    """The squared error, averaged per value, of held-out crops (n, ...) that are drawn from z alone, v = 0."""
    x = torch.from_numpy(crops[:1024])
    alone = model.decode(model.encode(x)[0])
    return float((alone - x.reshape(alone.shape)).square().mean())
