"""`flatsort train` and `flatsort export` as a user calls them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from flatsort.data.experiments import pendulum
from flatsort.embedding.networks.vae import Model, ModelConfig, load_model, save_model
from flatsort.train_embedding.loop.autoencoder import train
from flatsort.train_embedding.presets.settings import load_settings
from tests.conftest import Run


@pytest.fixture(autouse=True, scope="module")
def _drawn_once() -> Iterator[None]:
    """The pendulum's images take seconds to draw and are always the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pendulum, "load", cache(pendulum.load))
        yield


WRONG = {
    # name: (arguments, what the one line names)
    "unknown preset": (["train", "pendulum/fmvea"], "did you mean pendulum/fmvae"),
    "unknown setting": (["train", "pendulum/fmvae", "--set", "training.stepps=1"], "did you mean training.steps"),
    "crops without sequences": (["train", "compact/fmvae"], "data.sources"),
    "unknown data set": (["train", "pendulum/fmvae", "--set", "data.name=pendolum"], "did you mean pendulum"),
    "no such checkpoint": (["export", "nowhere"], "nowhere: no such checkpoint"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_one_line_and_exit_code_2(run: Run, tmp_path: Path, name: str) -> None:
    arguments, says = WRONG[name]
    output = tmp_path / ("x.onnx" if arguments[0] == "export" else "run")
    quiet = ["--quiet"] if arguments[0] == "train" else []
    assert run(*arguments, *quiet, "--output", output).refuses(says)
    assert not output.with_suffix(".onnx").exists()


def test_train_resume_and_export(run: Run, tmp_path: Path) -> None:
    fast = ["--set", "steps=4", "--set", "batch=16", "--set", "points=8", "--set", "evaluation_samples=16"]
    arguments = ["train", "pendulum/fmvae", "--quiet", "--seed", "3", "--output", tmp_path / "run", *fast]
    first = run(*arguments)
    assert first.code == 0
    assert "4 steps (all steps done), validation squared error 0." in first.out
    assert run(*arguments).refuses("--resume")
    assert run(*arguments, "--resume").code == 0
    checkpoint = tmp_path / "run" / "model.safetensors"
    assert load_model(checkpoint).config.dataset == "pendulum"
    assert run("export", checkpoint, "--output", tmp_path / "x.onnx").code == 0
    assert (tmp_path / "x.onnx").is_file()


def test_packaged_names_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flatsort.embedding.networks import vae
    from flatsort.embedding.weights import checkpoint as checkpoints

    for module in (checkpoints, vae):
        monkeypatch.setattr(module, "WEIGHTS", tmp_path)
    model = Model(ModelConfig("motion", "motion", 2))
    save_model(tmp_path / "motion-vhp-vae.safetensors", model)
    assert load_model("motion/vhp-vae").config == model.config
    assert checkpoints.packaged_names() == ["motion/vhp-vae"]


def test_crops_train_into_a_descriptor(tmp_path: Path, real_data: Path) -> None:
    source = real_data / "MOT15" / "train" / "TUD-Campus"
    settings = load_settings(
        "compact/fmvae", [f'data.sources=["{source}"]', "steps=2", "batch=16", "points=2", "evaluation_samples=8"]
    )
    train(settings, tmp_path / "run", quiet=True)
    from flatsort.embedding.weights.checkpoint import read_checkpoint

    described = read_checkpoint(tmp_path / "run" / "model.safetensors").metadata["descriptor"]
    assert described["distance"] == "euclidean"
    assert len(described["mean"]) == 3
