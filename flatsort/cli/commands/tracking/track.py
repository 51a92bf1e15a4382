"""`flatsort track`: each sequence into a file of tracks."""

from __future__ import annotations

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.options import tracker_options
from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Detections, NamedAfterSources, resolve
from flatsort.data.errors import InputError, one_line
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.files.writers import BOXES
from flatsort.data.sequences.inputs import refuse_input
from flatsort.data.sequences.video import TIMEOUT
from flatsort.embedding.registry import descriptor_file
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.settings import TrackSettings

SUFFIXES = {"mot": ".txt", "json": ".json", "csv": ".csv", "parquet": ".parquet"}


@tracker_options()
def command(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="MOTChallenge folders, a folder of such folders, videos, image folders, cameras, streams.",
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder for the tracks: one file a sequence, named after it.")],
    settings: TrackSettings,
    detections: Detections = None,
    kind: Annotated[str, typer.Option("--format", help="mot, json, csv or parquet.")] = "mot",
    boxes: Annotated[
        str,
        typer.Option(
            help="The box of a track: filtered, the tracker's; or detected, that of its detection. All formats but mot "
            "hold the other one, too."
        ),
    ] = BOXES[0],
    with_report: Annotated[
        bool,
        typer.Option("--report", help="Also write a page of each sequence: the video, a timeline, the identities."),
    ] = False,
    timeout: Annotated[float, typer.Option(help="Seconds of silence that end a stream.")] = TIMEOUT,
    quiet: Quiet = False,
) -> None:
    """Track sequences.

    A sequence that cannot be read is named in one line, its tracks up to there are kept, and the others are tracked;
    then the exit code is 2.
    """
    suffix = suffix_of(kind)
    if boxes not in BOXES:
        raise InputError("--boxes", None, f"is {boxes!r}", f"use one of {', '.join(BOXES)}")
    if not timeout > 0:
        raise InputError("--timeout", None, f"is {timeout}", "give a positive number of seconds")
    found = resolve(sources, detections=detections)
    folder = prepare_folder(output)
    files = NamedAfterSources()
    failed = False
    with display(quiet) as shown:
        for source in found:
            try:
                run = settings.open(source, detections, timeout)
                path = files.claim(folder / f"{run.sequence.name}{suffix}", source)
                refuse_input(path, source, [detections, descriptor_file(settings.descriptor), settings.camera_motion])
                frames = write_tracks(run, path, shown.watch(run.sequence.name, run.sequence.length), boxes)
                shown.say(f"wrote {path} ({frames} frames)")
                if with_report:
                    from flatsort.cli.commands.scores.report import report  # not before: most runs write none

                    report(shown, source, path, path.with_suffix(".html"), None, described(settings, frames))
            except InputError as error:
                failed = True
                shown.fail(one_line(error))
    if failed:
        raise typer.Exit(2)


def described(settings: TrackSettings, frames: int) -> dict[str, str]:
    """What made the tracks, for a report: the command, and what it left to the preset."""
    return {
        "command": shlex.join(["flatsort", *sys.argv[1:]]),
        "preset": settings.preset_name,
        "descriptor": settings.descriptor,
        "frames": str(frames),
    }


def suffix_of(kind: str) -> str:
    """The suffix of a format's files. Raises `InputError` for a format that is unknown, or not installed."""
    if kind not in SUFFIXES:
        raise InputError("--format", None, f"is {kind!r}", f"use one of {', '.join(SUFFIXES)}")
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise InputError("--format", None, "parquet needs pyarrow", "pip install 'flatsort[parquet]'")
    return SUFFIXES[kind]
