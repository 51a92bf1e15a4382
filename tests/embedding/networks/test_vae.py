"""The VAE family: shapes, samples kept apart, and checkpoints good and bad."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from flatsort.data import InputError
from flatsort.embedding.networks.architectures import ARCHITECTURES
from flatsort.embedding.networks.vae import Model, ModelConfig, load_model, save_model
from flatsort.embedding.weights import checkpoint as checkpoint_file
from flatsort.embedding.weights.checkpoint import read_checkpoint, write_checkpoint
from tests.embedding.networks.parameters import parameter_count


def small(**changes: object) -> Model:
    torch.manual_seed(0)
    return Model(ModelConfig(**{"architecture": "motion", "dataset": "motion", "latents": 2, **changes})).eval()  # type: ignore[arg-type]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@torch.no_grad()
def test_shapes_and_samples_kept_apart(architecture: str) -> None:
    named = ARCHITECTURES[architecture]
    model = small(architecture=architecture, latents=named.latents)
    x = torch.randn(3, *named.shape)
    mean, std = model.encode(x)
    assert mean.shape == std.shape == (3, named.latents)
    assert (std > 0).all()
    assert model.decode(mean).shape == x.shape
    x[1:] += 5  # other samples of the batch change nothing
    torch.testing.assert_close(model.encode(x)[0][:1], mean[:1], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(model.decode(mean)[:1], model.decode(mean[:1]), atol=1e-5, rtol=1e-4)
    assert not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules())


def test_compact_encoder_is_small() -> None:
    assert parameter_count(small(architecture="compact", latents=128).encoder) < 2_000_000


@torch.no_grad()
def test_an_encoder_that_reads_colours() -> None:
    model = small(architecture="compact", latents=128, colours=True)
    model.standardised_by((0.4, 0.5, 0.6), (0.2, 0.2, 0.3))
    x = torch.randn(4, 3, 64, 64)
    alone = torch.tensor([True, False, True, False])
    whole, mixed = model.encode(x)[0], model.encode(x, alone)[0]
    torch.testing.assert_close(mixed[1::2], whole[1::2])
    assert not torch.allclose(mixed[::2], whole[::2])
    # Of colours alone, the picture's other half of a mirror is the same person.
    everything = torch.ones(4, dtype=torch.bool)
    torch.testing.assert_close(model.encode(x.flip(3), everything)[0], model.encode(x, everything)[0])
    # How the input was standardised belongs to the weights.
    other = small(architecture="compact", latents=128, colours=True)
    other.load_state_dict(model.state_dict())
    torch.testing.assert_close(other.encode(x)[0], whole)


def test_colours_need_crops() -> None:
    with pytest.raises(ValueError, match="colours: motion observes no crops"):
        small(colours=True)


def test_images_of_another_layout_are_accepted_and_of_another_size_refused() -> None:
    model = small(architecture="pendulum")
    x = torch.randn(3, 16, 16)
    torch.testing.assert_close(model.encode(x)[0], model.encode(x.flatten(1))[0])
    with pytest.raises(ValueError, match=r"x: shape \(3, 50\); expected \(n, 256\)"):
        model.encode(torch.randn(3, 50))


def test_bernoulli_decodes_probabilities() -> None:
    decoded = small(likelihood="bernoulli").decode(torch.randn(4, 2))
    assert ((decoded > 0) & (decoded < 1)).all()


@pytest.mark.parametrize("half", [False, True])
def test_saved_models_come_back(tmp_path: Path, half: bool) -> None:
    model = small(prior="hierarchical", noise_std=0.03)
    save_model(tmp_path / "m.safetensors", model, training={"seed": 3}, half=half)
    twin = load_model(tmp_path / "m.safetensors")
    assert twin.config == model.config
    assert not twin.training
    assert read_checkpoint(tmp_path / "m.safetensors").metadata["training"] == {"seed": 3}
    x = torch.randn(4, 50)
    torch.testing.assert_close(
        twin.encode(x)[0], model.encode(x)[0], atol=1e-2 if half else 0, rtol=1e-2 if half else 0
    )


def test_damaged_files_are_refused_in_one_line(tmp_path: Path) -> None:
    good = tmp_path / "good.safetensors"
    save_model(good, small())
    names = ("truncated", "empty", "pickled", "zipped", "foreign", "other", "unknown")
    truncated, empty, pickled, zipped, foreign, other, unknown = (tmp_path / f"{name}.safetensors" for name in names)
    truncated.write_bytes(good.read_bytes()[:-100])
    empty.write_bytes(b"")
    pickled.write_bytes(pickle.dumps({"a": 1}))
    torch.save({"a": torch.zeros(1)}, zipped)
    safetensors.torch.save_file({"a": torch.zeros(1)}, foreign)
    write_checkpoint(other, {"a": torch.zeros(1)}, {"family": "training-state"})
    checkpoint = read_checkpoint(good)
    config = {**checkpoint.metadata["config"], "architecture": "resnet"}
    write_checkpoint(unknown, checkpoint.tensors, {**checkpoint.metadata, "config": config})
    wrong = tmp_path / "w.safetensors"
    config = {**checkpoint.metadata["config"], "architecture": "mnist"}
    write_checkpoint(wrong, checkpoint.tensors, {**checkpoint.metadata, "config": config})
    for file, says in (
        (truncated, "truncated"),
        (empty, "truncated"),
        (pickled, "pickle"),
        (zipped, "pickle"),
        (foreign, "no flatsort metadata"),
        (other, "another architecture"),
        (unknown, "unknown architecture.*resnet"),
        (wrong, "as architecture mnist has it"),
        (tmp_path / "nothing", "no such checkpoint"),
    ):
        with pytest.raises(InputError, match=says) as caught:
            load_model(file)
        assert file.name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    (tmp_path / "trap.safetensors").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match="pickle"):
        load_model(tmp_path / "trap.safetensors")
    assert not (tmp_path / "sprung").exists()


def test_a_full_disk_leaves_the_old_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "m.safetensors"
    save_model(file, small())
    before = file.read_bytes()

    def half_written(tensors: object, path: Path, metadata: object) -> None:
        Path(path).write_bytes(before[: len(before) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint_file, "save_file", half_written)
    with pytest.raises(InputError, match=r"m\.safetensors"):
        save_model(file, small(latents=3))
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("field", "value"),
    [("architecture", "resnet"), ("likelihood", "poisson"), ("activation", "sine"), ("prior", "none"), ("latents", 0),
     ("noise_std", 0.0), ("importance_samples", 0)],
)  # fmt: skip
def test_configurations_out_of_range_are_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        small(**{field: value})


@torch.no_grad()
def test_a_decoder_that_reads_what_changes_beside_z() -> None:
    model = small(architecture="compact", latents=8, nuisance=4)
    x = torch.randn(3, 3, 64, 64)
    z = model.encode(x)[0]
    told = model.encode_nuisance(x, model.decode(z))
    assert told is not None
    v, std = told
    assert v.shape == std.shape == (3, 4)
    torch.testing.assert_close(model(x), model.decode(z, v))
    torch.testing.assert_close(model.decode(z), model.decode(z, torch.zeros(3, 4)))
    assert not torch.allclose(model.decode(z, v), model.decode(z, v.roll(1, 0)), atol=1e-4)
    lacking = model.encode_nuisance(x - model.decode(z), torch.zeros_like(x))  # it reads what z alone does not draw
    assert lacking is not None
    torch.testing.assert_close(lacking[0], v)
    assert small(architecture="compact", latents=8).encode_nuisance(x, x) is None
    with pytest.raises(ValueError, match="nuisance: -1 is not from 0"):
        small(nuisance=-1)
