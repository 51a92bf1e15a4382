"""Flatness on held-out samples, against decoders whose metric tensor is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flatsort.embedding.networks.vae import Model, ModelConfig
from flatsort.train_embedding.loop.held_out import held_out_flatness, held_out_of_z

# Stretch of each of two latent axes: G = diag(a², b²), N · RDM − 1 = 2 (a⁴ + b⁴) / (a² + b²)² − 1.
STRETCHES = {"flat": (1.0, 1.0), "flat and large": (7.0, 7.0), "twice as long": (1.0, 2.0), "one axis lost": (0.0, 3.0)}


@pytest.mark.parametrize("name", STRETCHES)
def test_linear_decoders_have_the_flatness_of_their_metric(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = STRETCHES[name]
    model = Model(ModelConfig("motion", "motion", 2))

    def stretched(z: Tensor, v: Tensor) -> Tensor:
        return z * torch.tensor([a, b])

    monkeypatch.setattr(model, "decode", stretched)
    crops = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)
    expected = 2 * (a**4 + b**4) / (a**2 + b**2) ** 2 - 1
    assert held_out_flatness(model, crops, 0.2) == pytest.approx(expected, abs=1e-5)


def test_what_changes_is_held_fixed_and_z_alone_has_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model(ModelConfig("motion", "motion", 2, nuisance=3))

    def stretched(z: Tensor, v: Tensor | None = None) -> Tensor:
        told = torch.zeros(len(z), 48) if v is None else torch.cat([100 * v, v.new_zeros(len(v), 45)], 1)
        return torch.cat([z, told], 1)

    monkeypatch.setattr(model, "decode", stretched)
    monkeypatch.setattr(model, "encode", lambda x: (x[:, :2], x[:, :2]))
    crops = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)
    assert held_out_flatness(model, crops, 0.2) == pytest.approx(0.0, abs=1e-5)
    assert held_out_of_z(model, crops) == pytest.approx(float(np.square(crops[:, 2:]).sum() / crops.size), rel=1e-5)
