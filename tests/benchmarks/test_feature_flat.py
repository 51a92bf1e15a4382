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


def test_noise_within_tracklets_counts_little_and_what_tells_them_apart_much(bench: Any) -> None:
    # Of two values of one variance, the first is the tracklet's and the second changes within it.
    random = np.random.default_rng(0)
    tracklets = np.repeat(np.arange(500), 6)
    person, moment = random.normal(size=500)[tracklets], random.normal(size=3000)
    x = torch.from_numpy(np.stack([person + 0.1 * random.normal(size=3000), moment], 1)).float()
    for shrinkage, share in ((0.0, 100 / 101), (1.0, 0.5)):
        whiten, deviations = bench.Noise(tracklets, shrinkage).whitening(x)
        y = x @ whiten
        torch.testing.assert_close(y.std(0), deviations, rtol=1e-3, atol=1e-5)
        assert float(y.var(0).sum()) == pytest.approx(1, rel=1e-3)
        assert float(deviations[-1] ** 2) == pytest.approx(share, abs=0.02)
    with torch.no_grad():
        parts = [(np.concatenate([x.numpy()] * 40, 1) + random.normal(size=(3000, 80))).astype(np.float32)]
        decoder = bench.Decoder(parts, latents=8, noise=bench.Noise(tracklets, 0.5))
        torch.nn.init.zeros_(decoder.body[-1].weight)
        torch.nn.init.zeros_(decoder.body[-1].bias)
        assert decoder.errors(torch.ones(3000, 8), parts) == pytest.approx([1], abs=1e-2)
