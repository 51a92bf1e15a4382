"""`flatsort render`: tracks drawn into a video, contact sheets and pictures of identity switches."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.labels import labelled_tracks
from flatsort.cli.progress import Quiet, display
from flatsort.data import InputError, open_sequence, read_tracks
from flatsort.data.files.partial import remark_early_end
from flatsort.data.sequences.inputs import refuse_input
from flatsort.eval.figures.switch_comparison import compare_trackers
from flatsort.tracker.drawing.render import plan_drawings, render
from flatsort.tracker.drawing.video import Video


def command(
    source: Annotated[str, typer.Argument(help="MOTChallenge folder, video file or image folder.")],
    tracks: Annotated[
        list[str],
        typer.Option(
            metavar="[LABEL=]FILE",
            help="Tracks, in any format that `flatsort track` writes. With --switches it may be repeated: "
            "the switches of the first are shown as each of them saw it, row by row.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            help="A video (.mp4), with the pictures of --strip and --switches beside it; or, for those pictures alone, "
            "a folder, or the name of one strip (.png)."
        ),
    ],
    strip: Annotated[
        list[int] | None,
        typer.Option(metavar="ID", help="A contact sheet of this identity. May be repeated."),
    ] = None,
    switches: Annotated[
        Path | None,
        typer.Option(metavar="GT", help="Ground truth: a picture of each identity switch, before, during and after."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw boxes, ids and trails in colours that stay; contact sheets and identity switches on request."""
    named = labelled_tracks(tracks)
    if switches is None and len(named) > 1:
        raise InputError("--tracks", None, "is one file where no switches are drawn", "add --switches GT")
    for path in named.values():
        refuse_input(output, source, [path, switches])
    with display(quiet) as shown:
        sequence = open_sequence(source, boxes=False)
        tables = {label: read_tracks(path, sequence.length, size=sequence.size) for label, path in named.items()}
        for label, path in named.items():
            remark_early_end(path, tables[label], sequence.length)
        table = next(iter(tables.values()))
        seen = None if switches is None else compare_trackers(switches, tables, sequence.name, sequence.length)
        truth, found, rows = (None, [], []) if seen is None else (seen.truth, seen.switches, seen.rows)
        drawings = plan_drawings(sequence, table, output, strips=strip or [], truth=truth, switches=found, rows=rows)
        for drawing in drawings:
            refuse_input(drawing.path, source, [switches, *named.values()])
        render(sequence, table, drawings, shown.watch(sequence.name, sequence.length))
        for drawing in drawings:
            codec = f" ({drawing.codec})" if isinstance(drawing, Video) else ""
            shown.say(f"wrote {drawing.path}{codec}")
        if seen is not None:
            shown.say(f"identity switches: {seen.summary}")
