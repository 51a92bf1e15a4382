"""The metric tensor and its summaries against decoders whose geometry is known."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from flatsort.eval.geometry import measures

Decode = Callable[[Tensor], Tensor]


def linear(matrix: Tensor) -> Decode:
    return lambda z: z @ matrix.T


def orthogonal(observed: int, latents: int, scale: float = 1.0) -> Tensor:
    return scale * torch.linalg.qr(torch.randn(observed, latents, generator=torch.Generator().manual_seed(1)))[0]


def points(n: int = 40, k: int = 2, seed: int = 0) -> Tensor:
    return torch.randn(n, k, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("latents", "scale"), [(2, 1.0), (2, 250.0), (5, 1e-3)], ids=["unit", "scaled up", "five"])
def test_orthogonal_decoder_is_flat(latents: int, scale: float) -> None:
    G = measures.metric_tensor(linear(orthogonal(20, latents, scale)), points(k=latents))
    np.testing.assert_allclose(G, np.broadcast_to(scale**2 * np.eye(latents), G.shape), atol=1e-5 * scale**2)
    np.testing.assert_allclose(measures.condition_number(G), 1, atol=1e-5)
    np.testing.assert_allclose(measures.magnification_factor(G), 1, atol=1e-5)
    assert measures.n_rdm_minus_1(G) == pytest.approx(0, abs=1e-5)


def test_stretched_decoder_has_the_condition_number_of_its_stretch() -> None:
    G = measures.metric_tensor(linear(orthogonal(20, 2) @ torch.diag(torch.tensor([3.0, 1.0]))), points())
    np.testing.assert_allclose(measures.condition_number(G), 9, rtol=1e-5)
    np.testing.assert_allclose(measures.magnification_factor(G), 1, rtol=1e-5)
    # eigenvalues 9 and 1: 2 (81 + 1) / 10² − 1
    assert measures.n_rdm_minus_1(G) == pytest.approx(0.64, abs=1e-5)


def test_conformal_decoder_varies_in_magnification_alone() -> None:
    """z -> z² as a complex map: G = 4|z|² 1."""
    z = points()

    def square(z: Tensor) -> Tensor:
        return torch.stack([z[:, 0] ** 2 - z[:, 1] ** 2, 2 * z[:, 0] * z[:, 1]], dim=1)

    G = measures.metric_tensor(square, z)
    np.testing.assert_allclose(measures.condition_number(G), 1, rtol=1e-4)
    squared = (z**2).sum(1).double().numpy()
    np.testing.assert_allclose(measures.magnification_factor(G), squared / squared.mean(), rtol=1e-4)
    assert measures.n_rdm_minus_1(G) == pytest.approx((squared**2).mean() / squared.mean() ** 2 - 1, rel=1e-4)


def test_sphere_chart() -> None:
    """(latitude, longitude) -> sphere of radius 2: G = diag(4, 4 cos² latitude)."""
    z = 0.4 * points()

    def sphere(z: Tensor) -> Tensor:
        lat, lon = z.T
        return 2 * torch.stack([lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()], dim=1)

    G = measures.metric_tensor(sphere, z)
    expected = np.zeros((len(z), 2, 2))
    expected[:, 0, 0] = 4
    expected[:, 1, 1] = 4 * z[:, 0].double().cos().numpy() ** 2
    np.testing.assert_allclose(G, expected, atol=1e-5)


def test_metric_tensor_against_finite_differences() -> None:
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(3, 16), torch.nn.SiLU(), torch.nn.Linear(16, 12)).double()
    z = points(k=3).double()
    step = 1e-6
    moves = step * torch.eye(3, dtype=torch.double)
    J = torch.stack([(network(z + move) - network(z - move)) / (2 * step) for move in moves], dim=2)
    found = measures.metric_tensor(lambda z: network(z).reshape(-1, 3, 4), z)
    np.testing.assert_allclose(found, (J.mT @ J).detach().numpy(), atol=1e-7, rtol=1e-6)


def test_batches_do_not_change_the_metric() -> None:
    def decode(z: Tensor) -> Tensor:
        return torch.cat([z.sin(), z**3], dim=1)

    z = points(33)
    np.testing.assert_array_equal(measures.metric_tensor(decode, z, 7), measures.metric_tensor(decode, z, 100))


def test_condition_number_of_a_lost_direction_is_finite() -> None:
    G = measures.metric_tensor(linear(torch.tensor([[1.0, 0.0], [2.0, 0.0]])), points())
    assert (measures.condition_number(G) == 1 / measures.RELATIVE_PRECISION).all()
    assert math.isfinite(measures.magnification_factor(G)[0])


def test_mixed_points_lie_on_the_lines_through_pairs() -> None:
    z = points(2000, 1)
    z[0] = 5
    mixed = measures.mixed_points(z, seed=3)
    assert torch.equal(mixed, measures.mixed_points(z, seed=3))
    assert not torch.equal(mixed, measures.mixed_points(z, seed=4))
    span = z.max() - z.min()
    assert z.min() - 0.2 * span <= mixed.min()
    assert mixed.max() <= z.max() + 0.2 * span
    # Variance of (1 − a) u + a v for independent u, v: E[(1 − a)² + a²] Var z, a ~ U(−0.2, 1.2).
    expected = (0.5 + 2 * 1.4**2 / 12) * z.var()
    assert mixed.var().item() == pytest.approx(expected.item(), rel=0.1)


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: measures.metric_tensor(lambda z: z, torch.zeros(0, 2)), "points: shape"),
        (lambda: measures.metric_tensor(lambda z: z, torch.zeros(2)), "points: shape"),
        (lambda: measures.metric_tensor(lambda z: z, torch.full((3, 2), math.nan)), "points: .*not finite"),
        (lambda: measures.metric_tensor(lambda z: z / 0, torch.ones(3, 2)), "decode: .* not finite at 3 points"),
        (lambda: measures.condition_number(np.zeros((3, 2, 2))), "zero at 3 of 3 points"),
        (lambda: measures.condition_number(np.zeros((2, 2))), "G: shape"),
    ],
)
def test_refusals(call: Callable[[], object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        call()


def test_import_eval_is_light() -> None:
    code = "import sys, flatsort.eval; print('torch' in sys.modules, 'matplotlib' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "False False"
