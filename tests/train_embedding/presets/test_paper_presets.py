"""Every preset under `paper/` against the paper's Table 3, field by field."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from flatsort.embedding.networks.architectures import VGG16, vgg16_features
from flatsort.embedding.networks.prior import HierarchicalPrior
from flatsort.embedding.networks.vae import Model
from flatsort.train_embedding.batches.datasets import load_data
from flatsort.train_embedding.loop.autoencoder import make_fabric
from flatsort.train_embedding.loop.trainer import Trainer
from flatsort.train_embedding.presets.settings import Settings, load_settings, preset_names

TABLE_3: dict[str, dict[str, Any]] = {
    # hidden layers of q(z|x) and p(x|z), of q(ζ|z) and p(z|ζ): all ReLU, Adam
    "pendulum": {"rate": 1e-4, "input": 256, "latents": 2, "encoder": (256,) * 2, "decoder": (256,) * 2,
                 "prior": (256,) * 2, "likelihood": "gaussian", "kappa": 0.025, "nu": 1, "K": 16, "eta": 1000},
    "motion": {"rate": 1e-4, "input": 50, "latents": 2, "encoder": (256,) * 4, "decoder": (256,) * 4,
               "prior": (256,) * 4, "likelihood": "gaussian", "kappa": 0.03, "nu": 1, "K": 32, "eta": 8000},
    "mnist": {"rate": 1e-4, "input": 784, "latents": 2, "encoder": (256,) * 4, "decoder": (256,) * 4,
              "prior": (256,) * 4, "likelihood": "bernoulli", "kappa": 0.245, "nu": 1, "K": 16, "eta": 8000},
    "mot16": {"rate": 3e-5, "input": 64 * 64 * 3, "latents": 128, "encoder": "VGG16",
              "decoder": (256, 256, 128, 128, 64, 64, 32, 32, 16, 16), "prior": (512,) * 2,
              "likelihood": "gaussian", "kappa": 0.8, "nu": 1, "K": 8, "eta": 300},
}  # fmt: skip
DIFFER: dict[str, dict[str, Any]] = {
    # What a labelled variant changes in the table's row.
    "mot16/fmvae-3000": {"eta": 3000},
    "pendulum/vhp-vae-feasible": {"kappa": 0.055},
    "pendulum/fmvae-feasible": {"kappa": 0.055},
    "motion/fmvae-no-mixup": {"mixup": False},
    "motion/fmvae-no-identity": {"c2": "zero"},
    "motion/fmvae-c2-one": {"c2": "one"},
}
PAPER = [name.removeprefix("paper/") for name in preset_names() if name.startswith("paper/")]


def widths(network: nn.Module) -> tuple[int, ...]:
    """Hidden widths of a network, convolutions by their channels; what comes last is the output."""
    found = []
    for layer in network.modules():
        if isinstance(layer, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            found.append(layer.out_features if isinstance(layer, nn.Linear) else layer.out_channels)
    return tuple(found[:-1])


def activations(model: Model) -> set[type]:
    """Kinds of everything that is neither linear nor a container nor changes a shape alone."""
    plain = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Flatten, nn.Unflatten, nn.MaxPool2d)
    leaves = [layer for layer in model.modules() if not list(layer.children()) and not isinstance(layer, plain)]
    return {type(layer) for layer in leaves if not type(layer).__name__.endswith("Prior")}


def row_of(settings: Settings, method: str) -> dict[str, Any]:
    """A preset as a row of the table, read from the networks that it builds."""
    model = Model(settings.model)
    prior = model.prior
    convolutional = settings.model.architecture in VGG16
    row = {
        "rate": settings.training.learning_rate,
        "input": math.prod(model.shape),
        "latents": settings.model.latents,
        "encoder": "VGG16" if convolutional else widths(model.encoder),
        "decoder": widths(model.decoder)[1:] if convolutional else widths(model.decoder),
        "likelihood": settings.model.likelihood,
    }
    if method != "vae":
        assert isinstance(prior, HierarchicalPrior)
        assert widths(prior.encoder) == widths(prior.decoder)
        row |= {"prior": widths(prior.encoder), "kappa": settings.constraint.kappa}
        row |= {"nu": settings.constraint.nu, "K": prior.samples}
    if method.startswith("fmvae"):
        row |= {"eta": settings.objective.eta, "mixup": settings.objective.mixup, "c2": settings.objective.c2}
    return row


@pytest.mark.parametrize("name", PAPER)
def test_a_preset_is_the_papers_row(name: str) -> None:
    dataset, method = name.split("/")
    settings = load_settings(f"paper/{name}")
    row = row_of(settings, method)
    wanted = {**TABLE_3[dataset], "mixup": True, "c2": "mean", **DIFFER.get(name, {})}
    assert row == {field: wanted[field] for field in row}
    assert activations(Model(settings.model)) == {nn.ReLU}
    assert settings.training.final_rate == 1.0
    if method.startswith("fmvae"):
        assert (settings.objective.form, settings.objective.estimator) == ("paper", "finite-difference")


def test_every_variant_that_differs_is_there_and_named() -> None:
    plain = {f"{dataset}/{method}" for dataset in TABLE_3 for method in ("vae", "vhp-vae", "fmvae")}
    assert set(PAPER) == plain | set(DIFFER)


def test_the_crops_encoder_is_vgg16_and_its_decoder_has_both_convolutions_at_each_width() -> None:
    model = Model(load_settings("paper/mot16/fmvae").model)
    assert widths(nn.Sequential(vgg16_features(), nn.Linear(1, 1))) == widths(model.encoder)
    kinds = [type(layer) for layer in model.decoder.modules() if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d))]
    assert kinds == [nn.ConvTranspose2d, nn.Conv2d] * 5 + [nn.Conv2d]
    torch.manual_seed(0)
    with torch.no_grad():
        crops = model.decode(torch.randn(4, 128))
    assert crops.shape == (4, 3, 64, 64)
    assert 0.03 < float(crops.std()) < 10  # the signal neither dies nor explodes on its way


def test_adam_keeps_the_printed_rate_to_the_end() -> None:
    settings = load_settings("paper/pendulum/fmvae")
    trainer = Trainer(settings, load_data(settings.data), make_fabric(settings), 0)
    assert isinstance(trainer.optimizer.optimizer, torch.optim.Adam)
    trainer.advance(0.0)
    trainer.advance(0.999)
    assert {group["lr"] for group in trainer.optimizer.param_groups} == {1e-4}
