"""InfoNCE over tracklets, against a loop in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from flatsort.train_embedding.objective.identity import IdentityConfig, identity_loss


def by_loops(z: np.ndarray, unknown: np.ndarray, temperature: float) -> float:
    n = len(unknown)
    squared = np.array([[((a - b) ** 2).sum() for b in z] for a in z])
    logits = -squared / (temperature * squared.sum() / (2 * n * (2 * n - 1)))
    losses = []
    for i in range(2 * n):
        partner = (i + n) % (2 * n)
        others = [j for j in range(2 * n) if j != i and (j == partner or not unknown[i % n, j % n])]
        losses.append(np.log(np.exp(logits[i, others]).sum()) - logits[i, partner])
    return float(np.mean(losses))


def test_equals_the_sum_written_out() -> None:
    random = np.random.default_rng(0)
    z = random.normal(size=(12, 5))
    unknown = random.random((6, 6)) < 0.4
    unknown = (unknown | unknown.T) & ~np.eye(6, dtype=bool)
    found = identity_loss(torch.from_numpy(z), torch.from_numpy(unknown), 0.3)
    assert float(found) == pytest.approx(by_loops(z, unknown, 0.3), rel=1e-9)


def test_does_not_depend_on_the_scale_or_place_of_the_latent_space() -> None:
    z = torch.randn(8, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    unknown = torch.zeros(4, 4, dtype=torch.bool)
    first, moved = identity_loss(z, unknown, 0.1), identity_loss(7 * z + 5, unknown, 0.1)
    assert float(first) == pytest.approx(float(moved), rel=1e-6)


def test_unknown_pairs_have_no_gradient_between_them() -> None:
    z = torch.tensor([[0.0], [1.0], [10.0], [0.1], [1.1], [10.1]], dtype=torch.float64, requires_grad=True)
    alone = torch.ones(3, 3, dtype=torch.bool) & ~torch.eye(3, dtype=torch.bool)
    # With every other tracklet unknown only the partner is left, and the loss is that of one choice: none.
    assert float(identity_loss(z, alone, 0.1).detach()) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"weight": -1.0}, "weight"),
        ({"temperature": 0.0}, "temperature"),
        ({"tracklets": 1}, "tracklets"),
        ({"together": 65}, "together"),
        ({"glue": -1}, "glue"),
        ({"glue_error": 1.0}, "glue_error"),
    ],
)
def test_refuses_settings_out_of_range(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        IdentityConfig(**changes)
