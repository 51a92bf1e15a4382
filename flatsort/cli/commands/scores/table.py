"""`flatsort table`: descriptors compared by the tracks that they lead to."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.formats import Format, Json, Printed, chosen_format, print_as
from flatsort.cli.labels import labelled_descriptors
from flatsort.cli.many import Ray, Workers, place_of
from flatsort.cli.options import tracker_options
from flatsort.cli.progress import Quiet, display
from flatsort.data.files.atomic import prepare_folder
from flatsort.eval.tables.descriptor_table import DescriptorTable, descriptor_table, table_rows
from flatsort.eval.tables.formats import table_of
from flatsort.eval.tables.result_cache import ResultCache
from flatsort.eval.tables.scores_table import cell
from flatsort.tracker.running.many.run import run_many
from flatsort.tracker.running.presets import PRESETS, one_of
from flatsort.tracker.running.settings import TrackSettings

HEADING = "Descriptor"
# Those that take a descriptor.
WITH_APPEARANCE = one_of(
    name for name, preset in PRESETS.items() if preset.config().association in ("calibrated", "appearance")
)


# The descriptor stands for that of each row.
@tracker_options(helps={"preset": f"{WITH_APPEARANCE}, for all rows but SORT."}, descriptor="hsv")
def command(
    roots: Annotated[
        list[str], typer.Argument(metavar="ROOT...", help="Folders of MOTChallenge sequences with ground truth.")
    ],
    descriptor: Annotated[
        list[str], typer.Option(metavar="[LABEL=]DESCRIPTOR", help="A row of the table. May be repeated.")
    ],
    settings: TrackSettings,
    sequence: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="This sequence alone. May be repeated.")
    ] = None,
    common: Annotated[bool, typer.Option("--common", help="Only sequences that every row can be run on.")] = False,
    as_json: Json = False,
    kind: Format = None,
    cache: Annotated[Path, typer.Option(help="Folder of results, for the next run.")] = Path("outputs/table"),
    workers: Workers = None,
    ray: Ray = None,
    quiet: Quiet = False,
) -> None:
    """Compare descriptors: one row each, with SORT above them; results are kept, and an interrupted table goes on."""
    kind = chosen_format(kind, as_json)
    rows = table_rows(labelled_descriptors(descriptor), settings)
    place = place_of(workers, ray)
    results = ResultCache(prepare_folder(cache))
    with display(quiet) as shown:
        bar = shown.bars.add_task("Table", visible=place is None)
        made = descriptor_table(
            roots,
            rows,
            results,
            names=sequence,
            common=common,
            begin=lambda total: shown.bars.update(bar, total=total),
            step=lambda what: shown.bars.update(bar, advance=1, description=what),
            elsewhere=None if place is None else partial(run_many, told=shown, place=place),
        )
        for line in made.left_out:
            shown.say(f"left out: {line}")
        for line in made.failed:
            shown.fail(line)
    print_as(kind, printed(made))
    if made.failed:
        raise typer.Exit(2)


def printed(made: DescriptorTable) -> Printed:
    """One row a descriptor."""
    return Printed(
        [table_of(made.rows, HEADING, cell)],
        [{HEADING: name, **row} for name, row in made.rows.items()],
        {"rows": made.rows, "left_out": made.left_out, "failed": made.failed},
    )
