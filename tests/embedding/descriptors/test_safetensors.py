"""Checkpoints as descriptors: the same vectors as the model's own, and metadata that do not fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from flatsort.data import InputError
from flatsort.data.crops.cutting import cut_crops
from flatsort.embedding import load_descriptor
from flatsort.embedding.networks.vae import Model, ModelConfig, save_model

IMAGE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
BOXES = np.array([[5.0, 6.0, 37.0, 70.0], [40.5, -10.0, 90.0, 60.0]])
DESCRIBED = {"size": [64, 64], "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.2], "distance": "euclidean", "gate": 3.5}


def write(path: Path, described: dict[str, Any] | None) -> Model:
    torch.manual_seed(0)
    model = Model(ModelConfig("compact", "mot16", latents=8)).eval()
    save_model(path, model, descriptor=described)
    return model


def test_vectors_are_the_models(tmp_path: Path) -> None:
    model = write(tmp_path / "a.safetensors", DESCRIBED)
    descriptor = load_descriptor(str(tmp_path / "a.safetensors"))
    assert descriptor is not None
    assert (descriptor.dimension, descriptor.distance, descriptor.gate) == (8, "euclidean", 3.5)
    crops = cut_crops(IMAGE, BOXES, (64, 64))[..., ::-1].transpose(0, 3, 1, 2) / 255.0
    x = (crops - np.array([0.4, 0.5, 0.6])[:, None, None]) / 0.2
    with torch.no_grad():
        expected = model.encode(torch.tensor(x, dtype=torch.float32))[0].numpy()
    np.testing.assert_allclose(descriptor(IMAGE, BOXES), expected, atol=1e-4)
    assert descriptor(IMAGE, np.empty((0, 4))).shape == (0, 8)


def test_gate_from_elsewhere(tmp_path: Path) -> None:
    write(tmp_path / "a.safetensors", {key: value for key, value in DESCRIBED.items() if key != "gate"})
    with pytest.raises(InputError, match=r"a\.safetensors: has no gate"):
        load_descriptor(str(tmp_path / "a.safetensors"))
    chosen = load_descriptor(str(tmp_path / "a.safetensors") + ",gate=2")
    assert chosen is not None
    assert chosen.gate == 2.0


@pytest.mark.parametrize(
    ("described", "message"),
    [
        (None, "was not trained on crops"),
        ({**DESCRIBED, "size": [32, 32]}, r"the model observes \(3, 64, 64\), and the crops are \(3, 32, 32\)"),
        ({**DESCRIBED, "distance": "manhattan"}, "distance is 'manhattan'"),
        ({**DESCRIBED, "gate": 0}, "value is 0.0, expected a positive number"),
        ({**DESCRIBED, "mean": [1]}, "mean is .*expected three numbers"),
    ],
)
def test_metadata_that_do_not_fit(tmp_path: Path, described: dict[str, Any] | None, message: str) -> None:
    write(tmp_path / "a.safetensors", described)
    with pytest.raises(InputError, match=message):
        load_descriptor(str(tmp_path / "a.safetensors"))
