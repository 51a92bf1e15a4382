"""Flatness against error: the paper's form, the scale-free form and no flatness at all, on the pendulum."""

from __future__ import annotations

from statistics import median
from typing import Any

from flatness_summary import by_experiment
from matplotlib.figure import Figure

from flatsort.eval.figures.files import plain_log_scale

FORMS = {"pareto-scale-free-": "scale-free form", "pareto-paper-": "paper's form"}


def pareto_figure(found: dict[str, Any]) -> Figure:
    """Median condition number minus 1 on mixed points against held-out error, by η: every seed, and their medians."""
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    experiments = by_experiment(found, "pareto")
    for (prefix, label), colour in zip(FORMS.items(), ("#4878a8", "#e08a3c"), strict=True):
        names = sorted((name for name in experiments if name.startswith(prefix)), key=lambda name: _eta(name, prefix))
        middles = []
        for name in names:
            seeds = [(row["error"], row["condition"] - 1) for row in experiments[name]]
            axes.scatter(*zip(*seeds, strict=True), color=colour, alpha=0.35, s=18)
            middles.append(tuple(median(column) for column in zip(*seeds, strict=True)))
            axes.annotate(
                f"η = {_eta(name, prefix):g}",
                middles[-1],
                textcoords="offset points",
                xytext=(7, 5),
                fontsize=9,
                color=colour,
            )
        axes.plot(*zip(*middles, strict=True), marker="D", color=colour, label=f"{label} (median; dots are seeds)")
    axes.set_yscale("log")
    plain_log_scale(axes.yaxis)
    axes.set(xlabel="held-out squared error a pixel (noise floor 0.0025)", ylabel="condition number − 1, mixed points")
    axes.legend()
    axes.set_title("Pendulum, 1,000 steps: lower left is flat at a low error")
    return figure


def _eta(name: str, prefix: str) -> float:
    return float(name[len(prefix) :])
