"""Estimators of the metric tensor's moments, and the penalties, on decoders with known answers."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from flatsort.train_embedding.objective.flatness import (
    difference_jacobian,
    exact,
    finite_difference,
    jacobian,
    metric_tensor,
    paper_penalty,
    probes,
    scale_free_penalty,
)


def curved_decoder(latents: int = 3, observed: int = 7) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(latents, 16), nn.SiLU(), nn.Linear(16, observed)).double()


def linear(matrix: Tensor) -> nn.Linear:
    layer = nn.Linear(matrix.shape[1], matrix.shape[0], bias=False).double()
    layer.weight.data = matrix
    return layer


def rademacher(count: int, n: int, latents: int) -> Tensor:
    source = torch.Generator().manual_seed(1)
    return torch.randint(0, 2, (count, n, latents), generator=source).double() * 2 - 1


def test_exact_jacobian_is_the_autograd_jacobian() -> None:
    decode, z = curved_decoder(), torch.randn(5, 3, dtype=torch.float64)
    columns = jacobian(decode, z)
    for i in range(5):
        oracle = torch.autograd.functional.jacobian(decode, z[i : i + 1])[0, :, 0, :]
        torch.testing.assert_close(columns[:, i].T, oracle)


def test_differences_approach_the_exact_jacobian_linearly() -> None:
    decode, z = curved_decoder(), torch.randn(5, 3, dtype=torch.float64)
    truth = jacobian(decode, z)
    errors = [(difference_jacobian(decode, z, step) - truth).abs().max().item() for step in (1e-2, 1e-3)]
    assert errors[0] < 0.05
    assert errors[1] == pytest.approx(errors[0] / 10, rel=0.1)


def test_probes_are_unbiased() -> None:
    decode, z = curved_decoder(), torch.randn(4, 3, dtype=torch.float64)
    truth = exact(decode, z)
    count = 4000
    single = [probes(decode, z, v[None]) for v in rademacher(count, 4, 3)]
    for field in (0, 1):
        values = torch.stack([moment[field] for moment in single])
        standard_error = values.std(0) / math.sqrt(count)
        assert (values.std(0) > 0).all()
        assert ((values.mean(0) - truth[field]).abs() < 4 * standard_error).all()


def test_many_probes_are_the_mean_of_single_ones() -> None:
    decode, z, v = curved_decoder(), torch.randn(4, 3, dtype=torch.float64), rademacher(3, 4, 3)
    single = [probes(decode, z, one[None]) for one in v]
    together = probes(decode, z, v)
    torch.testing.assert_close(together.trace, torch.stack([m.trace for m in single]).mean(0))
    torch.testing.assert_close(together.squared_trace, torch.stack([m.squared_trace for m in single]).mean(0))


LINEAR = {
    # name: (decoder matrix, c² = Tr G / N, N Tr G² / (Tr G)² − 1, ‖G − c²1‖²)
    "orthonormal columns": ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], 1.0, 0.0, 0.0),
    "orthogonal columns of length 3": ([[3.0, 0.0], [0.0, 3.0], [0.0, 0.0]], 9.0, 0.0, 0.0),
    "one axis twice as long": ([[2.0, 0.0], [0.0, 1.0]], 2.5, 2 * 17 / 25 - 1, 4.5),
    "one axis lost": ([[1.0, 0.0], [0.0, 0.0]], 0.5, 1.0, 0.5),
    "shear": ([[1.0, 1.0], [0.0, 1.0]], 1.5, 2 * 7 / 9 - 1, 2.5),
}


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("estimator", ["exact", "finite-difference", "probes"])
def test_linear_decoders_have_known_answers(name: str, estimator: str) -> None:
    rows, c2, n_rdm, penalty = LINEAR[name]
    decode, z = linear(torch.tensor(rows, dtype=torch.float64)), torch.randn(6, 2, dtype=torch.float64)
    if estimator == "exact":
        found = exact(decode, z)
    elif estimator == "finite-difference":
        found = finite_difference(decode, z, 1e-3)
    else:  # all four Rademacher directions of the plane: their mean is the exact moment
        signs = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
        found = probes(decode, z, signs[:, None].expand(4, 6, 2))
    trace, squared = found.trace.mean(), found.squared_trace.mean()
    assert float(trace) / 2 == pytest.approx(c2, abs=1e-9)
    assert float(scale_free_penalty(trace, squared, 2)) == pytest.approx(n_rdm, abs=1e-9)
    assert float(paper_penalty(trace, squared, 2, trace / 2)) == pytest.approx(penalty, abs=1e-9)


@pytest.mark.parametrize("c2", [0.0, 1.0, 2.7])
def test_paper_penalty_is_the_squared_frobenius_distance(c2: float) -> None:
    decode, z = curved_decoder(), torch.randn(9, 3, dtype=torch.float64)
    metric = metric_tensor(jacobian(decode, z))
    oracle = (metric - c2 * torch.eye(3, dtype=torch.float64)).square().sum((1, 2)).mean()
    found = exact(decode, z)
    torch.testing.assert_close(paper_penalty(found.trace.mean(), found.squared_trace.mean(), 3, c2), oracle)


def test_scale_free_penalty_ignores_the_data_scale_and_the_papers_does_not() -> None:
    decode, z = curved_decoder(), torch.randn(9, 3, dtype=torch.float64)
    small, large = exact(decode, z), exact(lambda points: 10 * decode(points), z)
    forms = [
        (float(scale_free_penalty(m.trace.mean(), m.squared_trace.mean(), 3)),
         float(paper_penalty(m.trace.mean(), m.squared_trace.mean(), 3, m.trace.mean() / 3)))
        for m in (small, large)
    ]  # fmt: skip
    assert forms[1][0] == pytest.approx(forms[0][0])
    assert forms[1][1] == pytest.approx(1e4 * forms[0][1])


def test_relu_decoders_give_the_latent_no_gradient_and_smooth_ones_do() -> None:
    z = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    for activation, reached in ((nn.ReLU(), False), (nn.SiLU(), True)):
        torch.manual_seed(0)
        decode = nn.Sequential(nn.Linear(3, 16), activation, nn.Linear(16, 7)).double()
        moment = exact(decode, z)
        (gradient,) = torch.autograd.grad(moment.squared_trace.sum(), z, allow_unused=True)
        assert (gradient is not None and bool((gradient != 0).any())) == reached
