"""Flatness on held-out samples, against decoders whose metric tensor is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flatsort.embedding.networks.vae import Model, ModelConfig
from flatsort.train_embedding.loop.held_out import held_out_flatness

# Stretch of each of two latent axes: G = diag(a², b²), N · RDM − 1 = 2 (a⁴ + b⁴) / (a² + b²)² − 1.
STRETCHES = {"flat": (1.0, 1.0), "flat and large": (7.0, 7.0), "twice as long": (1.0, 2.0), "one axis lost": (0.0, 3.0)}


@pytest.mark.parametrize("name", STRETCHES)
def test_linear_decoders_have_the_flatness_of_their_metric(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = STRETCHES[name]
    model = Model(ModelConfig("motion", "motion", 2))

    def stretched(z: Tensor) -> Tensor:
        return z * torch.tensor([a, b])

    monkeypatch.setattr(model, "decode", stretched)
    crops = np.random.default_rng(0).normal(size=(40, 50)).astype(np.float32)
    expected = 2 * (a**4 + b**4) / (a**2 + b**2) ** 2 - 1
    assert held_out_flatness(model, crops, 0.2) == pytest.approx(expected, abs=1e-5)
