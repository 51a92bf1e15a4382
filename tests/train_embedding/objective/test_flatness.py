"""The two flatness penalties, on decoders with known answers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from flatsort.embedding.metric_tensor import exact, jacobian, metric_tensor
from flatsort.train_embedding.objective.flatness import c_squared, paper_penalty, scale_free_penalty


def curved_decoder() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 16), nn.SiLU(), nn.Linear(16, 7)).double().requires_grad_(False)


LINEAR = {
    # name: (decoder matrix, N Tr G² / (Tr G)² − 1, ‖G − c²1‖² with c² = Tr G / N)
    "orthonormal columns": ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], 0.0, 0.0),
    "orthogonal columns of length 3": ([[3.0, 0.0], [0.0, 3.0], [0.0, 0.0]], 0.0, 0.0),
    "one axis twice as long": ([[2.0, 0.0], [0.0, 1.0]], 2 * 17 / 25 - 1, 4.5),
    "one axis lost": ([[1.0, 0.0], [0.0, 0.0]], 1.0, 0.5),
    "shear": ([[1.0, 1.0], [0.0, 1.0]], 2 * 7 / 9 - 1, 2.5),
}


@pytest.mark.parametrize("name", LINEAR)
def test_linear_decoders_have_known_penalties(name: str) -> None:
    rows, scale_free, paper = LINEAR[name]
    matrix = torch.tensor(rows, dtype=torch.float64)

    def decode(z: Tensor) -> Tensor:
        return z @ matrix.T

    mean = exact(decode, torch.randn(6, 2, dtype=torch.float64)).mean()
    assert float(scale_free_penalty(mean, 2)) == pytest.approx(scale_free, abs=1e-9)
    assert float(paper_penalty(mean, 2, c_squared(mean, 2))) == pytest.approx(paper, abs=1e-9)


@pytest.mark.parametrize("c2", [0.0, 1.0, 2.7])
def test_paper_penalty_is_the_squared_frobenius_distance(c2: float) -> None:
    decode, z = curved_decoder(), torch.randn(9, 3, dtype=torch.float64)
    G = metric_tensor(jacobian(decode, z))
    oracle = (G - c2 * torch.eye(3, dtype=torch.float64)).square().sum((1, 2)).mean()
    torch.testing.assert_close(paper_penalty(exact(decode, z).mean(), 3, c2), oracle)


def test_scale_free_penalty_ignores_the_data_scale_and_the_papers_does_not() -> None:
    decode, z = curved_decoder(), torch.randn(9, 3, dtype=torch.float64)
    small, large = exact(decode, z), exact(lambda points: 10 * decode(points), z)
    forms = [
        (float(scale_free_penalty(mean, 3)), float(paper_penalty(mean, 3, c_squared(mean, 3))))
        for mean in (small.mean(), large.mean())
    ]
    assert forms[1][0] == pytest.approx(forms[0][0])
    assert forms[1][1] == pytest.approx(1e4 * forms[0][1])
