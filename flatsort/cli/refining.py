"""Tracks refined from file to file, and sources tracked and then refined."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

import numpy as np

from flatsort.data.errors import InputError
from flatsort.data.files.partial import note_kept, partial_path
from flatsort.data.progress import Bar, Shown, Watch
from flatsort.data.sequences.naming import is_live
from flatsort.tracker.offline.refinement import refine
from flatsort.tracker.offline.tracked import open_tracked
from flatsort.tracker.offline.written import write_table
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.track_run import TrackRun


def refine_file(
    tracks: Path,
    source: str,
    descriptor: str,
    detections: str | PathLike[str] | None,
    output: Path,
    join_gaps: bool,
    shown: Shown,
) -> None:
    """Refine the tracks of a source into a file, and say so. Raises InputError as `open_tracked` and `write_table`."""
    said = _refine(tracks, source, descriptor, detections, output, join_gaps, shown.watch)
    shown.say(f"wrote {output} ({said})")


def track_and_refine(
    run: TrackRun,
    source: str,
    detections: str | PathLike[str] | None,
    output: Path,
    boxes: str,
    shown: Shown,
    watch: Bar,
) -> int:
    """Track a source, then refine its tracks into a file, and say so; returns the number of frames.

    The bytes are those of the two commands one after the other: the tracks pass through a file of the same format. Its
    folder is gone afterwards; where refining fails or is interrupted, the tracks are kept as a part of the output.
    Raises InputError as `write_tracks` and `open_tracked`.
    """
    with _folder_beside(output) as folder:
        tracks = folder / output.name
        frames = write_tracks(run, tracks, watch, boxes, part_of=output)
        try:
            own = run.settings.detector is not None
            said = _refine(tracks, source, run.settings.descriptor, detections, output, True, shown.watch, own)
        except BaseException as error:
            part = partial_path(output, frames)
            os.replace(tracks, part)
            note_kept(error, part, frames)
            raise
    shown.say(f"wrote {output} ({frames} frames, {said})")
    return frames


def refuse_offline(source: str) -> None:
    """Raise InputError for a source that is never read to its end."""
    if is_live(source):
        raise InputError("--offline", None, f"refines tracks at the end, and {source} is live", "leave it out")


def _refine(
    tracks: Path,
    source: str,
    descriptor: str,
    detections: str | PathLike[str] | None,
    output: Path,
    join_gaps: bool,
    watch: Watch,
    own_boxes: bool = False,
) -> str:
    """Refine into a file; returns what was done, in words."""
    given = open_tracked(tracks, source, descriptor, detections, watch, own_boxes=own_boxes)
    rate = given.sequence.frame_rate
    refined = refine(given.tracks, given.looks, distance=given.distance, frame_rate=rate, join_gaps=join_gaps)
    rows = refined.rows
    places = np.append(given.places, -1)[rows]  # a filled box has no detection
    detected = np.vstack((given.detected, np.full(4, np.nan)))[rows]
    write_table(output, refined.tracks, given.sequence.length, places, detected)
    return f"{refined.joined} tracks joined to another, {int((rows < 0).sum())} boxes filled in"


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """A folder for what comes before a result. What a killed run left there is removed."""
    folder = path.with_name(f".{path.stem}.offline")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
