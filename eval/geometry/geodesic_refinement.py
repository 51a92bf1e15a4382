"""Geodesics without the graph's zigzag: the path as a cubic spline of least energy."""

from __future__ import annotations

import numpy as np
import torch
from scipy.interpolate import CubicSpline

from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.geodesics import Geodesic, curve_lengths
from flatsort.eval.geometry.measures import Array

CONTROL_POINTS = 8
SAMPLES = 48
"""Chords along the spline while it is optimised."""


def _spline_basis(control_points: int, samples: int) -> Array:
    """(samples + 1, control_points + 2): a natural cubic spline is linear in its end and control points."""
    knots = np.linspace(0, 1, control_points + 2)
    basis: Array = CubicSpline(knots, np.eye(control_points + 2), bc_type="natural")(np.linspace(0, 1, samples + 1))
    return basis


def _resample(path: Array, count: int) -> Array:
    """`count` points at equal latent distance along a polyline (p, k)."""
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(path, axis=0), axis=1).cumsum()])
    at = np.linspace(0, along[-1], count)
    resampled: Array = np.stack([np.interp(at, along, coordinate) for coordinate in path.T], axis=1)
    return resampled


def refine(
    decode: Decode,
    geodesics: list[Geodesic],
    control_points: int = CONTROL_POINTS,
    samples: int = SAMPLES,
    iterations: int = 40,
) -> list[Geodesic]:
    """Refine graph paths: minimise each spline's energy, the sum of its squared decoded chords, by L-BFGS.

    Every path starts at the better of its graph path and the straight line, and its ends stay where they are.
    Returns paths of samples + 1 points. Energy and length have the same minimisers up to the speed along the curve.
    """
    initial = np.stack([_resample(geodesic.path, control_points + 2) for geodesic in geodesics])
    straight = np.stack([np.linspace(path[0], path[-1], control_points + 2) for path in initial])
    basis = _spline_basis(control_points, samples)
    bent_length = curve_lengths(decode, basis @ initial)
    straight_length = curve_lengths(decode, basis @ straight)
    start = np.where((straight_length <= bent_length)[:, None, None], straight, initial)

    matrix = torch.from_numpy(basis).float()
    ends = torch.from_numpy(start).float()
    inner = ends[:, 1:-1].clone().requires_grad_()
    scale = float((samples / np.minimum(bent_length, straight_length) ** 2).mean())

    def curves() -> torch.Tensor:
        return matrix @ torch.cat([ends[:, :1], inner, ends[:, -1:]], dim=1)

    optimiser = torch.optim.LBFGS([inner], max_iter=iterations, history_size=20, line_search_fn="strong_wolfe")

    def energy() -> torch.Tensor:
        optimiser.zero_grad()
        points = curves()
        decoded = decode(points.flatten(0, 1)).reshape(*points.shape[:2], -1)
        total = scale * decoded.diff(dim=1).square().sum()
        total.backward()
        return total

    optimiser.step(energy)
    with torch.no_grad():
        refined = curves().double().numpy()
    lengths = curve_lengths(decode, refined)
    return [Geodesic(path, float(length)) for path, length in zip(refined, lengths, strict=True)]
