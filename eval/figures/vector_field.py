"""The metric as a vector field: where a latent step moves the observation most (the paper's Figure 11)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from flatsort.eval.figures.latent_panel import draw_points, finish_plane, plane_grid, require_plane
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.measures import metric_tensor

ARROWS = 24


def vector_field(views: Sequence[LatentView], seed: int) -> Figure:
    """One panel a model: the direction of G's largest eigenvalue, as long as sqrt(largest) − sqrt(smallest).

    That is by how much an observed step depends on its latent direction; 1 is the mean observed step. The field has
    no sign. It depends on no random draw.
    """
    require_plane(views, "vector-field")
    figure = Figure(figsize=(5.4 * len(views) + 0.8, 5.8), layout="constrained")
    panels = figure.subplots(1, len(views), squeeze=False)[0]
    strengths, drawn = [], []
    for view in views:
        x, y = plane_grid(view, ARROWS)
        grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        values, vectors = np.linalg.eigh(metric_tensor(view.decode, torch.from_numpy(grid).float()))
        speed = np.sqrt(np.maximum(values, 0))
        strength = (speed[:, 1] - speed[:, 0]) / speed.mean()
        strengths.append(strength)
        drawn.append((grid, vectors[:, :, 1], x[1] - x[0]))
    reach = max(float(np.percentile(np.concatenate(strengths), 95)), 0.1)
    scale = ScalarMappable(Normalize(0, reach), "viridis")
    for axes, view, strength, (grid, direction, spacing) in zip(panels, views, strengths, drawn, strict=True):
        draw_points(axes, view, size=4, alpha=0.3)
        line = direction * np.minimum(strength / reach, 1)[:, None] * spacing
        axes.quiver(
            *grid.T,
            *line.T,
            strength,
            norm=scale.norm,
            cmap=scale.cmap,
            angles="xy",
            scale_units="xy",
            scale=1,
            pivot="mid",
            headwidth=0,
            headlength=0,
            headaxislength=0,
            width=0.005,
        )
        finish_plane(axes, view, view.title)
    figure.colorbar(scale, ax=list(panels), label="(fastest − slowest observed step) / mean step", shrink=0.85)
    figure.suptitle("Flat: dots, because every direction moves the observation alike. Lines: the fastest direction")
    return figure
