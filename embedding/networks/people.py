"""The encoder of people: what tells one person from another in a crop, whoever they are.

A residual network on crops of 128x64 whose first layer forgets a camera's light (instance normalisation; Pan et al.,
"Two at Once", ECCV 2018), pooled by stripes from head to foot (Sun et al., "Beyond Part
Models", ECCV 2018) and once over all, with the colours of `striped_colours` beside it.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from flatsort.data.errors import InputError
from flatsort.embedding.networks.striped_colours import StripedColours
from flatsort.embedding.weights.checkpoint import Checkpoint, load_tensors

FAMILY = "people"
SIZE = (128, 64)
STRIPES = 4
# Of the colours' first, random projection: half of what keeps distances, so that the convolutions start beside it.
_COLOURS = 0.5


@dataclass(frozen=True)
class PeopleConfig:
    """What decides the shape of the network.

    widths: channels of the stem, and of the stages at a quarter, an eighth and a sixteenth of the resolution. blocks:
    residual convolutions a stage. The first layers are narrow, as they take the time: OSNet x0.25 takes 2.6 times as
    long as the default. Raises ValueError naming the field.
    """

    widths: tuple[int, ...] = (16, 32, 96, 192)
    blocks: tuple[int, ...] = (1, 1, 1)
    dimension: int = 128

    def __post_init__(self) -> None:
        if len(self.widths) != 4 or min(self.widths) < 2:
            raise ValueError(f"widths: {self.widths} are not four numbers of at least 2")
        if len(self.blocks) != 3 or min(self.blocks) < 0:
            raise ValueError(f"blocks: {self.blocks} are not three numbers of at least 0")
        if self.dimension < 1:
            raise ValueError(f"dimension: {self.dimension} is not at least 1")


class Residual(nn.Module):
    """One normalised convolution beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.change = convolution(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.change(x))


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A convolution of 3x3 and its normalisation."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs))


class PeopleEncoder(nn.Module):
    """Crops in, descriptors of unit length out.

    `forward` takes (n, 3, h, w), h and w multiples of 32 and 16 and 128x64 in the end, and returns (n, dimension). In
    evaluation mode no crop of a batch influences another.
    """

    def __init__(self, config: PeopleConfig, drop: float = 0.0) -> None:
        """drop: the share of the pooled values that training leaves out."""
        super().__init__()
        self.config = config
        self.shape = (3, *SIZE)
        w, blocks = config.widths, config.blocks
        layers: list[nn.Module] = [
            nn.Conv2d(3, w[0], 4, 2, 1, bias=False), nn.InstanceNorm2d(w[0], affine=True), nn.ReLU(),
        ]  # fmt: skip
        for inputs, outputs, count in zip(w, w[1:], blocks, strict=False):
            layers += [convolution(inputs, outputs, 2), nn.ReLU(), *(Residual(outputs) for _ in range(count))]
        self.body = nn.Sequential(*layers)
        self.colours = StripedColours()
        width = w[3] * (STRIPES + 1)
        self.neck, self.drop = nn.BatchNorm1d(width), nn.Dropout(drop)
        self.linear = nn.Linear(width + self.colours.dimension, config.dimension, bias=False)
        self.centre = nn.BatchNorm1d(config.dimension, affine=False)
        with torch.no_grad():
            self.linear.weight[:, width:].normal_(0, _COLOURS * config.dimension**-0.5)

    def forward(self, x: Tensor, colours_alone: Tensor | None = None) -> Tensor:
        """colours_alone: (n,) bool, the crops of which the convolutions tell nothing."""
        return self.head(self.pooled(x), colours_alone)

    def pooled(self, x: Tensor) -> Tensor:
        """What the convolutions found, by stripe and over all, and beside it the colours: (n, pooled values)."""
        maps = self.body(x).float()
        stripes = maps.reshape(maps.shape[0], maps.shape[1], STRIPES, -1).mean(3).flatten(1)
        return torch.cat([stripes, maps.amax((2, 3)), self.colours(x)], 1)

    def head(self, pooled: Tensor, colours_alone: Tensor | None = None) -> Tensor:
        """From `pooled` to the descriptor."""
        shapes, colours = pooled.split([pooled.shape[1] - self.colours.dimension, self.colours.dimension], 1)
        shapes = self.drop(self.neck(shapes))
        if colours_alone is not None:
            shapes = shapes.masked_fill(colours_alone[:, None], 0)
        y: Tensor = nn.functional.normalize(self.centre(self.linear(torch.cat([shapes, colours], 1))), dim=1)
        return y

    def standardised_by(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        """Tell the colours how the channels (3,) of the input, RGB in [0, 1], were standardised."""
        self.colours.channel_mean.copy_(torch.tensor(mean))
        self.colours.channel_std.copy_(torch.tensor(std))


def folded(network: PeopleEncoder) -> nn.Module:
    """The same function in evaluation mode, each batch normalisation folded into the layer before it."""
    changed = copy.deepcopy(network).eval()
    for chain in [module for module in changed.modules() if isinstance(module, nn.Sequential)]:
        for place in range(1, len(chain)):
            layer, norm = chain[place - 1], chain[place]
            if isinstance(layer, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                scale, shift = scale_and_shift(norm)
                layer.weight = nn.Parameter(layer.weight * scale[:, None, None, None])
                layer.bias = nn.Parameter(shift)
                chain[place] = nn.Identity()
    neck, centre = scale_and_shift(changed.neck), scale_and_shift(changed.centre)
    weight, width = changed.linear.weight, changed.neck.num_features
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    with torch.no_grad():
        linear.bias.copy_((weight[:, :width] @ neck[1]) * centre[0] + centre[1])
        linear.weight.copy_(weight)
        linear.weight[:, :width] *= neck[0]
        linear.weight *= centre[0][:, None]
    changed.linear = linear
    changed.neck, changed.centre = nn.Identity(), nn.Identity()  # type: ignore[assignment]
    return changed


def scale_and_shift(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """What a batch normalisation does to each channel in evaluation mode."""
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = (norm.running_var + norm.eps).rsqrt()
    if norm.affine:
        scale = scale * norm.weight.detach()
    shift = -norm.running_mean * scale
    return scale, shift + norm.bias.detach() if norm.affine else shift


def people_of(checkpoint: Checkpoint) -> PeopleEncoder:
    """Build the network that a checkpoint describes, in evaluation mode. Raises InputError where it does not fit."""
    retrain = "retrain it or name a checkpoint that `flatsort train` wrote"
    if checkpoint.metadata.get("family") != FAMILY:
        raise InputError(checkpoint.path, None, "holds another architecture, not an encoder of people", retrain)
    try:
        config = checkpoint.metadata["config"]
        lists = {name: tuple(config[name]) for name in ("widths", "blocks")}
        network = PeopleEncoder(PeopleConfig(**{**config, **lists}))
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(checkpoint.path, None, f"unknown architecture ({error})", retrain) from error
    load_tensors(checkpoint, network, f"{FAMILY} of widths {network.config.widths}")
    return network.eval()
