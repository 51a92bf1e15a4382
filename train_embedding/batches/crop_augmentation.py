"""Augmentation of crops of people when a batch is drawn: jittered boxes, flips, colours, erased rectangles."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Detectors place boxes with errors of this order: shares of the box's width and height, and the log of their scale.
SHIFT, LOG_SCALE = 0.06, 0.1
BRIGHTNESS, CONTRAST, TINT = 0.25, 0.25, 0.08  # largest relative change of all values, of their spread, of one channel
# Random erasing (Zhong et al., AAAI 2020): half of the crops; area and aspect as published, but no area above a third.
ERASED, AREA, ASPECT = 0.5, (0.02, 0.33), 0.3
# People farther away or out of focus: half of the crops keep a half or a quarter of their pixels a side.
COARSE, FACTORS = 0.5, (2, 4)
# Another person in front: a strip of another crop over one side or the lower end, up to half of the crop.
OCCLUDED, STRIP = 0.25, (0.1, 0.5)


def augment(
    crops: NDArray[np.uint8], size: tuple[int, int], margin: tuple[int, int], random: np.random.Generator
) -> Tensor:
    """Augmented crops without their margin.

    crops: (n, height + 2 margin[0], width + 2 margin[1], 3) uint8. Returns (n, 3, *size) float32, 0 to 255, channels in
    the crops' order.
    """
    x = torch.from_numpy(crops).permute(0, 3, 1, 2).float()
    return erase(colour(jitter(x, size, margin, random), random), random)


def jitter(x: Tensor, size: tuple[int, int], margin: tuple[int, int], random: np.random.Generator) -> Tensor:
    """Read a box near the true one, mirrored half of the time. Beyond the margin the edge is repeated."""
    n, (height, width) = len(x), size
    share = np.array([width / (width + 2 * margin[1]), height / (height + 2 * margin[0])])  # of the box in the crop
    scale = share * np.exp(random.uniform(-LOG_SCALE, LOG_SCALE, (n, 2)))
    shift = 2 * share * random.uniform(-SHIFT, SHIFT, (n, 2))
    mirror = np.where(random.random(n) < 0.5, -1.0, 1.0)
    to_crop = np.zeros((n, 2, 3), np.float32)
    to_crop[:, 0, 0], to_crop[:, 0, 2] = mirror * scale[:, 0], shift[:, 0]
    to_crop[:, 1, 1], to_crop[:, 1, 2] = scale[:, 1], shift[:, 1]
    grid = torch.nn.functional.affine_grid(torch.from_numpy(to_crop), [n, 3, height, width], align_corners=False)
    return torch.nn.functional.grid_sample(x, grid, padding_mode="border", align_corners=False)


def colour(x: Tensor, random: np.random.Generator) -> Tensor:
    """Change brightness, contrast and tint, and keep the values within 0 and 255."""
    n = len(x)
    gain = 1 + random.uniform(-BRIGHTNESS, BRIGHTNESS, (n, 1)) + random.uniform(-TINT, TINT, (n, 3))
    spread = 1 + random.uniform(-CONTRAST, CONTRAST, (n, 1))
    average = x.mean((2, 3), keepdim=True)
    factors = [torch.from_numpy(values.astype(np.float32))[:, :, None, None] for values in (gain, spread)]
    return (((x - average) * factors[1] + average) * factors[0]).clamp_(0, 255)


def erase(x: Tensor, random: np.random.Generator) -> Tensor:
    """Paint a rectangle of one random colour over half of the crops, as an occlusion would."""
    n, _, height, width = x.shape
    area = random.uniform(*AREA, n) * height * width
    aspect = np.exp(random.uniform(np.log(ASPECT), -np.log(ASPECT), n))
    tall = np.minimum(np.sqrt(area * aspect), height)
    wide = np.minimum(np.sqrt(area / aspect), width)
    top, left = random.uniform(0, 1, n) * (height - tall), random.uniform(0, 1, n) * (width - wide)
    rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
    inside_rows = (rows >= top[:, None]) & (rows < (top + tall)[:, None])
    inside_columns = (columns >= left[:, None]) & (columns < (left + wide)[:, None])
    hidden = inside_rows[:, :, None] & inside_columns[:, None] & (random.random(n) < ERASED)[:, None, None]
    paint = torch.from_numpy(random.uniform(0, 255, (n, 3, 1, 1)).astype(np.float32))
    return torch.where(torch.from_numpy(hidden)[:, None], paint, x)


def coarsen(x: Tensor, random: np.random.Generator) -> Tensor:
    """Take detail from half of the crops, as of people that are far away: averaged blocks, smoothly enlarged."""
    factors = np.where(random.random(len(x)) < COARSE, random.choice(FACTORS, len(x)), 1)
    x = x.clone()
    for factor in FACTORS:
        chosen = torch.from_numpy(factors == factor)
        if bool(chosen.any()):
            small = torch.nn.functional.avg_pool2d(x[chosen], factor)
            x[chosen] = torch.nn.functional.interpolate(small, size=x.shape[2:], mode="bilinear", align_corners=False)
    return x


def occlude(x: Tensor, random: np.random.Generator) -> Tensor:
    """Put a strip of another crop of the batch over the left, right or lower side of a quarter of the crops."""
    n, _, height, width = x.shape
    hidden = random.random(n) < OCCLUDED
    side, share, other = random.integers(3, size=n), random.uniform(*STRIP, n), random.permutation(n)
    rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
    left, right = columns < share[:, None] * width, columns > (1 - share[:, None]) * width
    lower = rows > (1 - share[:, None]) * height
    sideways = np.where(side[:, None] == 0, left, right)[:, None, :] & (side < 2)[:, None, None]
    covered = (sideways | (lower[:, :, None] & (side == 2)[:, None, None])) & hidden[:, None, None]
    return torch.where(torch.from_numpy(covered)[:, None], x[torch.from_numpy(other)], x)
