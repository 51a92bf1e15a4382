"""Track several sequences, each into a file of its own."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from flatsort.data.files.writers import open_writer
from flatsort.data.progress import Bar
from flatsort.tracker.running.settings import TrackRun


def write_tracks(run: TrackRun, path: Path, watch: Bar = iter, boxes: str = "filtered") -> int:
    """Track a sequence into a file, whose suffix says the format; returns the number of frames.

    watch: sees the tracks of each frame pass by, for a progress bar. A sequence that cannot be read to its end, or an
    interrupt, leaves the tracks up to there; then the error is raised.
    boxes: as of `open_writer`.
    """
    passing = iter(watch(run))
    first = next(passing, None)  # before the writer: a failure at once keeps the file of an earlier run
    frames = 0
    with open_writer(path, boxes=boxes, names=run.class_names) as writer:
        for tracks in chain([] if first is None else [first], passing):
            found = (tracks.detections, tracks.detected, tracks.classes)
            writer.write(tracks.index, tracks.ids, tracks.boxes, tracks.scores, *found)
            frames += 1
    return frames
