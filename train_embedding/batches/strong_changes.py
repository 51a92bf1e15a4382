"""Changes of crops that leave the person and little else: place, size, background, light and colour.

Strong enough that a few hundred people cannot be learned by heart, nor told by where they stood.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flatsort.train_embedding.batches.crop_augmentation import coarsen, erase, occlude

SHRINK, GROW, SHIFT, TURN = 0.16, 0.12, 0.12, 0.07  # log scale a side, half widths, radians
# The middle column that is kept where a background is replaced, in widths of the crop, and the softness of its edge.
REPLACED, COLUMN, EDGE = 0.4, (0.24, 0.42), (0.03, 0.12)
HEAD, NARROWER = 0.2, 0.35  # over the uppermost fifth the column narrows by up to this share, to the head
GAMMA, CONTRAST, GAIN, TINT, SATURATION, GREY = 0.35, 0.3, 0.3, 0.1, 0.35, 0.1


def strong(crops: NDArray[np.uint8], random: np.random.Generator) -> Tensor:
    """Changed crops: (n, h, w, 3) uint8 in, (n, 3, h, w) float32 out, 0 to 255, channels in the crops' order."""
    x = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
    x = occlude(replace_background(coarsen(move(x, random), random), random), random)
    return erase(relight(x, random), random)


def changed(crops: NDArray[np.uint8], random: np.random.Generator, share: float) -> Tensor:
    """`strong` for a random share of the crops, `mirrored` for the others."""
    if share == 0:
        return mirrored(crops, random)
    x = strong(crops, random)
    if share == 1:
        return x
    strongly = torch.from_numpy(random.random(len(x)) < share)[:, None, None, None]
    return torch.where(strongly, x, mirrored(crops, random))


def mirrored(crops: NDArray[np.uint8], random: np.random.Generator) -> Tensor:
    """Half of the crops mirrored, shapes as `strong`."""
    x = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
    turned = torch.from_numpy(random.random(len(x)) < 0.5)[:, None, None, None]
    return torch.where(turned, x.flip(3), x)


def move(x: Tensor, random: np.random.Generator) -> Tensor:
    """Shift, scale, turn and mirror. Beyond the crop its edge is repeated."""
    n = len(x)
    scale = np.exp(random.uniform(-SHRINK, GROW, (n, 2)))
    turn = random.uniform(-TURN, TURN, n)
    ratio = x.shape[2] / x.shape[3]
    to_crop = np.zeros((n, 2, 3), np.float32)
    to_crop[:, 0, 0] = scale[:, 0] * np.where(random.random(n) < 0.5, -1.0, 1.0)
    to_crop[:, 1, 1] = scale[:, 1]
    to_crop[:, 0, 1], to_crop[:, 1, 0] = turn * ratio, -turn / ratio
    to_crop[:, :, 2] = random.uniform(-SHIFT, SHIFT, (n, 2))
    grid = torch.nn.functional.affine_grid(torch.from_numpy(to_crop), list(x.shape), align_corners=False)
    return torch.nn.functional.grid_sample(x, grid, padding_mode="border", align_corners=False)


def replace_background(x: Tensor, random: np.random.Generator) -> Tensor:
    """Put the sides of another crop of the batch beside the middle of some, with a soft edge."""
    n, _, height, width = x.shape
    chosen = np.flatnonzero(random.random(n) < REPLACED)
    other = random.integers(n, size=len(chosen))
    across = (np.arange(width) + 0.5) / width - 0.5
    down = (np.arange(height) + 0.5) / height
    half = random.uniform(*COLUMN, (len(chosen), 1)) * (1 - NARROWER * (1 - np.minimum(down / HEAD, 1)))
    centre = random.uniform(-0.04, 0.04, (len(chosen), 1, 1))
    beyond = np.abs(across - centre) - half[:, :, None]
    kept = 1 / (1 + np.exp(3 * beyond / random.uniform(*EDGE, (len(chosen), 1, 1))))
    share = torch.from_numpy(kept.astype(np.float32))[:, None]
    mixed = x.clone()
    mixed[torch.from_numpy(chosen)] = share * x[torch.from_numpy(chosen)] + (1 - share) * x[torch.from_numpy(other)]
    return mixed


def relight(x: Tensor, random: np.random.Generator) -> Tensor:
    """Change gamma, contrast, brightness, tint and saturation, and take all colour from some; values stay in range."""
    n = len(x)

    def drawn(spread: float, channels: int = 1) -> Tensor:
        values = random.uniform(-spread, spread, (n, channels)).astype(np.float32)
        return torch.from_numpy(values)[:, :, None, None]

    x = (x / 255).clamp(1e-3, 1) ** drawn(GAMMA).exp()
    average = x.mean((1, 2, 3), keepdim=True)
    x = ((x - average) * (1 + drawn(CONTRAST)) + average) * (1 + drawn(GAIN) + drawn(TINT, 3))
    grey = x.mean(1, keepdim=True)
    saturation = (1 + drawn(SATURATION)) * torch.from_numpy(random.random(n) >= GREY)[:, None, None, None]
    return (grey + (x - grey) * saturation).clamp(0, 1) * 255
