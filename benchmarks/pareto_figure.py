"""Flatness against error: the paper's form, the scale-free form and no flatness at all, on the pendulum."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure

from eval.figure_file import plain_log_scale

FORMS = {"pareto-scale-free-": "scale-free form", "pareto-paper-": "paper's form"}


def pareto_figure(found: dict[str, Any]) -> Figure:
    """Median condition number minus 1 on mixed points against held-out error; a point a run, labelled by its η."""
    figure = Figure(figsize=(7, 5), layout="constrained")
    axes = figure.subplots()
    for (prefix, label), colour in zip(FORMS.items(), ("#4878a8", "#e08a3c"), strict=True):
        runs = sorted((float(name[len(prefix) :].split("-s")[0]), name) for name in found if name.startswith(prefix))
        reports = [found[name]["report"] for _, name in runs]
        x = [report["reconstruction_error"] for report in reports]
        y = [report["mixed"]["condition_number"] - 1 for report in reports]
        axes.plot(x, y, marker="o", color=colour, label=label)
        for (eta, _), place in zip(runs, zip(x, y, strict=True), strict=True):
            axes.annotate(f"η = {eta:g}", place, textcoords="offset points", xytext=(6, 5), fontsize=9, color=colour)
    axes.set_yscale("log")
    plain_log_scale(axes.yaxis)
    axes.set(xlabel="held-out squared error a pixel (noise floor 0.0025)", ylabel="condition number − 1, mixed points")
    axes.legend()
    axes.set_title("Pendulum, 1,000 steps: lower left is flat at a low error")
    return figure
