"""`flatsort refine`: tracks made better once all of them are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Detections
from flatsort.data import InputError, open_sequence, open_writer, read_tracks
from flatsort.data.detection.sources import has_detections
from flatsort.data.files.partial import remark_early_end
from flatsort.data.sequences.inputs import refuse_input
from flatsort.data.sequences.naming import is_live
from flatsort.embedding import load_descriptor
from flatsort.embedding.descriptor import FrameDescriptor
from flatsort.embedding.registry import descriptor_file
from flatsort.tracker.offline.described import follow
from flatsort.tracker.offline.refinement import refine


def command(
    tracks: Annotated[Path, typer.Argument(help="Tracks of one sequence, as `flatsort track` writes them.")],
    source: Annotated[str, typer.Option(help="What was tracked: MOTChallenge folder, video or image folder.")],
    output: Annotated[Path, typer.Option(help="The refined tracks; the suffix says the format, as of `track`.")],
    descriptor: Annotated[
        str, typer.Option(help="Appearance: none, people, hsv, npy:FILE, ...; without, gaps are joined by motion.")
    ] = "none",
    detections: Detections = None,
    fill_only: Annotated[bool, typer.Option("--fill-only", help="Join nothing; fill gaps alone.")] = False,
    quiet: Quiet = False,
) -> None:
    """Join the tracks that are one person's over gaps, and fill the gaps."""
    if fill_only and descriptor != "none":
        raise InputError("--fill-only", None, "asks nobody's looks", "leave it or --descriptor out")
    if is_live(source):
        raise InputError(source, None, "is live", "record it, track the recording and refine that")
    refuse_input(output, source, [tracks, detections, descriptor_file(descriptor)])
    with display(quiet) as shown:
        own = has_detections(source, detections)
        # Without detections each track's own box is described.
        sequence = open_sequence(source, detections=detections, images=descriptor != "none", boxes=own)
        table = read_tracks(tracks, sequence.length)
        remark_early_end(tracks, table, sequence.length)
        if not own:
            sequence = open_sequence(source, detections=table, images=descriptor != "none")
        loaded = load_descriptor(descriptor, sequence=sequence)
        stored = isinstance(loaded, FrameDescriptor)
        if stored and not own:
            problem = "holds vectors of detections, and the source has none"
            raise InputError(f"descriptor {descriptor}", None, problem, "name them with --detections FILE")
        if stored:
            sequence = open_sequence(source, detections=detections, images=False)
        elif loaded is not None and not sequence.has_images:
            problem = f"has no images, which descriptor {descriptor} needs"
            raise InputError(source, None, problem, "add them, or leave it out")
        followed = follow(table, sequence, loaded, shown.watch(sequence.name, sequence.length))
        distance = "cosine" if loaded is None else loaded.distance
        refined = refine(
            table, followed.looks, distance=distance, frame_rate=sequence.frame_rate, join_gaps=not fill_only
        )
        made, rows = refined.tracks, refined.rows
        # A filled box has no detection; neither have any where the source came without.
        places = np.append(followed.places, -1)[rows] if own else np.full(len(rows), -1)
        detected = np.vstack((followed.boxes, np.full(4, np.nan)))[rows] if own else np.full((len(rows), 4), np.nan)
        with open_writer(output, names=made.names if made.has_classes else None) as writer:
            for frame in range(1, max(made.last_frame, sequence.length or 0) + 1):
                at = made.rows_of(frame)
                columns = (made.ids[at], made.boxes[at], made.scores[at], places[at], detected[at], made.classes[at])
                writer.write(frame, *columns)
        filled = int((rows < 0).sum())
        shown.say(f"wrote {output} ({refined.joined} tracks joined to another, {filled} boxes filled in)")
