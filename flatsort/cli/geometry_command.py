"""What `flatsort geometry` does: print the tables or the JSON of checkpoints, or draw one figure of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from flatsort.data.errors import InputError
from flatsort.eval.figures.drawing import FIGURES, TRAINING, draw_figure, draw_training
from flatsort.eval.geometry.latent_view import open_view
from flatsort.eval.geometry.report import geometry_report
from flatsort.eval.geometry.table import flatness_table, ratio_table

PIPED_WIDTH = 120
"""Characters a line where the output is no terminal: the tables fit without breaking a cell."""


def report(checkpoints: Sequence[str], folder: Path | None, seed: int, *, refined: bool, as_json: bool) -> None:
    """Print one report a checkpoint. One checkpoint gives a JSON object, several give a list."""
    reports = []
    for checkpoint in checkpoints:
        view = open_view(checkpoint, folder, seed)
        try:
            reports.append(geometry_report(view, seed, refined=refined))
        except ValueError as error:
            raise InputError(checkpoint, None, f"no geometry ({error})", "train it again") from error
    if as_json:
        print(json.dumps(reports[0] if len(reports) == 1 else reports, indent=1))
        return
    console = Console()
    if not console.is_terminal:
        console.width = PIPED_WIDTH
    console.print(flatness_table(reports))
    console.print(ratio_table(reports))


def draw(figure: str, checkpoints: Sequence[str], folder: Path | None, seed: int, output: Path) -> None:
    """Draw a figure of checkpoints, or the training curves of `history.json` files, and print the files written."""
    if figure == TRAINING:
        written = draw_training(checkpoints, output)
    elif figure not in FIGURES:
        raise InputError(figure, None, "no such figure", f"choose one of {', '.join([*FIGURES, TRAINING])}")
    else:
        written = draw_figure(figure, [open_view(checkpoint, folder, seed) for checkpoint in checkpoints], output, seed)
    for path in written:
        print(path)
