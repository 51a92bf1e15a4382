"""benchmarks/feature_flat.py measures flatness on the sphere, and errors as shares of the variance."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bench() -> Any:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return import_module("feature_flat")
    finally:
        sys.path.pop(0)


def test_a_similarity_of_the_sphere_is_flat_with_one_dimension_less_and_a_stretched_one_is_not(bench: Any) -> None:
    z = normalize(torch.randn(256, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    stretch = torch.ones(8)
    assert bench.flatness(lambda x: 3 * normalize(x, dim=1) * stretch, z) == pytest.approx(0, abs=1e-4)
    stretch[0] = 3
    assert bench.flatness(lambda x: 3 * normalize(x, dim=1) * stretch, z) > 0.5


def test_mixed_points_lie_on_the_sphere(bench: Any) -> None:
    z = normalize(torch.randn(32, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    points = bench.mixed(z, torch.Generator().manual_seed(1))
    torch.testing.assert_close(points.norm(dim=1), torch.ones(32))
    assert not torch.allclose(points, z)


def test_every_part_weighs_alike_whatever_its_scale_and_an_answer_that_ignores_z_leaves_all_of_it(bench: Any) -> None:
    random = np.random.default_rng(0)
    parts = [random.normal(5, scale, (400, 80)).astype(np.float32) for scale in (0.01, 100)]
    decoder = bench.Decoder(parts, latents=8)
    torch.nn.init.zeros_(decoder.body[-1].weight)
    torch.nn.init.zeros_(decoder.body[-1].bias)
    with torch.no_grad():
        assert decoder.errors(torch.ones(400, 8), parts) == pytest.approx([1, 1], abs=1e-3)
