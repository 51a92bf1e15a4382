"""Encoder and decoder networks by name: the paper's Table 3, and smaller ones of ours that train on two CPU cores."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from flatsort.embedding.networks.striped_colours import StripedColours

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {"relu": nn.ReLU, "silu": nn.SiLU, "softplus": nn.Softplus}

# A standard deviation never falls below this, so that the log density of a collapsed posterior stays finite.
MINIMUM_STD = 1e-4


@dataclass(frozen=True)
class Architecture:
    """What a named architecture fixes: the shape of one observation (without the batch) and its hidden widths."""

    shape: tuple[int, ...]
    latents: int
    hidden: tuple[int, ...]
    prior_hidden: tuple[int, ...]

    @property
    def dimensions(self) -> int:
        """Number of observed values."""
        return math.prod(self.shape)


# `hidden` is empty where the network is convolutional. pendulum and those called paper-* are Chen et al. 2020, Table 3,
# to the letter; the others are ours and smaller, so that a step takes less: one layer fewer in encoder and decoder and
# two fewer in the prior (motion, mnist), no plain convolutions but GroupNorm in the decoder (mot16).
ARCHITECTURES = {
    "pendulum": Architecture((256,), 2, (256, 256), (256, 256)),
    "motion": Architecture((50,), 2, (256, 256, 256), (256, 256)),
    "mnist": Architecture((784,), 2, (256, 256, 256), (256, 256)),
    "mot16": Architecture((3, 64, 64), 128, (), (512, 512)),
    "compact": Architecture((3, 64, 64), 128, (), (256, 256)),
    "paper-motion": Architecture((50,), 2, (256,) * 4, (256,) * 4),
    "paper-mnist": Architecture((784,), 2, (256,) * 4, (256,) * 4),
    "paper-mot16": Architecture((3, 64, 64), 128, (), (512, 512)),
}
VGG16 = ("mot16", "paper-mot16")
"""Architectures whose encoder is torchvision's VGG16."""
PAPER_CHANNELS = (256, 128, 64, 32, 16)
"""Of the paper's decoder of crops (Table 3)."""


def perceptron(sizes: tuple[int, ...], activation: str) -> nn.Sequential:
    """Fully connected layers of these sizes with the activation between them; the last layer is linear."""
    layers: list[nn.Module] = []
    for inputs, outputs in itertools.pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])


class DiagonalGaussian(nn.Module):
    """A network whose output is the mean and the standard deviation of a diagonal Gaussian, each (n, dimension)."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body = body

    def forward(self, x: Tensor, colours_alone: Tensor | None = None) -> tuple[Tensor, Tensor]:
        out = self.body(x) if colours_alone is None else self.body(x, colours_alone)
        mean, raw = out.chunk(2, dim=-1)
        return mean, nn.functional.softplus(raw) + MINIMUM_STD


class ShapesAndColours(nn.Module):
    """An encoder of crops that reads a striped colour histogram beside its convolutions; one linear layer takes both.

    The histogram needs no training and does not overfit: people who were never seen are told apart from the start.
    Its part of the mean begins as a random projection, which keeps its distances (Johnson and Lindenstrauss).
    """

    def __init__(self, shapes: nn.Module, width: int, latents: int) -> None:
        super().__init__()
        self.shapes, self.colours = shapes, StripedColours()
        self.linear = nn.Linear(width + self.colours.dimension, 2 * latents)
        with torch.no_grad():
            weight = self.linear.weight[:, width:]
            weight[:latents].normal_(0, latents**-0.5)
            weight[latents:].zero_()

    def forward(self, x: Tensor, colours_alone: Tensor | None = None) -> Tensor:
        """colours_alone: (n,) bool, the samples of which the convolutions tell nothing."""
        shapes = self.shapes(x)
        if colours_alone is not None:
            shapes = shapes.masked_fill(colours_alone[:, None], 0)
        out: Tensor = self.linear(torch.cat([shapes, self.colours(x).to(shapes.dtype)], 1))
        return out


def encoder(architecture: str, latents: int, activation: str, colours: bool = False) -> nn.Module:
    """The body of q(z|x): one observation batch in, (n, 2 latents) out; `colours` as in `ShapesAndColours`."""
    named = ARCHITECTURES[architecture]
    if not named.hidden:
        shapes, width = convolutions(architecture, activation)
        if colours:
            return ShapesAndColours(shapes, width, latents)
        return nn.Sequential(*shapes, nn.Linear(width, 2 * latents))
    return nn.Sequential(nn.Flatten(), *perceptron((named.dimensions, *named.hidden, 2 * latents), activation))


def convolutions(architecture: str, activation: str) -> tuple[nn.Sequential, int]:
    """The convolutional part of an encoder of crops, and how many values it gives a crop."""
    if architecture in VGG16:
        return nn.Sequential(vgg16_features(), nn.Flatten()), 512 * 2 * 2
    # Patches of 4x4 first: full-resolution layers would take most of the time and a colour is told from a patch.
    # 8 groups divide every width; GroupNorm keeps samples apart, as per-sample Jacobians need.
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 4, 4), nn.GroupNorm(8, 64), ACTIVATIONS[activation]()]
    for inputs, outputs in ((64, 128), (128, 256)):
        layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.GroupNorm(8, outputs), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers, nn.Flatten()), 256 * 4 * 4


def vgg16_features() -> nn.Sequential:
    """The convolutions of torchvision's VGG16, initialised as there, without its 124 M classifier parameters."""
    from torchvision.models.vgg import cfgs, make_layers

    features: nn.Sequential = make_layers(cfgs["D"], batch_norm=False)
    for layer in features:
        if isinstance(layer, nn.Conv2d) and layer.bias is not None:
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return features


