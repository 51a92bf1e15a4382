"""The encoder of people: unit length, crops on their own, folding, checkpoints as descriptors and ONNX."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from flatsort.data import InputError
from flatsort.data.crops.cutting import cut_crops
from flatsort.embedding import load_descriptor
from flatsort.embedding.crop_input import CropInput
from flatsort.embedding.networks.encoder import encoder_of
from flatsort.embedding.networks.export import export_onnx
from flatsort.embedding.networks.people import (
    FAMILY,
    PeopleConfig,
    PeopleEncoder,
    folded,
    people_of,
)
from flatsort.embedding.weights.checkpoint import read_checkpoint, write_network

SMALL = PeopleConfig((4, 6, 8, 10), (1, 2, 0), 12)
DESCRIBED = {"size": [128, 64], "mean": [0.4, 0.5, 0.6], "std": [0.2, 0.2, 0.2], "distance": "euclidean"}
IMAGE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
BOXES = np.array([[5.0, 6.0, 37.0, 70.0], [40.5, -10.0, 90.0, 60.0]])


@pytest.fixture
def network() -> PeopleEncoder:
    """A small network whose running moments have seen data."""
    torch.manual_seed(0)
    made = PeopleEncoder(SMALL, drop=0.2)
    made.standardised_by((0.4, 0.5, 0.6), (0.2, 0.2, 0.2))
    with torch.no_grad():
        for _ in range(20):
            made(torch.randn(8, 3, 128, 64) + 0.5)
        for module in made.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 2)
                module.bias.normal_()
    return made.eval()


def test_vectors_have_unit_length_and_no_crop_moves_another(network: PeopleEncoder) -> None:
    x = torch.randn(3, 3, 128, 64)
    with torch.no_grad():
        whole, alone = network(x), torch.cat([network(x[place : place + 1]) for place in range(3)])
    assert whole.shape == (3, 12)
    torch.testing.assert_close(whole.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(whole, alone, rtol=1e-4, atol=1e-5)


def test_smaller_crops_are_taken_too(network: PeopleEncoder) -> None:
    assert network(torch.randn(2, 3, 64, 32)).shape == (2, 12)


def test_folding_changes_nothing(network: PeopleEncoder) -> None:
    x = torch.randn(4, 3, 128, 64)
    with torch.no_grad():
        torch.testing.assert_close(folded(network)(x), network(x), rtol=1e-3, atol=1e-5)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in folded(network).modules())


def test_colours_alone_tell_nothing_of_shapes(network: PeopleEncoder) -> None:
    x = torch.rand(1, 3, 128, 64)
    blocks = x.reshape(1, 3, 32, 4, 16, 4)
    moved = blocks.flip(3).flip(5).reshape_as(x)  # another picture of the same mean colours
    with torch.no_grad():
        hidden = network(torch.cat([x, moved]), torch.tensor([True, True]))
        seen = network(torch.cat([x, moved]), torch.tensor([False, False]))
    torch.testing.assert_close(hidden[0], hidden[1], rtol=1e-3, atol=1e-5)
    assert float((seen[0] - seen[1]).abs().max()) > 1e-3


def test_a_gain_of_all_values_is_forgotten_by_the_first_layer(network: PeopleEncoder) -> None:
    x = torch.rand(2, 3, 128, 64) + 0.5
    with torch.no_grad():
        torch.testing.assert_close(network.body[:2](3 * x), network.body[:2](x), rtol=1e-3, atol=1e-3)
        assert float((network.body[0](3 * x) - network.body[0](x)).abs().max()) > 0.1


def test_a_checkpoint_is_a_descriptor_and_exports_as_one(tmp_path: Path, network: PeopleEncoder) -> None:
    path = tmp_path / "model.safetensors"
    write_network(path, network, FAMILY, training={"seed": 0}, descriptor=DESCRIBED)
    crops = CropInput((128, 64), mean=(0.4, 0.5, 0.6), std=(0.2, 0.2, 0.2)).normalise(
        cut_crops(IMAGE, BOXES, (128, 64))
    )
    with torch.no_grad():
        expected = network(torch.from_numpy(crops)).numpy()
    descriptor = load_descriptor(str(path), gate=1.0)
    assert descriptor is not None
    np.testing.assert_allclose(descriptor(IMAGE, BOXES), expected, atol=1e-4)
    export_onnx(path, tmp_path / "model.onnx", gate=0.7)
    exported = load_descriptor(f"onnx:{tmp_path / 'model.onnx'}")
    assert exported is not None
    assert (exported.distance, exported.gate, exported.dimension) == ("euclidean", 0.7, 12)
    np.testing.assert_allclose(exported(IMAGE, BOXES), expected, atol=5e-3)  # 16-bit weights


def test_a_checkpoint_of_another_family_or_shape_is_refused(tmp_path: Path, network: PeopleEncoder) -> None:
    path = tmp_path / "model.safetensors"
    write_network(path, network, FAMILY, training={}, descriptor=DESCRIBED)
    checkpoint = read_checkpoint(path)
    assert encoder_of(checkpoint).dimension == 12
    for change, says in (
        ({"family": "deepsort"}, "another architecture"),
        ({"config": {**checkpoint.metadata["config"], "blocks": [1]}}, "unknown architecture"),
    ):
        other = type(checkpoint)(checkpoint.path, checkpoint.tensors, {**checkpoint.metadata, **change})
        with pytest.raises(InputError, match=says):
            people_of(other)


@pytest.mark.parametrize(
    ("values", "says"),
    [({"widths": (4, 6, 8)}, "widths"), ({"blocks": (1, -1, 0)}, "blocks"), ({"dimension": 0}, "dimension")],
)
def test_wrong_settings_are_named(values: dict[str, tuple[int, ...] | int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        PeopleConfig(**values)  # type: ignore[arg-type]
