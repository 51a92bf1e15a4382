"""Estimators of the metric tensor's moments, and mixed points, on decoders with known answers."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from flatsort.embedding.metric_tensor import (
    Moments,
    difference_jacobian,
    exact,
    finite_difference,
    jacobian,
    metric_tensor,
    mix,
    mixing_weight,
    moments,
    n_rdm_minus_1,
    probes,
)


def curved_decoder(latents: int = 3, observed: int = 7) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(latents, 16), nn.SiLU(), nn.Linear(16, observed)).double()


def linear(matrix: Tensor) -> nn.Linear:
    layer = nn.Linear(matrix.shape[1], matrix.shape[0], bias=False).double()
    layer.weight = nn.Parameter(matrix, requires_grad=False)
    return layer


def rademacher(count: int, n: int, latents: int) -> Tensor:
    source = torch.Generator().manual_seed(1)
    return torch.randint(0, 2, (count, n, latents), generator=source).double() * 2 - 1


def test_exact_jacobian_is_the_autograd_jacobian() -> None:
    decode, z = curved_decoder(), torch.randn(5, 3, dtype=torch.float64)
    J = jacobian(decode, z)
    assert J.shape == (5, 7, 3)
    for i in range(5):
        oracle = torch.autograd.functional.jacobian(decode, z[i : i + 1])[0, :, 0, :]
        torch.testing.assert_close(J[i], oracle)


def test_observations_of_any_shape_are_read_as_one_row() -> None:
    decode, z = curved_decoder(observed=12), torch.randn(5, 3, dtype=torch.float64)
    torch.testing.assert_close(jacobian(lambda points: decode(points).reshape(-1, 3, 4), z), jacobian(decode, z))


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
    # One call for all: every probe is a copy of the points of its own.
    every = probes(decode, z.repeat(count, 1), rademacher(1, 4 * count, 3))
    for field in (0, 1):
        values = every[field].reshape(count, 4)
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
    # name: (decoder matrix, c² = Tr G / N, N Tr G² / (Tr G)² − 1)
    "orthonormal columns": ([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], 1.0, 0.0),
    "orthogonal columns of length 3": ([[3.0, 0.0], [0.0, 3.0], [0.0, 0.0]], 9.0, 0.0),
    "one axis twice as long": ([[2.0, 0.0], [0.0, 1.0]], 2.5, 2 * 17 / 25 - 1),
    "one axis lost": ([[1.0, 0.0], [0.0, 0.0]], 0.5, 1.0),
    "shear": ([[1.0, 1.0], [0.0, 1.0]], 1.5, 2 * 7 / 9 - 1),
}


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("estimator", ["exact", "finite-difference", "probes"])
def test_linear_decoders_have_known_answers(name: str, estimator: str) -> None:
    rows, c2, n_rdm = LINEAR[name]
    decode, z = linear(torch.tensor(rows, dtype=torch.float64)), torch.randn(6, 2, dtype=torch.float64)
    if estimator == "exact":
        found = exact(decode, z)
    elif estimator == "finite-difference":
        found = finite_difference(decode, z, 1e-3)
    else:  # all four Rademacher directions of the plane: their mean is the exact moment
        signs = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]], dtype=torch.float64)
        found = probes(decode, z, signs[:, None].expand(4, 6, 2))
    assert float(found.mean().trace) / 2 == pytest.approx(c2, abs=1e-9)
    assert float(n_rdm_minus_1(found.mean(), 2)) == pytest.approx(n_rdm, abs=1e-9)


def test_relu_decoders_give_the_latent_no_gradient_and_smooth_ones_do() -> None:
    z = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    for activation, reached in ((nn.ReLU(), False), (nn.SiLU(), True)):
        torch.manual_seed(0)
        decode = nn.Sequential(nn.Linear(3, 16), activation, nn.Linear(16, 7)).double()
        moment = exact(decode, z)
        (gradient,) = torch.autograd.grad(moment.squared_trace.sum(), z, allow_unused=True)
        assert (gradient is not None and bool((gradient != 0).any())) == reached


def test_mixed_points_reach_beyond_the_pair() -> None:
    weight = mixing_weight(torch.tensor([0.0, 0.5, 1.0]), 0.2)
    torch.testing.assert_close(weight, torch.tensor([-0.2, 0.5, 1.2]))
    first, second = torch.zeros(3, 2), torch.ones(3, 2)
    torch.testing.assert_close(mix(first, second, weight), weight[:, None].expand(3, 2))


def test_moments_are_those_of_the_eigenvalues() -> None:
    decode, z = curved_decoder(), torch.randn(6, 3, dtype=torch.float64)
    G = metric_tensor(jacobian(decode, z))
    values = torch.linalg.eigvalsh(G)
    found: Moments = moments(G)
    torch.testing.assert_close(found.trace, values.sum(1))
    torch.testing.assert_close(found.squared_trace, values.square().sum(1))
