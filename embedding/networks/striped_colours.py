"""A striped colour histogram as a network's layer: how much of each colour every horizontal stripe of a crop holds."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor, nn


class StripedColours(nn.Module):
    """The square roots of soft HSV histograms of eight stripes, weighted towards the middle; nothing is trained.

    The descriptor `hsv` in finer stripes and with soft bins, so that a small change of light changes it little; grey,
    whose hue is noise, belongs to all hues alike. It reads what the network reads: RGB that was standardised by
    `channel_mean` and `channel_std` (3,), which are stored with the weights; `Model.standardised_by` sets them.
    (n, 3, h, w) in, (n, `dimension`) float32 out; h and w are multiples of 32 and 16.
    """

    # Chosen by retrieval on PETS09-S2L1, by models that were not trained on it.
    bins: ClassVar[tuple[int, int, int]] = (8, 2, 8)  # hue, saturation, value
    stripes: ClassVar[int] = 8
    size: ClassVar[tuple[int, int]] = (32, 16)
    centre: ClassVar[float] = 0.2  # deviation of the weight across, in widths of the box
    scale: ClassVar[float] = 3.0  # of the output, so that Adam's steps move its weights and the convolutions' alike
    grey: ClassVar[float] = 8 / 255  # a hue counts in full from this difference of the channels on
    # Beneath the root: its slope is infinite at 0.
    empty: ClassVar[float] = 1e-4

    channel_mean: Tensor
    channel_std: Tensor
    weights: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.dimension = self.stripes * math.prod(self.bins)
        height, width = self.size
        place = (torch.arange(width) + 0.5) / width - 0.5
        across = torch.exp(-0.5 * (place / self.centre).square())
        rows = height // self.stripes
        self.register_buffer("weights", (across / (across.sum() * rows)).repeat(rows)[:, None], persistent=False)
        self.register_buffer("channel_mean", torch.full((3,), 0.45))
        self.register_buffer("channel_std", torch.full((3,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):  # in 32 bits also where the rest runs in 16
            return self.histogram(x)

    def histogram(self, x: Tensor) -> Tensor:
        """As `forward`, where no lower precision is in force."""
        height, width = self.size
        colours = (x.float() * self.channel_std[:, None, None] + self.channel_mean[:, None, None]).clamp(0, 1)
        colours = nn.functional.avg_pool2d(colours, (x.shape[2] // height, x.shape[3] // width))
        hue, saturation, value = to_hsv(colours)
        hues, saturations, values = self.bins
        sure = ((colours.amax(1) - colours.amin(1)) / self.grey).clamp(0, 1)[..., None]
        of_hue = sure * soft_bins(hue, hues, circular=True) + (1 - sure) / hues
        of_rest = soft_bins(saturation, saturations)[..., :, None] * soft_bins(value, values)[..., None, :]
        pixels = height * width // self.stripes
        of_hue = of_hue.reshape(-1, self.stripes, pixels, hues) * self.weights
        of_rest = of_rest.reshape(-1, self.stripes, pixels, saturations * values)
        shares = (of_hue.transpose(2, 3) @ of_rest).flatten(1)
        return self.scale * (shares + self.empty).sqrt()


def to_hsv(colours: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Hue, saturation and value in [0, 1], each (n, h, w), of RGB in [0, 1], (n, 3, h, w).

    Hue is circular and is given in [-1/6, 5/6); grey has none, and its value turns on rounding.
    """
    red, green, blue = colours.unbind(1)
    value, least = colours.amax(1), colours.amin(1)
    spread = value - least
    share = 1 / (spread + 1e-6)
    hue = torch.where(value == green, (blue - red) * share + 2, (red - green) * share + 4)
    hue = torch.where(value == red, (green - blue) * share, hue) / 6
    return hue, spread / (value + 1e-6), value


def soft_bins(values: Tensor, bins: int, circular: bool = False) -> Tensor:
    """The share of each of `bins` bins of [0, 1], (..., bins): a value between two bins' centres belongs to both."""
    place = values[..., None] * bins - 0.5
    if circular:
        away = place - torch.arange(bins, device=values.device)
        away = away - bins * torch.round(away / bins)
    else:
        away = place.clamp(0, bins - 1) - torch.arange(bins, device=values.device)
    return (1 - away.abs()).clamp_min(0)
