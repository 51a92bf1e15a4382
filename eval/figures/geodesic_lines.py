"""Straight lines and geodesics between the same points, in the latent plane."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from flatsort.eval.figures.latent_panel import draw_points, finish_plane, require_plane, unlike_pairs
from flatsort.eval.geometry.geodesic_refinement import refine
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.length_ratios import length_ratios, pair_geodesics

PAIRS = 8
NODES = 1000
"""Few: the graph only starts the refinement."""


def geodesic_lines(views: Sequence[LatentView], seed: int) -> Figure:
    """One panel a model: geodesics (graph paths, refined as splines) beside the straight lines of the same pairs."""
    require_plane(views, "geodesics")
    figure = Figure(figsize=(5.4 * len(views), 6), layout="constrained")
    for axes, view in zip(figure.subplots(1, len(views), squeeze=False)[0], views, strict=True):
        draw_points(axes, view, size=4, alpha=0.35)
        paths, _ = pair_geodesics(view.decode, view.points, unlike_pairs(view, PAIRS, seed), seed, NODES)
        found = refine(view.decode, paths)
        for geodesic in found:
            line = geodesic.path[[0, -1]]
            axes.plot(*line.T, color="0.45", linestyle="--", linewidth=1.1)
            axes.plot(*geodesic.path.T, color="black", linewidth=1.5)
            axes.plot(*line.T, linestyle="", marker="o", color="black", markersize=3.5)
        ratio = float(length_ratios(view.decode, found).observation.mean())
        finish_plane(axes, view, f"{view.title}\nstraight / geodesic, observed: {ratio:.3f}")
    figure.suptitle("Flat: geodesics (solid) lie on the straight lines (dashed) between the same points")
    return figure
