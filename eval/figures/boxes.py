"""Box plots of condition number and magnification factor (the paper's Figures 2, 4 and 9)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib.figure import Figure

from flatsort.eval.figures.files import plain_log_scale
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.measures import Array, condition_number, magnification_factor, metric_tensor
from flatsort.eval.geometry.report import mixed

COLOURS = {"data": "#4878a8", "mixed": "#e08a3c"}


def boxes(views: Sequence[LatentView], seed: int) -> Figure:
    """Condition number (log scale) and normalised magnification factor, on data and on mixed points, by model."""
    figure = Figure(figsize=(3.2 + 2.2 * len(views), 4.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for offset, kind in ((-0.2, "data"), (0.2, "mixed")):
        conditions: list[Array] = []
        factors: list[Array] = []
        for view in views:
            points = view.points if kind == "data" else mixed(view, seed)
            G = metric_tensor(view.decode, torch.from_numpy(points).float())
            conditions.append(condition_number(G))
            factors.append(magnification_factor(G))
        for axes, values in ((left, conditions), (right, factors)):
            drawn = axes.boxplot(
                values,
                positions=[place + offset for place in range(len(views))],
                widths=0.34,
                whis=(5, 95),
                showfliers=False,
                patch_artist=True,
                medianprops={"color": "black"},
            )
            for box in drawn["boxes"]:
                box.set_facecolor(COLOURS[kind])
            axes.plot([], [], color=COLOURS[kind], linewidth=6, label=f"{kind} points")
    for axes, label in ((left, "condition number of G"), (right, "magnification factor / its mean")):
        axes.axhline(1, color="grey", linewidth=0.8, linestyle="--", zorder=0)
        axes.set_xticks(range(len(views)), [view.title for view in views], rotation=20, ha="right")
        axes.set_ylabel(f"{label} (no unit)")
    left.set_yscale("log")
    plain_log_scale(left.yaxis)
    right.legend(loc="upper right")
    figure.suptitle("Flat: both at 1 (dashed) with no spread. Boxes: quartiles; whiskers: 5 % to 95 %")
    return figure
