"""The encoder of a checkpoint of any family, as a function of prepared crops."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import nn

from flatsort.data.errors import InputError
from flatsort.embedding.networks import deepsort, people, vae
from flatsort.embedding.weights.checkpoint import Checkpoint


@dataclass(frozen=True)
class Encoder:
    """An encoder in evaluation mode on the CPU.

    module: maps (n, *shape) float32 to (n, dimension).
    shape: of one prepared crop.
    dimension: of one vector.
    """

    module: nn.Module
    shape: tuple[int, ...]
    dimension: int


def mean_network(model: vae.Model) -> nn.Module:
    """The encoder as a function of one tensor, the mean of q(z|x), without the weights of the deviation.

    Raises ValueError where the encoder does not end in a linear layer for mean and deviation.
    """
    network: nn.Module = copy.deepcopy(model.encoder.body)
    name, last = list(network.named_modules())[-1]
    if not isinstance(last, nn.Linear) or last.out_features != 2 * model.config.latents:
        raise ValueError(f"model: its encoder ends in {last}, expected a Linear of {2 * model.config.latents} outputs")
    mean = nn.Linear(last.in_features, model.config.latents)
    with torch.no_grad():
        for own, whole in ((mean.weight, last.weight), (mean.bias, last.bias)):
            own.copy_(whole[: model.config.latents])  # DiagonalGaussian takes the mean from the first half
    network.set_submodule(name, mean)
    return network.eval()


def encoder_of(checkpoint: Checkpoint) -> Encoder:
    """Build the encoder that a checkpoint describes. Raises InputError where its family is unknown or it is unfit."""
    family = checkpoint.family
    if family == vae.FAMILY:
        model = vae.model_of(checkpoint)
        return Encoder(mean_network(model), tuple(model.shape), model.config.latents)
    if family == deepsort.FAMILY:
        network = deepsort.deepsort_of(checkpoint)
        return Encoder(deepsort.folded(network), network.shape, deepsort.DIMENSION)
    if family == people.FAMILY:
        described = people.people_of(checkpoint)
        return Encoder(people.folded(described), described.shape, described.config.dimension)
    cure = "retrain it or name a checkpoint that `flatsort train` wrote"
    raise InputError(checkpoint.path, None, f"holds {family or 'no known family'}, not an encoder", cure)
