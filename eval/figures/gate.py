"""The gate as a picture: distances of one person's detections and of different people's, and the gate between them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from flatsort.embedding.calibration import GatePairs
from flatsort.embedding.gate import Gate
from flatsort.eval.figures.files import save_figure

SAME, DIFFERENT = "#4878a8", "#e08a3c"


def gate_figure(pairs: GatePairs, gate: Gate) -> Figure:
    """Two histograms over the distance, each of area 1, with the gate as a line and what it gets wrong shaded."""
    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    edges = np.linspace(0, float(max(pairs.same.max(), pairs.different.max())), 61).tolist()
    for distances, colour, wrong, label in (
        (pairs.same, SAME, pairs.same > gate.value, "one person"),
        (pairs.different, DIFFERENT, pairs.different <= gate.value, "different people"),
    ):
        weights = np.full(len(distances), 1 / (len(distances) * (edges[1] - edges[0])))
        share = f"{100 * wrong.mean():.1f} % on the wrong side"
        axes.hist(
            distances, edges, weights=weights, color=colour, alpha=0.55, label=f"{label}: {len(distances):,}, {share}"
        )
    axes.axvline(gate.value, color="black", linewidth=1.2, label=f"gate {gate.value:.3g}")
    axes.set_xlabel(f"{gate.compared} distance to the nearest vector of the tracklet (no unit)")
    axes.set_ylabel("density (no unit)")
    axes.set_xlim(left=0)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=1, frameon=False)
    axes.set_title(f"{gate.origin.get('descriptor', 'descriptor')}: the gate should part the two")
    return figure


def save_gate_figure(pairs: GatePairs, gate: Gate, path: str | PathLike[str]) -> list[Path]:
    """Write the picture as PNG and SVG; `path` without its suffix is their name. Returns their paths."""
    target = Path(path)
    return save_figure(gate_figure(pairs, gate), target.parent, target.stem)
