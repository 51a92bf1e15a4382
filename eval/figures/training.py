"""Training curves: the constraint, its multiplier, the KL and the flatness (the paper's Figure 12)."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from flatsort.data.errors import InputError
from flatsort.data.files.json_file import read_json
from flatsort.eval.figures.files import plain_log_scale

CURVES = (
    ("lambda", "λ = 1/β (no unit)", "log"),
    ("c_hat", "Ĉ: moving squared error a channel", "log"),
    ("kl", "KL bound F (nats)", "linear"),
    ("n_rdm_minus_1", "N·RDM − 1 on mixed points", "log"),
)


def read_history(path: str | PathLike[str]) -> dict[str, Any]:
    """The `history.json` of a training run: columns by name. Raises InputError where it is damaged."""
    file = Path(path)
    try:
        content = read_json(file, "name a run's history.json")
        history: dict[str, Any] = content["history"]
        lengths = {len(history[name]) for name in ("step", *(name for name, _, _ in CURVES))}
    except (KeyError, TypeError) as error:
        raise InputError(file, None, f"not a training history ({error})", "name a run's history.json") from None
    if len(lengths) != 1 or not lengths.pop():
        raise InputError(file, None, "its columns are empty or of unequal lengths", "train again")
    return history


def training_curves(paths: Sequence[str | PathLike[str]]) -> Figure:
    """The quantities of Figure 12 over the steps, one colour a run; a run is named by its folder."""
    figure = Figure(figsize=(12, 7), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True).ravel()
    for number, path in enumerate(paths):
        history = read_history(path)
        for axes, (name, _, scale) in zip(panels, CURVES, strict=True):
            values = np.array([np.nan if value is None else value for value in history[name]], dtype=float)
            if scale == "log":
                values = np.where(values > 0, values, np.nan)
            known = np.isfinite(values)  # a quantity may be computed at some of the logged steps only
            steps = np.array(history["step"], dtype=float)[known]
            axes.plot(steps, values[known], color=colormaps["tab10"](number), label=Path(path).resolve().parent.name)
    for axes, (_, label, scale) in zip(panels, CURVES, strict=True):
        axes.set_yscale(scale)
        if scale == "log":
            plain_log_scale(axes.yaxis)
        axes.set_ylabel(label)
        if axes.get_subplotspec().is_last_row():
            axes.set_xlabel("training step")
    panels[0].legend()
    figure.suptitle("λ and the KL move once the error meets its bound; N·RDM − 1 nears 0 only if trained to")
    return figure
