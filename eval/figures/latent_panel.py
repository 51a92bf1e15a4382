"""What the figures of a latent plane share: its frame, its held-out points by label, its magnification factor."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from flatsort.data.errors import InputError
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.length_ratios import random_pairs
from flatsort.eval.geometry.measures import Array, eigenvalues, metric_tensor, mixed_points

MARGIN = 0.12
"""Part of the points' extent that is drawn around them: about as far as mixed points reach."""
GRID = 90


def require_plane(views: Sequence[LatentView], name: str) -> None:
    """Raise InputError where a model of a figure has other than two latent dimensions."""
    for view in views:
        if view.latents != 2:
            problem = f"it has {view.latents} latent dimensions"
            raise InputError(view.title, None, problem, f"the figure {name} draws two; give another checkpoint")


def frame(view: LatentView) -> tuple[Array, Array]:
    """Lower and upper corner (2,) of the drawn plane, a square, so that all panels are of one size."""
    low, high = view.points.min(axis=0), view.points.max(axis=0)
    middle, reach = (low + high) / 2, (0.5 + MARGIN) * (high - low).max()
    return middle - reach, middle + reach


def plane_grid(view: LatentView, count: int) -> tuple[Array, Array]:
    """The axes (count,) of a grid over the drawn plane."""
    low, high = frame(view)
    return np.linspace(low[0], high[0], count), np.linspace(low[1], high[1], count)


def log_magnification(view: LatentView, points: Array) -> Array:
    """log10 of the magnification factor at points (n, 2), relative to its mean over the view's data points."""

    def log_factor(z: Array) -> Array:
        G = metric_tensor(view.decode, torch.from_numpy(z).float())
        half: Array = 0.5 * np.log(eigenvalues(G)).sum(axis=1)
        return half

    data = log_factor(view.points)
    mean = data.max() + np.log(np.exp(data - data.max()).mean())
    relative: Array = (log_factor(points) - mean) / np.log(10)
    return relative


def reached(view: LatentView, places: Array, seed: int) -> NDArray[np.bool_]:
    """Whether places (n, 2) lie among the mixed points, inside their convex hull, (n,): what training has seen."""
    hull = Delaunay(mixed_points(torch.from_numpy(view.points), seed).numpy())
    inside: NDArray[np.bool_] = hull.find_simplex(places) >= 0
    return inside


def label_colours(view: LatentView) -> Array:
    """A colour (n, 4) a point: the circle of hues for the pendulum's angle, ten distinct colours for classes."""
    if view.dataset.label_names:
        colours: Array = colormaps["tab10"](view.labels.astype(int) % 10)
    else:
        colours = colormaps["hsv"](view.labels / (2 * np.pi))
    return colours


def draw_points(axes: Axes, view: LatentView, size: float = 5.0, alpha: float = 0.75) -> None:
    """Scatter the held-out points by label and name the classes that are there."""
    colours = label_colours(view)
    x, y = view.points.T
    axes.scatter(x, y, c=colours, s=size, alpha=alpha, linewidths=0, rasterized=True)
    for label in np.unique(view.labels) if view.dataset.label_names else ():
        row = int(np.flatnonzero(view.labels == label)[0])
        name = view.dataset.label_names[int(label)]
        axes.scatter([], [], color=colours[row], s=22, label=name)


def finish_plane(axes: Axes, view: LatentView, title: str) -> None:
    """Equal scales, the frame, the latent axes' names and a title."""
    low, high = frame(view)
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xlabel="latent z₁", ylabel="latent z₂", title=title)
    axes.set_aspect("equal")


def unlike_pairs(view: LatentView, count: int, seed: int) -> NDArray[np.int64]:
    """Random pairs of rows that look different: other classes, or angles a right angle or more apart, (count, 2)."""
    pairs = random_pairs(len(view.points), 100 * count, seed)
    first, second = view.labels[pairs].T
    if view.dataset.label_names:
        different = first != second
    else:
        different = np.abs((first - second + np.pi) % (2 * np.pi) - np.pi) > np.pi / 2
    return pairs[different][:count]
