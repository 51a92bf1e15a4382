"""`flatsort geometry`: how flat latent spaces are, as tables or as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.formats import Format, Json, Printed, chosen_format, print_as
from flatsort.data.errors import InputError
from flatsort.eval.figures.drawing import FIGURES, TRAINING, draw_figure, draw_training
from flatsort.eval.geometry.latent_view import open_view
from flatsort.eval.geometry.report import Report, geometry_report
from flatsort.eval.geometry.table import flatness_table, geometry_row, ratio_table


def command(
    checkpoints: Annotated[list[str], typer.Argument(help="Checkpoints, files or names such as pendulum/fmvae.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the motion or MNIST files.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of mixed points, pairs and graph nodes.")] = 0,
    refine: Annotated[bool, typer.Option("--refine", help="Also refine geodesics as splines (slower).")] = False,
    as_json: Json = False,
    kind: Format = None,
    figure: Annotated[
        str | None,
        typer.Option(
            help=f"Draw a figure instead of the tables: {', '.join(FIGURES)}; or {TRAINING}, of history.json files."
        ),
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder for the figure's PNG and SVG.")] = Path("outputs/figures"),
) -> None:
    """Measure how flat a latent space is, or draw it; several checkpoints of one data set are compared."""
    kind = chosen_format(kind, as_json)
    if figure is None:
        print_as(kind, printed(measure(checkpoints, data, seed, refined=refine)))
        return
    for path in draw(figure, checkpoints, data, seed, output):
        print(path)


def measure(checkpoints: Sequence[str], folder: Path | None, seed: int, *, refined: bool) -> list[Report]:
    """One report a checkpoint. Raises InputError, also where a model has no geometry."""
    reports = []
    for checkpoint in checkpoints:
        view = open_view(checkpoint, folder, seed)
        try:
            reports.append(geometry_report(view, seed, refined=refined))
        except ValueError as error:
            raise InputError(checkpoint, None, f"no geometry ({error})", "train it again") from error
    return reports


def printed(reports: Sequence[Report]) -> Printed:
    """Two tables. One checkpoint gives a JSON object, several give a list."""
    return Printed(
        [flatness_table(reports), ratio_table(reports)],
        [geometry_row(report) for report in reports],
        reports[0] if len(reports) == 1 else list(reports),
    )


def draw(figure: str, checkpoints: Sequence[str], folder: Path | None, seed: int, output: Path) -> list[Path]:
    """Draw a figure of checkpoints, or the training curves of `history.json` files. Raises InputError."""
    if figure == TRAINING:
        return draw_training(checkpoints, output)
    if figure not in FIGURES:
        raise InputError(figure, None, "no such figure", f"choose one of {', '.join([*FIGURES, TRAINING])}")
    return draw_figure(figure, [open_view(checkpoint, folder, seed) for checkpoint in checkpoints], output, seed)
