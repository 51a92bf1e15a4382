"""DeepSORT's network: the paper's size, unit length, folding, and checkpoints as descriptors and ONNX."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from flatsort.data import InputError
from flatsort.data.crops.cutting import cut_crops
from flatsort.embedding import load_descriptor
from flatsort.embedding.networks.deepsort import FAMILY, DeepSort, DeepSortConfig, deepsort_of, folded
from flatsort.embedding.networks.encoder import encoder_of
from flatsort.embedding.networks.export import export_onnx
from flatsort.embedding.weights.checkpoint import read_checkpoint, write_checkpoint, write_network
from tests.embedding.networks.parameters import parameter_count

IMAGE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
BOXES = np.array([[5.0, 6.0, 37.0, 70.0], [40.5, -10.0, 90.0, 60.0]])
DESCRIBED = {"size": [128, 64], "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.2], "distance": "cosine"}


@cache
def seasoned(stem: str) -> DeepSort:
    torch.manual_seed(0)
    made = DeepSort(DeepSortConfig(4, stem))
    with torch.no_grad():
        for _ in range(4):
            made(torch.randn(4, 3, 128, 64) + 0.5)
        for name, parameter in made.named_parameters():
            if name.endswith("shift"):
                parameter.normal_()
    return made.eval()


def network(stem: str = "strided") -> DeepSort:
    """A network of width 4 whose running moments have seen data."""
    return copy.deepcopy(seasoned(stem))


def write(path: Path, **descriptor: Any) -> DeepSort:
    made = network()
    write_network(path, made, FAMILY, training={"seed": 0}, descriptor={**DESCRIBED, **descriptor})
    return made


def test_the_published_width_has_the_papers_parameters() -> None:
    assert parameter_count(DeepSort(DeepSortConfig())) == 2_800_864


def test_the_published_shapes_are_table_1s() -> None:
    made = DeepSort(DeepSortConfig()).eval()
    shapes: list[tuple[int, ...]] = []
    for layer in made.body:
        layer.register_forward_hook(lambda _, __, output: shapes.append(tuple(output.shape[1:])))
    with torch.no_grad():
        assert made(torch.zeros(1, 3, 128, 64)).shape == (1, 128)
    distinct = [shape for place, shape in enumerate(shapes) if place == 0 or shapes[place - 1] != shape]
    assert distinct == [(32, 128, 64), (32, 64, 32), (64, 32, 16), (128, 16, 8), (128 * 16 * 8,), (128,)]


@pytest.mark.parametrize("stem", ["published", "strided"])
@torch.no_grad()
def test_unit_length_and_crops_kept_apart(stem: str) -> None:
    made = network(stem=stem)
    x = torch.randn(3, 3, 128, 64)
    vectors = made(x)
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(made(x[:1]), vectors[:1])
    assert not torch.allclose(vectors[0], vectors[1], atol=1e-3)


@torch.no_grad()
def test_training_normalises_by_the_batch() -> None:
    made = network().train()
    x = torch.randn(8, 3, 128, 64)
    first = made.body[:2](x)
    torch.testing.assert_close(first.mean((0, 2, 3)), made.body[1].shift, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(first.var((0, 2, 3)), torch.ones(4), atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("stem", ["published", "strided"])
@torch.no_grad()
def test_folding_changes_nothing(stem: str) -> None:
    made = network(stem=stem)
    x = torch.randn(3, 3, 128, 64)
    thin = folded(made)
    torch.testing.assert_close(thin(x), made(x), atol=1e-5, rtol=1e-4)
    assert len(thin.state_dict()) < len(made.state_dict())


@pytest.mark.parametrize(
    ("config", "message"), [({"width": 0}, "width: 0"), ({"stem": "wide"}, "stem: 'wide' is not one of published")]
)
def test_config_out_of_range(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DeepSortConfig(**config)


def test_crops_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"x: shape \(2, 3, 64, 64\); expected \(n, 3, 128, 64\)"):
        network()(torch.zeros(2, 3, 64, 64))


def test_a_checkpoint_is_a_descriptor(tmp_path: Path) -> None:
    made = write(tmp_path / "d.safetensors")
    descriptor = load_descriptor(f"{tmp_path / 'd.safetensors'},gate=0.3")
    assert descriptor is not None
    assert (descriptor.dimension, descriptor.distance, descriptor.gate) == (128, "cosine", 0.3)
    crops = cut_crops(IMAGE, BOXES, (128, 64))[..., ::-1].transpose(0, 3, 1, 2) / 255.0
    x = (crops - np.array([0.4, 0.5, 0.6])[:, None, None]) / 0.2
    with torch.no_grad():
        expected = made(torch.tensor(x, dtype=torch.float32)).numpy()
    np.testing.assert_allclose(descriptor(IMAGE, BOXES), expected, atol=1e-4)


def test_onnx_says_how_crops_are_prepared_and_agrees(tmp_path: Path) -> None:
    write(tmp_path / "d.safetensors", gate=0.25)
    exported = export_onnx(tmp_path / "d.safetensors", tmp_path / "d.onnx")
    assert exported.difference <= 1e-5
    onnx, torched = (load_descriptor(str(tmp_path / f"d.{kind}")) for kind in ("onnx", "safetensors"))
    assert onnx is not None
    assert torched is not None
    assert (onnx.distance, onnx.gate) == ("cosine", 0.25)
    np.testing.assert_allclose(onnx(IMAGE, BOXES), torched(IMAGE, BOXES), atol=2e-3)  # weights in 16 bits


def test_damaged_checkpoints_name_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path / "d.safetensors")
    whole = read_checkpoint(tmp_path / "d.safetensors")
    cases = {
        "another architecture, not DeepSORT's": ({}, {"family": "vae"}),
        r"unknown architecture \(width: 0": ({}, {"config": {"width": 0}}),
        r"tensor body.0.weight is \(1,\), not \(4, 3, 3, 3\) as architecture deepsort of width 4": (
            {"body.0.weight": torch.zeros(1)},
            {},
        ),
    }
    for message, (tensors, metadata) in cases.items():
        write_checkpoint(tmp_path / "bad.safetensors", whole.tensors | tensors, whole.metadata | metadata)
        with pytest.raises(InputError, match=message):
            deepsort_of(read_checkpoint(tmp_path / "bad.safetensors"))
    write_checkpoint(tmp_path / "bad.safetensors", whole.tensors, whole.metadata | {"family": "training-state"})
    with pytest.raises(InputError, match="holds training-state, not an encoder"):
        encoder_of(read_checkpoint(tmp_path / "bad.safetensors"))
