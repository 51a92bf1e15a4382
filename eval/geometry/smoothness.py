"""Figure 5: how smooth a movement is that a straight latent line decodes to, joint by joint."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.geodesics import segments
from flatsort.eval.geometry.measures import Array

STEPS = 64
"""Steps of one interpolation; time runs from 0 to 1 along it."""

JUMP = 3.0
"""A step so many times the interpolation's mean step is called a discontinuity. Where flat, every step is the mean."""


@dataclass(frozen=True)
class Smoothness:
    """Mean size of the second derivative by the interpolation's time, (d,) a channel; smaller is smoother.

    absolute: in the data's unit.
    relative: divided by the whole interpolation's observed length, pair by pair, so that a space is not called smooth
        for moving less.
    """

    absolute: Array
    relative: Array


@dataclass(frozen=True)
class Roughness:
    """As `Smoothness`, one row a pair of latents: each (p, d)."""

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
    found = roughness(decode, starts, ends, steps)
    return Smoothness(found.absolute.mean(axis=0), found.relative.mean(axis=0))


def roughness(decode: Decode, starts: Array, ends: Array, steps: int = STEPS) -> Roughness:
    """|d²x/dt²| of every channel, averaged over each interpolation between pairs of latents (p, k).

    Raises ValueError where an interpolation does not move.
    """
    observed = interpolate(decode, starts, ends, steps)
    second = np.abs(np.diff(observed, n=2, axis=1)) * steps**2
    lengths = np.linalg.norm(np.diff(observed, axis=1), axis=2).sum(axis=1)
    if (lengths <= 0).any():
        raise ValueError(f"decode: {int((lengths <= 0).sum())} of {len(lengths)} interpolations do not move")
    by_pair = second.mean(axis=1)
    return Roughness(by_pair, by_pair / lengths[:, None])


def jumps(movies: Array) -> NDArray[np.bool_]:
    """Which steps (p, steps) of interpolations (p, steps + 1, d) move `JUMP` times their mean or more."""
    moved = np.linalg.norm(np.diff(movies, axis=1), axis=2)
    jump: NDArray[np.bool_] = moved >= JUMP * moved.mean(axis=1, keepdims=True)
    return jump
