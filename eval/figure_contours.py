"""Equidistance contours over the magnification factor (the paper's Figures 1, 3, 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from eval.geodesics import build_graph, distances_from
from eval.latent_panel import GRID, draw_points, finish_plane, frame, log_magnification, plane_grid, require_plane
from eval.latent_view import LatentView
from eval.length_ratios import nodes_around

CONTOURS = 10
NODES = 2000


def contours(views: Sequence[LatentView], seed: int) -> Figure:
    """One panel a model: contours of equal observed distance from the middle point, over the magnification factor."""
    require_plane(views, "contours")
    figure = Figure(figsize=(5.4 * len(views) + 0.8, 5.4), layout="constrained")
    panels = figure.subplots(1, len(views), squeeze=False)[0]
    maps = []
    for view in views:
        x, y = plane_grid(view, GRID)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        maps.append((x, y, log_magnification(view, grid).reshape(GRID, GRID)))
    # One scale for all models: the colour shows which space is uneven, not each one's own range.
    reach = max(0.05, *(float(np.percentile(np.abs(values), 99)) for _, _, values in maps))
    scale = ScalarMappable(Normalize(-reach, reach), "PuOr")
    for axes, view, (x, y, values) in zip(panels, views, maps, strict=True):
        axes.pcolormesh(x, y, values, norm=scale.norm, cmap=scale.cmap, shading="gouraud", rasterized=True)
        draw_points(axes, view)
        low, high = frame(view)
        middle = view.points[np.argmin(((view.points - np.median(view.points, axis=0)) ** 2).sum(axis=1))]
        cover = nodes_around(np.stack([low, high]), NODES, seed)
        nodes = np.concatenate([middle[None], cover])
        distance = distances_from(build_graph(view.decode, nodes, 24), 0)
        # The farthest data point decides the spacing, so that the lines cross the data.
        levels = np.linspace(0, np.percentile(distance, 98), CONTOURS + 1)[1:]
        axes.tricontour(*nodes.T, distance, levels=levels, colors="black", linewidths=0.9)
        axes.plot(*middle, marker="+", color="black", markersize=11, markeredgewidth=1.6)
        finish_plane(axes, view, f"{view.title}\ncontours every {levels[0]:.3g} ({_unit(view)})")
        if view.dataset.label_names:
            axes.legend(loc="upper right", fontsize=8, handletextpad=0.1, frameon=True, framealpha=0.8)
    figure.colorbar(scale, ax=list(panels), label="log₁₀ (magnification factor / its mean on data)", shrink=0.85)
    figure.suptitle("Flat: evenly spaced circles on one colour. Curved: bent, crowded contours and patches")
    return figure


def _unit(view: LatentView) -> str:
    return {"radian": "radians over all joints", "bit": "pixel units"}.get(view.dataset.unit, "intensity units")
