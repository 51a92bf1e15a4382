"""`flatsort eval`: tracks against ground truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.formats import Format, Json, Printed, chosen_format, print_as
from flatsort.cli.progress import Quiet, display
from flatsort.eval import Scores, score_sequences
from flatsort.eval.tables.formats import table_of
from flatsort.eval.tables.scores_table import cell, rows_of


def command(
    gt_root: Annotated[
        Path, typer.Argument(help="Folder of MOTChallenge sequences (<sequence>/gt/gt.txt), or one sequence.")
    ],
    tracks_dir: Annotated[Path, typer.Argument(help="Folder of tracks (<sequence>.txt), as `flatsort track` writes.")],
    as_json: Json = False,
    kind: Format = None,
    sequence: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Score this sequence alone. May be repeated.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Leave out sequences that have no tracks.")] = False,
    quiet: Quiet = False,
) -> None:
    """Score tracks: CLEAR, identity and HOTA, for each sequence and overall."""
    kind = chosen_format(kind, as_json)
    with display(quiet) as shown:
        scores = score_sequences(
            gt_root,
            tracks_dir,
            sequences=sequence,
            partial=partial,
            progress=lambda names: shown.watch("Scoring", len(names))(names),
        )
        if scores.untracked:
            shown.remark(f"{tracks_dir}: no tracks of {', '.join(scores.untracked)}; left out")
    print_as(kind, printed(scores))


def printed(scores: Scores) -> Printed:
    """One row a sequence, and the last one overall."""
    rows = rows_of(scores)
    return Printed(
        [table_of(rows, "Sequence", cell, total=True)],
        [{"sequence": name, **row} for name, row in rows.items()],
        {"sequences": scores.sequences, "overall": scores.overall},
    )
