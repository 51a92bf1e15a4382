"""The figures of the latent space by name, as the command `flatsort geometry --figure` draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure

from flatsort.data.errors import InputError
from flatsort.eval.figures.boxes import boxes
from flatsort.eval.figures.contours import contours
from flatsort.eval.figures.files import STYLE, save_figure
from flatsort.eval.figures.geodesic_lines import geodesic_lines
from flatsort.eval.figures.interpolation import interpolations
from flatsort.eval.figures.smoothness import smoothness_bars
from flatsort.eval.figures.training import training_curves
from flatsort.eval.figures.vector_field import vector_field
from flatsort.eval.geometry.latent_view import LatentView

FIGURES: dict[str, Callable[[Sequence[LatentView], int], Figure]] = {
    "contours": contours,
    "boxes": boxes,
    "smoothness": smoothness_bars,
    "interpolations": interpolations,
    "geodesics": geodesic_lines,
    "vector-field": vector_field,
}
TRAINING = "training"
"""Drawn from the `history.json` files of training runs and not from checkpoints."""


def draw_figure(name: str, views: Sequence[LatentView], folder: str | PathLike[str], seed: int) -> list[Path]:
    """Draw a figure of one or several models and write it as PNG and SVG. Returns the paths written.

    Raises InputError where the name is unknown or the models are of different data sets.
    """
    if name not in FIGURES:
        raise InputError(name, None, "no such figure", f"choose one of {', '.join([*FIGURES, TRAINING])}")
    names = sorted({view.dataset.name for view in views})
    if len(names) > 1:
        raise InputError(name, None, f"the checkpoints are of {' and '.join(names)}", "compare models of one data set")
    with rc_context(STYLE):
        return save_figure(FIGURES[name](views, seed), folder, f"{names[0]}-{name}")


def draw_training(histories: Sequence[str | PathLike[str]], folder: str | PathLike[str]) -> list[Path]:
    """Draw the training curves of runs and write them as PNG and SVG. Returns the paths written."""
    with rc_context(STYLE):
        return save_figure(training_curves(histories), folder, TRAINING)
