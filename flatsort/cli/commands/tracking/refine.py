"""`flatsort refine`: tracks made better once all of them are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Detections, DetectionsFormat, formatted
from flatsort.data import InputError
from flatsort.data.sequences.inputs import refuse_input
from flatsort.embedding.registry import descriptor_file
from flatsort.tracker.offline.refinement import refine
from flatsort.tracker.offline.tracked import open_tracked
from flatsort.tracker.offline.written import write_table


def command(
    tracks: Annotated[Path, typer.Argument(help="Tracks of one sequence, as `flatsort track` writes them.")],
    source: Annotated[str, typer.Option(help="What was tracked: MOTChallenge folder, video or image folder.")],
    output: Annotated[Path, typer.Option(help="The refined tracks; the suffix says the format, as of `track`.")],
    descriptor: Annotated[
        str, typer.Option(help="Appearance: none, people, hsv, npy:FILE, ...; without, gaps are joined by motion.")
    ] = "none",
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    fill_only: Annotated[bool, typer.Option("--fill-only", help="Join nothing; fill gaps alone.")] = False,
    quiet: Quiet = False,
) -> None:
    """Join the tracks that are one person's over gaps, and fill the gaps."""
    if fill_only and descriptor != "none":
        raise InputError("--fill-only", None, "asks nobody's looks", "leave it or --descriptor out")
    refuse_input(output, source, [tracks, detections, descriptor_file(descriptor)])
    boxes_of = formatted(detections, detections_format)
    with display(quiet) as shown:
        given = open_tracked(tracks, source, descriptor, boxes_of, shown.watch)
        rate = given.sequence.frame_rate
        refined = refine(given.tracks, given.looks, distance=given.distance, frame_rate=rate, join_gaps=not fill_only)
        made, rows = refined.tracks, refined.rows
        places = np.append(given.places, -1)[rows]  # a filled box has no detection
        detected = np.vstack((given.detected, np.full(4, np.nan)))[rows]
        write_table(output, made, given.sequence.length, places, detected)
        filled = int((rows < 0).sum())
        shown.say(f"wrote {output} ({refined.joined} tracks joined to another, {filled} boxes filled in)")