def decoder(architecture: str, latents: int, activation: str) -> nn.Module:
    """The body of p(x|z): (n, latents) in, the likelihood's parameter of shape (n, *shape) out."""
    named = ARCHITECTURES[architecture]
    if named.hidden:
        return perceptron((latents, *named.hidden[::-1], named.dimensions), activation)
    if architecture == "paper-mot16":
        return paper_crop_decoder(latents, activation)
    layers: list[nn.Module] = [nn.Linear(latents, 256 * 4 * 4), nn.Unflatten(1, (256, 4, 4)), ACTIVATIONS[activation]()]
    if architecture == "compact":
        for inputs, outputs in ((256, 128), (128, 64)):
            layers += [
                nn.ConvTranspose2d(inputs, outputs, 4, 2, 1),
                nn.GroupNorm(8, outputs),
                ACTIVATIONS[activation](),
            ]
        # The encoder's patches in reverse: 4x4 pixels from each of 16x16 places.
        return nn.Sequential(*layers, nn.Conv2d(64, 3 * 4 * 4, 3, 1, 1), nn.PixelShuffle(4))
    # Transposed convolutions 256-128-64-32-16 from 4x4 to 64x64, then the three channels.
    for inputs, outputs in zip((256, 128, 64, 32), (128, 64, 32, 16), strict=True):
        layers += [
            nn.ConvTranspose2d(inputs, outputs, 4, 2, 1),
            nn.GroupNorm(8, outputs),
            ACTIVATIONS[activation](),
        ]
    return nn.Sequential(*layers, nn.Conv2d(16, 3, 3, 1, 1))


def paper_crop_decoder(latents: int, activation: str) -> nn.Sequential:
    """Table 3's decoder of 64×64 crops: at each of `PAPER_CHANNELS` a transposed and a plain convolution.

    The transposed ones double the side, from VGG16's last 512 × 2 × 2 on. The table prints no normalisation; He's
    initialisation lets eleven layers without it pass their signal.
    """
    layers: list[nn.Module] = [nn.Linear(latents, 512 * 2 * 2), nn.Unflatten(1, (512, 2, 2)), ACTIVATIONS[activation]()]
    for inputs, outputs in itertools.pairwise((512, *PAPER_CHANNELS)):
        for convolution in (nn.ConvTranspose2d(inputs, outputs, 4, 2, 1), nn.Conv2d(outputs, outputs, 3, 1, 1)):
            # A transposed convolution of stride 2 sums a quarter of its 4x4 taps.
            fan_in = inputs * 4 if isinstance(convolution, nn.ConvTranspose2d) else outputs * 9
            nn.init.normal_(convolution.weight, 0, math.sqrt(2 / fan_in))
            if convolution.bias is not None:
                nn.init.zeros_(convolution.bias)
            layers += [convolution, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers, nn.Conv2d(PAPER_CHANNELS[-1], 3, 3, 1, 1))


def standard_normal_log_density(x: Tensor) -> Tensor:
    """log N(x; 0, 1) summed over the last axis."""
    return gaussian_log_density(x, torch.zeros_like(x), torch.ones_like(x))


def gaussian_log_density(x: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """log N(x; mean, diag std²) summed over the last axis."""
    return (-0.5 * ((x - mean) / std).square() - std.log() - 0.5 * math.log(2 * math.pi)).sum(-1)
