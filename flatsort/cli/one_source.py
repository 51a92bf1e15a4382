"""One source tracked: into a file or onto standard output, in a window on request, with a report on request."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import typer

from flatsort.cli.adapting import adapted_run
from flatsort.cli.refining import track_and_refine
from flatsort.data.classes import class_name
from flatsort.data.errors import InputError
from flatsort.data.progress import Shown
from flatsort.data.sequences.inputs import refuse_input
from flatsort.embedding.registry import descriptor_file
from flatsort.tracker.running.batch import stream_tracks, write_tracks
from flatsort.tracker.running.pipeline import FrameInputs, FrameTracks
from flatsort.tracker.running.settings import TrackSettings
from flatsort.tracker.running.track_run import TrackRun


@dataclass(frozen=True)
class OneSource:
    """Tracks one source into a file, and says so.

    path: None for standard output. reading: as of `open_sequence`. line: for a report beside the tracks, the command
    that it names. show: also in a window. adapt: minutes of training on the source before it is tracked, None for none.
    offline: refined afterwards.

    Raises InputError as `TrackSettings.open`, `adapted_run`, `Window` and `write_tracks`.
    """

    source: str
    path: Path | None
    settings: TrackSettings
    detections: str | PathLike[str] | None
    reading: dict[str, Any]
    boxes: str
    line: str | None
    show: bool = False
    adapt: float | None = None
    offline: bool = False

    def __call__(self, shown: Shown) -> None:
        if self.adapt is None or self.path is None:
            run = self.settings.open(self.source, self.detections, show=self.show, **self.reading)
        else:
            run = adapted_run(self.adapt, self.settings, self.source, self.detections, self.path, shown)
        with ExitStack() as stack:
            if self.show:
                run = stack.enter_context(in_window(run))
            stack.callback(self._tell_late, shown, run)
            frames = self._track(run, shown)
        if self.line is not None and self.path is not None:
            from flatsort.cli.reports import report  # not before: most runs write none

            about = described(self.settings, frames, self.line)
            report(shown, self.source, self.path, self.path.with_suffix(".html"), None, about)

    def _track(self, run: TrackRun, shown: Shown) -> int:
        length = None if run.sequence.length is None else -(-run.sequence.length // run.sequence.every)
        watch = shown.watch(run.sequence.name, length)
        if self.path is None:
            try:
                return stream_tracks(run, sys.stdout, watch, self.boxes)
            except BrokenPipeError:  # who reads has seen enough
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                raise typer.Exit(0) from None
        others = [self.detections, descriptor_file(self.settings.descriptor), self.settings.camera_motion]
        refuse_input(self.path, self.source, others)
        if self.offline:
            return track_and_refine(run, self.source, self.detections, self.path, self.boxes, shown, watch)
        frames = write_tracks(run, self.path, watch, self.boxes)
        shown.say(f"wrote {self.path} ({frames} frames)")
        return frames

    @staticmethod
    def _tell_late(shown: Shown, run: TrackRun) -> None:
        sequence = run.sequence
        if sequence.dropped:
            shown.say(f"{sequence.name}: {sequence.dropped} frames came while the tracker was busy, and were dropped")
        if sequence.reconnections:
            shown.say(f"{sequence.name}: broke off and was reached again {sequence.reconnections} times")


@contextmanager
def in_window(run: TrackRun) -> Iterator[TrackRun]:
    """The run, shown in a window. Raises InputError where there is no screen, or no image."""
    from flatsort.tracker.drawing.window import Window

    if not run.sequence.has_images:
        raise InputError("--show", None, f"{run.sequence.name} has no images", "leave it out, or add them")
    names = run.class_names or {}
    with Window(f"flatsort, {run.sequence.name}") as window:

        def see(one: FrameInputs, tracks: FrameTracks) -> None:
            assert one.image is not None
            kinds = [class_name(number, names) for number in tracks.classes.tolist()] if len(names) > 1 else None
            shown = None if kinds is None else np.array(kinds, np.str_)
            window.show(tracks.index, one.image, tracks.ids, tracks.boxes, shown)

        yield replace(run, see=see)


def described(settings: TrackSettings, frames: int, line: str) -> dict[str, str]:
    """What made the tracks, for a report: the command, and what it left to the preset."""
    return {
        "command": line,
        "preset": settings.preset_name,
        "descriptor": settings.descriptor,
        "frames": str(frames),
    }
