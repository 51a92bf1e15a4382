"""Equidistance contours over the magnification factor (the paper's Figures 1, 3, 7 and 8)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from flatsort.eval.figures.latent_panel import (
    GRID,
    draw_points,
    finish_plane,
    frame,
    log_magnification,
    plane_grid,
    reached,
    require_plane,
)
from flatsort.eval.geometry.geodesics import build_graph, distances_from
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.length_ratios import nodes_around

CONTOURS = 10
NODES = 4000
VEIL = 0.7


def contours(views: Sequence[LatentView], seed: int) -> Figure:
    """One panel a model: contours of equal observed distance from the middle point, over the magnification factor."""
    require_plane(views, "contours")
    figure = Figure(figsize=(5.4 * len(views) + 0.8, 6), layout="constrained")
    panels = figure.subplots(1, len(views), squeeze=False)[0]
    maps = []
    for view in views:
        x, y = plane_grid(view, GRID)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        shape = (GRID, GRID)
        maps.append((x, y, log_magnification(view, grid).reshape(shape), reached(view, grid, seed).reshape(shape)))
    # One scale for all models: the colour shows which space is uneven, not each one's own range.
    reach = max(0.05, *(float(np.percentile(np.abs(values[inside]), 99)) for _, _, values, inside in maps))
    scale = ScalarMappable(Normalize(-reach, reach), "PuOr")
    for axes, view, (x, y, values, inside) in zip(panels, views, maps, strict=True):
        axes.pcolormesh(x, y, values, norm=scale.norm, cmap=scale.cmap, shading="gouraud", rasterized=True)
        veil = np.dstack([np.ones((GRID, GRID, 3)), np.where(inside, 0, VEIL)])
        axes.imshow(veil, extent=(x[0], x[-1], y[0], y[-1]), origin="lower", interpolation="bilinear", zorder=1)
        draw_points(axes, view)
        low, high = frame(view)
        middle = view.points[np.argmin(((view.points - np.median(view.points, axis=0)) ** 2).sum(axis=1))]
        cover = nodes_around(np.stack([low, high]), NODES, seed)
        nodes = np.concatenate([middle[None], cover])
        distance = distances_from(build_graph(view.decode, nodes, 24), 0)
        # Mixed points and not the plane's corners decide the spacing, so that the lines cross the data.
        spacing = distance[reached(view, nodes, seed)].max() / CONTOURS
        levels = spacing * np.arange(1, np.ceil(distance.max() / spacing))
        axes.tricontour(*nodes.T, distance, levels=levels, colors="black", linewidths=0.9)
        axes.plot(*middle, marker="+", color="black", markersize=11, markeredgewidth=1.6)
        finish_plane(axes, view, f"{view.title}\ncontours every {spacing:.3g} ({_unit(view)})")
        if view.dataset.label_names:
            axes.legend(loc="upper right", fontsize=8, handletextpad=0.1, frameon=True, framealpha=0.8)
    figure.colorbar(scale, ax=list(panels), label="log₁₀ (magnification factor / its mean on data)", shrink=0.85)
    figure.suptitle(
        "Equal observed distance from +: evenly spaced circles on one colour where flat, bent and crowded where not\n"
        "(veiled: beyond the mixed points)"
    )
    return figure


def _unit(view: LatentView) -> str:
    return {"radian": "radians over all joints", "bit": "pixel units"}.get(view.dataset.unit, "intensity units")
