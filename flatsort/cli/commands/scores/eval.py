"""`flatsort eval`: tracks against ground truth."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from flatsort.cli.formats import Format, Json, Printed, chosen_format, print_as
from flatsort.cli.progress import Quiet, display
from flatsort.data import InputError
from flatsort.data.classes import EVERY
from flatsort.eval import ClassScores, Scores, score_across, score_classes, score_sequences
from flatsort.eval.scores.by_class import has_own_names
from flatsort.eval.tables.formats import table_of
from flatsort.eval.tables.scores_table import cell, rows_by_class, rows_of, table_by_class


def command(
    gt_root: Annotated[
        Path, typer.Argument(help="Folder of MOTChallenge sequences (<sequence>/gt/gt.txt), or one sequence.")
    ],
    tracks_dir: Annotated[
        Path,
        typer.Argument(
            help="Folder of tracks (<sequence>.txt), as `flatsort track` writes; or a file, of one sequence."
        ),
    ],
    as_json: Json = False,
    kind: Format = None,
    sequence: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Score this sequence alone. May be repeated.")
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(help="Score by class: names or numbers with commas between, or all. Default: people alone."),
    ] = None,
    across: Annotated[
        bool,
        typer.Option("--across", help="Ids are the same people's in all videos: overall, score these as one video."),
    ] = False,
    descriptor: Annotated[
        str | None,
        typer.Option(
            help="With --across: also Rank-1 and mAP of each video's tracks among those of the others, by their looks: "
            "people, hsv, npy:FOLDER, ... Images are those of GT_ROOT."
        ),
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Leave out sequences that have no tracks.")] = False,
    quiet: Quiet = False,
) -> None:
    """Score tracks: CLEAR, identity and HOTA, for each sequence and overall.

    With --across the overall row is of all videos as one: whether people are found again in the next. With --descriptor
    beside it, Rank-1 and mAP say how well looks alone find a track's person in the other videos.
    Ground truth that comes with names of its classes (names.txt) is scored by class.
    """
    kind = chosen_format(kind, as_json)
    with display(quiet) as shown:

        def progress(names: list[str]) -> Iterable[str]:
            return shown.watch("Scoring", len(names))(names)

        how: dict[str, Any] = {"sequences": sequence, "partial": partial, "progress": progress}
        if across and (classes is not None or has_own_names(gt_root)):
            problem = "scores people alone, and classes are named" + ("" if classes else f" beside {gt_root}")
            raise InputError("--across", None, problem, "leave one of the two out")
        if descriptor is not None and not across:
            cure = "add --across, or compare descriptors by `flatsort retrieve`"
            raise InputError("--descriptor", None, "is for several videos of the same people", cure)
        if descriptor == "none":
            raise InputError("--descriptor", None, "none says nothing about looks", "name a descriptor")
        if classes is None and has_own_names(gt_root):
            shown.remark(f"{gt_root}: has names of its classes, and is scored by class; --classes chooses")
            classes = EVERY
        scores: Scores | ClassScores
        if across:
            scores = score_across(gt_root, tracks_dir, descriptor=descriptor, watch=shown.watch, **how)
            shown.remark(
                "--across: assumed is that an id is one person in all videos, in ground truth and tracks alike"
            )
        elif classes is None:
            scores = score_sequences(gt_root, tracks_dir, **how)
        else:
            scores = score_classes(gt_root, tracks_dir, classes, **how)
        if scores.untracked:
            shown.remark(f"{tracks_dir}: no tracks of {', '.join(scores.untracked)}; left out")
    print_as(kind, printed(scores) if isinstance(scores, Scores) else printed_by_class(scores))


def printed_by_class(scores: ClassScores) -> Printed:
    """One row a class and sequence, overall rows after those, and the last one of everything."""
    return Printed(
        [table_by_class(scores)],
        [{"class": label, "sequence": name, **row} for (label, name), row in rows_by_class(scores).items()],
        {
            "classes": {
                label: {"sequences": own.sequences, "overall": own.overall} for label, own in scores.classes.items()
            },
            "sequences": scores.sequences,
            "overall": scores.overall,
        },
    )


def printed(scores: Scores) -> Printed:
    """One row a sequence, and the last one overall."""
    rows = rows_of(scores)
    return Printed(
        [table_of(rows, "Sequence", cell, total=True)],
        [{"sequence": name, **row} for name, row in rows.items()],
        {"sequences": scores.sequences, "overall": scores.overall},
    )
