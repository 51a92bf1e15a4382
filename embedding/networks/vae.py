"""VAE, VHP-VAE and VHP-FMVAE: one family that differs by its prior and by what it was trained with.

The flat one (Chen et al. 2020) has the networks of the VHP-VAE (Klushyn et al. 2019); its flatness comes from the
training objective, `train_embedding.objective`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from flatsort.data.errors import InputError
from flatsort.embedding.networks.architectures import ACTIVATIONS, ARCHITECTURES, DiagonalGaussian, decoder, encoder
from flatsort.embedding.networks.likelihood import BernoulliLikelihood, GaussianLikelihood, Likelihood
from flatsort.embedding.networks.prior import HierarchicalPrior, StandardPrior
from flatsort.embedding.networks.striped_colours import StripedColours
from flatsort.embedding.weights import WEIGHTS
from flatsort.embedding.weights.checkpoint import (
    Checkpoint,
    load_tensors,
    packaged_names,
    read_checkpoint,
    write_network,
)

FAMILY = "vae"
# Of latents and of samples: what a damaged file asks for beyond it would take memory before its tensors are compared.
LARGEST_COUNT = 4096


@dataclass(frozen=True)
class ModelConfig:
    """Everything that decides the shape and the meaning of a model's tensors.

    Raises ValueError naming the field that is out of range.

    architecture: one of `ARCHITECTURES`.
    dataset: what it was made for.
    latents: dimensions of z.
    likelihood: "gaussian" or "bernoulli".
    noise_std: the fixed deviation of the Gaussian likelihood, in the data's units; the Bernoulli has none.
    activation: one of `ACTIVATIONS`.
    prior: "standard" or "hierarchical".
    importance_samples: K of Eq. 3.
    colours: an encoder of crops reads a colour histogram beside its convolutions (`ShapesAndColours`).
    nuisance: dimensions of v, what changes from moment to moment of one person, which the decoder reads beside z; 0 for
        none.
    """

    architecture: str
    dataset: str
    latents: int
    likelihood: str = "gaussian"
    noise_std: float = 1.0
    activation: str = "silu"
    prior: str = "hierarchical"
    importance_samples: int = 16
    colours: bool = False
    nuisance: int = 0

    def __post_init__(self) -> None:
        for field, allowed in (
            ("architecture", ARCHITECTURES),
            ("likelihood", ("gaussian", "bernoulli")),
            ("activation", ACTIVATIONS),
            ("prior", ("standard", "hierarchical")),
        ):
            if getattr(self, field) not in allowed:
                raise ValueError(f"{field}: {getattr(self, field)!r} is not one of {', '.join(allowed)}")
        for field, value in (("latents", self.latents), ("importance_samples", self.importance_samples)):
            if not 1 <= value <= LARGEST_COUNT:
                raise ValueError(f"{field}: {value} is not from 1 to {LARGEST_COUNT}")
        if not 0 <= self.nuisance <= LARGEST_COUNT:
            raise ValueError(f"nuisance: {self.nuisance} is not from 0 to {LARGEST_COUNT}")
        if not 0 < self.noise_std < math.inf:
            raise ValueError(f"noise_std: {self.noise_std} is not positive and finite")
        if self.colours and ARCHITECTURES[self.architecture].hidden:
            raise ValueError(f"colours: {self.architecture} observes no crops")


class Model(nn.Module):
    """Encoder q(z|x), decoder p(x|z) and prior p(z). No sample of a batch influences another.

    With `config.nuisance` also an encoder q(v|x, z) of its own, a standard normal p(v), and a decoder p(x|z, v). That
    encoder reads what the picture drawn from z alone lacks of x, so that v does not tell again what z does. A
    descriptor is z alone.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        named = ARCHITECTURES[config.architecture]
        self.encoder = DiagonalGaussian(encoder(config.architecture, config.latents, config.activation, config.colours))
        # Pose and background are told by small convolutions, whatever reads identity.
        reader = config.architecture if named.hidden else "compact"
        self.nuisance = (
            DiagonalGaussian(encoder(reader, config.nuisance, config.activation)) if config.nuisance else None
        )
        self.decoder = decoder(config.architecture, config.latents + config.nuisance, config.activation)
        self.prior: StandardPrior | HierarchicalPrior = (
            StandardPrior()
            if config.prior == "standard"
            else HierarchicalPrior(config.latents, named.prior_hidden, config.activation, config.importance_samples)
        )
        self.likelihood: Likelihood = (
            BernoulliLikelihood() if config.likelihood == "bernoulli" else GaussianLikelihood(config.noise_std)
        )
        self.shape = named.shape

    def encode(self, x: Tensor, colours_alone: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Mean and standard deviation of q(z|x), each (n, latents), for x (n, ...) holding `shape` values a sample.

        colours_alone: (n,) bool, the samples of which only colours are read, where the encoder reads colours.
        Raises ValueError where a sample has another number of values than the architecture observes.
        """
        if x.shape[1:].numel() != torch.Size(self.shape).numel():
            raise ValueError(f"x: shape {tuple(x.shape)}; expected (n, {', '.join(map(str, self.shape))})")
        mean, std = self.encoder(x.reshape(-1, *self.shape), colours_alone)
        return mean, std

    def standardised_by(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        """Tell an encoder that reads colours how the channels (3,) of its input, RGB in [0, 1], were standardised."""
        for module in self.modules():
            if isinstance(module, StripedColours):
                module.channel_mean.copy_(torch.tensor(mean))
                module.channel_std.copy_(torch.tensor(std))

    def encode_nuisance(self, x: Tensor, alone: Tensor) -> tuple[Tensor, Tensor] | None:
        """Mean and standard deviation of q(v|x, z), each (n, nuisance); None where there is no v.

        alone: (n, *shape), `decode` of z alone; no gradient passes through it.
        """
        if self.nuisance is None:
            return None
        mean, std = self.nuisance(x.reshape(-1, *self.shape) - alone.detach())
        return mean, std

    def raw(self, z: Tensor, v: Tensor | None = None) -> Tensor:
        """The likelihood's parameter, (n, *shape), for z (n, latents) and v (n, nuisance), by default 0."""
        if self.nuisance is not None:
            z = torch.cat([z, z.new_zeros(len(z), self.config.nuisance) if v is None else v], 1)
        parameter: Tensor = self.decoder(z)
        return parameter

    def decode(self, z: Tensor, v: Tensor | None = None) -> Tensor:
        """Mean of p(x|z), or of p(x|z, v), (n, *shape), for z (n, latents) and v (n, nuisance), by default 0."""
        return self.likelihood.mean(self.raw(z, v))

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction of x through the posteriors' means, (n, *shape)."""
        z = self.encode(x)[0]
        alone = self.decode(z)
        nuisance = self.encode_nuisance(x, alone)
        return alone if nuisance is None else self.decode(z, nuisance[0])


def save_model(
    path: str | PathLike[str],
    model: Model,
    *,
    training: dict[str, Any] | None = None,
    descriptor: dict[str, Any] | None = None,
    half: bool = False,
) -> None:
    """Write the model atomically; `training` says how it was made, `descriptor` how crops are prepared and gated.

    With `half` the tensors are stored in 16 bits, for packaged weights.
    """
    write_network(path, model, FAMILY, training=training or {}, descriptor=descriptor, half=half)


def load_model(source: str | PathLike[str]) -> Model:
    """The model of a checkpoint file, or of a packaged name such as `pendulum/fmvae`; in evaluation mode on the CPU.

    Raises InputError where there is no such file, it is damaged or pickled, or it holds another architecture.
    """
    return model_of(read_checkpoint(locate(source)))


def locate(source: str | PathLike[str]) -> Path:
    """The file that a path or a packaged name stands for. Raises InputError where there is none."""
    if Path(source).is_file():
        return Path(source)
    packaged = WEIGHTS / (str(source).replace("/", "-") + ".safetensors")
    if packaged.is_file():
        return packaged
    names = ", ".join(packaged_names()) or "none yet"
    raise InputError(str(source), None, "no such checkpoint", f"name a .safetensors file or a packaged model ({names})")


def model_of(checkpoint: Checkpoint) -> Model:
    """Build the model that a checkpoint describes. Raises InputError where its tensors do not fit its metadata."""
    retrain = "retrain it or name a checkpoint that `flatsort train` wrote"
    if checkpoint.family != FAMILY:
        raise InputError(checkpoint.path, None, "holds another architecture, not a model of the VAE family", retrain)
    try:
        model = Model(ModelConfig(**checkpoint.metadata["config"]))
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(checkpoint.path, None, f"unknown architecture ({error})", retrain) from error
    load_tensors(checkpoint, model, model.config.architecture)
    return model.eval()
