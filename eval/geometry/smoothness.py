"""Figure 5: how smooth a movement is that a straight latent line decodes to, joint by joint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.geodesics import segments
from flatsort.eval.geometry.measures import Array

STEPS = 64
"""Steps of one interpolation; time runs from 0 to 1 along it."""


@dataclass(frozen=True)
class Smoothness:
    """Mean size of the second derivative by the interpolation's time, (d,) a channel; smaller is smoother.

    absolute: in the data's unit.
    relative: divided by the whole interpolation's observed length, pair by pair, so that a space is not called smooth
        for moving less.
    """

    absolute: Array
    relative: Array


def interpolate(decode: Decode, starts: Array, ends: Array, steps: int = STEPS) -> Array:
    """Decode straight latent lines from starts (p, k) to ends (p, k), as (p, steps + 1, d)."""
    lines = segments(starts, ends, steps)
    with torch.no_grad():
        decoded = decode(torch.from_numpy(lines.reshape(-1, lines.shape[2])).float())
    observed: Array = decoded.reshape(*lines.shape[:2], -1).double().numpy()
    return observed


def smoothness(decode: Decode, starts: Array, ends: Array, steps: int = STEPS) -> Smoothness:
    """Mean |d²x/dt²| of every channel over interpolations between pairs of latents, by central differences."""
    observed = interpolate(decode, starts, ends, steps)
    second = np.abs(np.diff(observed, n=2, axis=1)) * steps**2
    lengths = np.linalg.norm(np.diff(observed, axis=1), axis=2).sum(axis=1)
    if (lengths <= 0).any():
        raise ValueError(f"decode: {int((lengths <= 0).sum())} of {len(lengths)} interpolations do not move")
    by_pair = second.mean(axis=1)
    return Smoothness(by_pair.mean(axis=0), (by_pair / lengths[:, None]).mean(axis=0))
