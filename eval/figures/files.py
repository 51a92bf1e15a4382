"""Figures as files: PNG and SVG beside each other, the same bytes for the same figure."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter

from flatsort.data.files.atomic import atomic_path

RESOLUTION = 120
STYLE: Any = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "svg.hashsalt": "flatsort",  # element ids would else be random
}


def plain_log_scale(axis: Axis) -> None:
    """Label a log axis with plain numbers: ranges are often short, and 2 reads better than 2 × 10⁰."""
    axis.set_major_formatter(LogFormatter())
    axis.set_minor_formatter(LogFormatter(minor_thresholds=(3, 1)))


def save_figure(figure: Figure, folder: str | PathLike[str], name: str) -> list[Path]:
    """Write `name.png` and `name.svg` into a folder, each whole or not at all. Returns their paths."""
    written = []
    for suffix, metadata in ((".png", {"Software": None}), (".svg", {"Date": None})):
        path = Path(folder) / f"{name}{suffix}"
        with atomic_path(path) as temporary, rc_context(STYLE):
            figure.savefig(temporary, dpi=RESOLUTION, bbox_inches="tight", metadata=metadata)
        written.append(path)
    return written
