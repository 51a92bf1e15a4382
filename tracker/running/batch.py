"""Track several sequences, each into a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib.util import find_spec
from itertools import chain
from pathlib import Path

from flatsort.data import InputError
from flatsort.data.files.writers import open_writer
from flatsort.tracker.running.pipeline import FrameTracks
from flatsort.tracker.running.settings import TrackRun

SUFFIXES = {"mot": ".txt", "json": ".json", "csv": ".csv", "parquet": ".parquet"}
Watch = Callable[[Iterable[FrameTracks]], Iterable[FrameTracks]]


def check_format(name: str) -> str:
    """The suffix of a format's files. Raises `InputError` for a format that is unknown, or not installed."""
    if name not in SUFFIXES:
        raise InputError("--format", None, f"is {name!r}", f"use one of {', '.join(SUFFIXES)}")
    if name == "parquet" and find_spec("pyarrow") is None:
        raise InputError("--format", None, "parquet needs pyarrow", "pip install 'flatsort[parquet]'")
    return SUFFIXES[name]


def write_tracks(run: TrackRun, path: Path, watch: Watch = iter) -> int:
    """Track a sequence into a file, whose suffix says the format; returns the number of frames.

    watch: sees the tracks of each frame pass by, for a progress bar. A sequence that cannot be read to its end, or an
    interrupt, leaves the tracks up to there; then the error is raised.
    """
    passing = iter(watch(run))
    first = next(passing, None)  # before the writer: a failure at once keeps the file of an earlier run
    frames = 0
    with open_writer(path) as writer:
        for tracks in chain([] if first is None else [first], passing):
            writer.write(tracks.index, tracks.ids, tracks.boxes, tracks.scores)
            frames += 1
    return frames
