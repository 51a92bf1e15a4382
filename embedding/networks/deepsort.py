"""DeepSORT's appearance network: a wide residual network whose descriptors have unit length.

Wojke, Bewley and Paulus, "Simple online and realtime tracking with a deep association metric", ICIP 2017, Table 1.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from flatsort.data.errors import InputError
from flatsort.embedding.weights.checkpoint import Checkpoint, load_tensors

FAMILY = "deepsort"
SIZE = (128, 64)  # Table 1: crops of 128 x 64 pixels
DIMENSION = 128  # Table 1: "Dense 10", 128 values
MEMORY, EPSILON = 0.1, 1e-5  # of the running moments, as torch's own batch normalisation
WIDEST = 128  # four times Table 1's, 45 million parameters; a damaged file may ask for any number
STEMS = ("published", "strided")


@dataclass(frozen=True)
class DeepSortConfig:
    """What decides the shape of the network.

    Raises ValueError naming the field.

    width: channels of the first layers; 32 is Table 1, and the network grows with its square.
    stem: `published` is Table 1's two convolutions at full resolution and a pooling; `strided`, which is not in the
        paper, halves the resolution in the first convolution instead of the pooling, which takes a CPU a little over
        half the time.
    """

    width: int = 32
    stem: str = "published"

    def __post_init__(self) -> None:
        if not 1 <= self.width <= WIDEST:
            raise ValueError(f"width: {self.width} is not from 1 to {WIDEST}")
        if self.stem not in STEMS:
            raise ValueError(f"stem: {self.stem!r} is not one of {', '.join(STEMS)}")


class ShiftNorm(nn.Module):
    """Batch normalisation over (n, channels, ...) with a learned shift and no learned scale.

    Table 1's 2,800,864 parameters leave room for the shift alone.
    """

    average: Tensor
    variance: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.shift = nn.Parameter(torch.zeros(channels))
        self.register_buffer("average", torch.zeros(channels))
        self.register_buffer("variance", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        one = torch.ones_like(self.shift)
        y: Tensor = nn.functional.batch_norm(
            x, self.average, self.variance, one, self.shift, self.training, MEMORY, EPSILON
        )
        return y


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside the identity, normalised and activated before them (wide residual networks).

    Zagoruyko and Komodakis, BMVC 2016. Where the width or the resolution changes, a 1x1 convolution takes the
    identity's place. The network's first block follows an activation, and has none of its own (`activated`).
    """

    def __init__(self, inputs: int, outputs: int, stride: int, *, activated: bool = False) -> None:
        super().__init__()
        self.before = nn.Identity() if activated else nn.Sequential(ShiftNorm(inputs), nn.ELU())
        self.change = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            ShiftNorm(outputs),
            nn.ELU(),
            nn.Conv2d(outputs, outputs, 3, 1, 1),
        )
        same = inputs == outputs and stride == 1
        self.identity = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.identity(x) + self.change(self.before(x))
        return y


class DeepSort(nn.Module):
    """Crops in, descriptors of unit length out.

    `forward` takes (n, 3, 128, 64) and returns (n, 128). In evaluation mode the batch normalisations use their running
    moments, and no crop of a batch influences another. Cosine distance and half the squared Euclidean distance are the
    same there, so both rank alike; the cosine is DeepSORT's.
    """

    def __init__(self, config: DeepSortConfig) -> None:
        super().__init__()
        self.config = config
        self.shape = (3, *SIZE)
        w = config.width
        strided = config.stem == "strided"
        blocks = ((w, w, 1), (w, w, 1), (w, 2 * w, 2), (2 * w, 2 * w, 1), (2 * w, 4 * w, 2), (4 * w, 4 * w, 1))
        self.body = nn.Sequential(
            *(nn.Conv2d(3, w, 3, 2 if strided else 1, 1, bias=False), ShiftNorm(w), nn.ELU()),
            *(nn.Conv2d(w, w, 3, 1, 1, bias=False), ShiftNorm(w), nn.ELU()),
            nn.Identity() if strided else nn.MaxPool2d(3, 2, 1),
            *(ResidualBlock(*block, activated=number == 0) for number, block in enumerate(blocks)),
            nn.Flatten(),
            nn.Linear(4 * w * (SIZE[0] // 8) * (SIZE[1] // 8), DIMENSION, bias=False),
            ShiftNorm(DIMENSION),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1:] != self.shape:
            raise ValueError(f"x: shape {tuple(x.shape)}; expected (n, {', '.join(map(str, self.shape))})")
        # Channels last: the same values, and 15 to 25 % less time to train on a CPU.
        y: Tensor = nn.functional.normalize(self.body(x.contiguous(memory_format=torch.channels_last)), dim=1)
        return y


def folded(network: DeepSort) -> nn.Module:
    """The same function in evaluation mode, each normalisation folded into the convolution or dense layer before it.

    The normalisations that follow a sum stay.
    """
    changed = copy.deepcopy(network).eval()
    for chain in [module for module in changed.modules() if isinstance(module, nn.Sequential)]:
        for place in range(1, len(chain)):
            layer, norm = chain[place - 1], chain[place]
            if isinstance(norm, ShiftNorm) and isinstance(layer, (nn.Conv2d, nn.Linear)):
                scale = (norm.variance + EPSILON).rsqrt()
                layer.weight = nn.Parameter(layer.weight * scale.reshape(-1, *[1] * (layer.weight.ndim - 1)))
                layer.bias = nn.Parameter(norm.shift - norm.average * scale)
                chain[place] = nn.Identity()
    return changed


def deepsort_of(checkpoint: Checkpoint) -> DeepSort:
    """Build the network that a checkpoint describes, in evaluation mode. Raises InputError where it does not fit."""
    retrain = "retrain it or name a checkpoint that `flatsort train` wrote"
    if checkpoint.family != FAMILY:
        raise InputError(checkpoint.path, None, "holds another architecture, not DeepSORT's network", retrain)
    try:
        network = DeepSort(DeepSortConfig(**checkpoint.metadata["config"]))
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(checkpoint.path, None, f"unknown architecture ({error})", retrain) from error
    load_tensors(checkpoint, network, f"{FAMILY} of width {network.config.width}")
    return network.eval()
