"""Track several sequences, each into a file of its own, or all of them into one stream of JSON lines."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TextIO

from flatsort.data.files.writers import TrackWriter, open_writer, stream_writer
from flatsort.data.progress import Bar
from flatsort.tracker.running.pipeline import FrameTracks
from flatsort.tracker.running.track_run import TrackRun


def write_tracks(
    run: TrackRun, path: Path, watch: Bar = iter, boxes: str = "filtered", part_of: Path | None = None
) -> int:
    """Track a sequence into a file, whose suffix says the format; returns the number of frames.

    watch: sees the tracks of each frame pass by, for a progress bar. A sequence that cannot be read to its end, or an
    interrupt, leaves the tracks up to there; then the error is raised. An interrupt is the end that a camera or a
    stream has: its file is whole then, and the interrupt is raised again.
    boxes, part_of: as of `open_writer`.
    """
    passing = iter(watch(run))
    first = next(passing, None)  # before the writer: a failure at once keeps the file of an earlier run
    end: KeyboardInterrupt | None = None
    with open_writer(path, boxes=boxes, names=run.class_names, part_of=part_of) as writer:
        writing = _Writing(writer)
        try:
            writing.write(chain([] if first is None else [first], passing))
        except KeyboardInterrupt as interrupt:
            if not run.sequence.is_live:
                raise
            end = interrupt
    if end is not None:
        end.add_note(f"wrote {path} ({writing.frames} frames)")
        raise end
    return writing.frames


def stream_tracks(run: TrackRun, file: TextIO, watch: Bar = iter, boxes: str = "filtered") -> int:
    """Track a sequence into a file that is open, as JSON lines, each there as soon as its frame is tracked.

    Returns the number of frames. Raises BrokenPipeError where nobody reads on, and errors of the sequence.
    """
    with stream_writer(file, run.sequence.name, boxes, run.class_names) as writer:
        writing = _Writing(writer)
        writing.write(watch(run))
    return writing.frames


class _Writing:
    """Writes tracks as they pass. frames: how many are written."""

    def __init__(self, writer: TrackWriter) -> None:
        self._writer = writer
        self.frames = 0

    def write(self, passing: Iterable[FrameTracks]) -> None:
        for tracks in passing:
            found = (tracks.detections, tracks.detected, tracks.classes)
            self._writer.write(tracks.index, tracks.ids, tracks.boxes, tracks.scores, *found, tracks.time)
            self.frames += 1
