"""`flatsort track`: each sequence into a file of tracks."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import Annotated, Any

import typer

from flatsort.cli.adapting import Adapt, adapted_run, check_adapt
from flatsort.cli.many import Ray, Workers, at_once, place_of, refuse_live, refused, run_jobs
from flatsort.cli.options import tracker_options
from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Detections, DetectionsFormat, NamedAfterSources, formatted, resolve
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.files.writers import BOXES
from flatsort.data.progress import Shown
from flatsort.data.sequences.inputs import refuse_input
from flatsort.data.sequences.naming import sequence_name
from flatsort.data.sequences.stream import TIMEOUT
from flatsort.embedding.registry import descriptor_file
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.many.inputs import check_files, files_of
from flatsort.tracker.running.many.job import Job
from flatsort.tracker.running.settings import TrackSettings

SUFFIXES = {"mot": ".txt", "json": ".json", "csv": ".csv", "parquet": ".parquet"}


@tracker_options()
def command(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="MOTChallenge folders, a folder of such folders or of videos, videos, image folders, cameras, "
            "streams.",
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder for the tracks: one file a sequence, named after it.")],
    settings: TrackSettings,
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
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
    adapt: Adapt = None,
    workers: Workers = None,
    ray: Ray = None,
    quiet: Quiet = False,
) -> None:
    """Track sequences.

    Two cameras or streams, or more, are tracked at once; files one after another, or by --workers.
    A sequence that cannot be read is named in one line, its tracks up to there are kept, and the others are tracked;
    then the exit code is 2.
    """
    suffix = suffix_of(kind)
    if boxes not in BOXES:
        raise InputError("--boxes", None, f"is {boxes!r}", f"use one of {', '.join(BOXES)}")
    if not timeout > 0:
        raise InputError("--timeout", None, f"is {timeout}", "give a positive number of seconds")
    boxes_of = formatted(detections, detections_format)
    place = place_of(workers, ray)
    line = shlex.join(["flatsort", *sys.argv[1:]])
    check_files(settings.descriptor, settings.detector)
    found = resolve(sources, detections=detections)
    check_adapt(adapt, settings, found)
    folder = prepare_folder(output)
    files = NamedAfterSources()
    jobs: list[Job] = []
    tracked: list[str] = []
    left_out = 0
    with display(quiet) as shown:
        for source in found:
            try:
                refuse_live(source, place)
                name = sequence_name(source)
                path = files.claim(folder / f"{name}{suffix}", source)
                inputs = () if place is None else files_of(source, name, boxes_of, **of_settings(settings))
            except InputError as error:
                left_out += refused(shown, error)
                continue
            tracked.append(source)
            outputs = (path, path.with_suffix(".html")) if with_report else (path,)
            work = OneSource(source, path, settings, boxes_of, timeout, boxes, line if with_report else None, adapt)
            decided = {**asdict(settings), "boxes": boxes, "report": with_report, "adapt": adapt}
            decided["format"] = detections_format
            jobs.append(Job(name, work, outputs, inputs, decided))
        run_jobs(jobs, shown, at_once(tracked, place), folder, left_out)


@dataclass(frozen=True)
class OneSource:
    """Tracks one source into a file, and says so. line: for a report beside it, the command that it names.

    adapt: minutes of training on the source before it is tracked, None for none.
    Raises InputError as `TrackSettings.open`, `adapted_run` and `write_tracks`.
    """

    source: str
    path: Path
    settings: TrackSettings
    detections: str | PathLike[str] | None
    timeout: float
    boxes: str
    line: str | None
    adapt: float | None = None

    def __call__(self, shown: Shown) -> None:
        if self.adapt is None:
            run = self.settings.open(self.source, self.detections, self.timeout)
        else:
            run = adapted_run(self.adapt, self.settings, self.source, self.detections, self.path, shown)
        others = [self.detections, descriptor_file(self.settings.descriptor), self.settings.camera_motion]
        refuse_input(self.path, self.source, others)
        frames = write_tracks(run, self.path, shown.watch(run.sequence.name, run.sequence.length), self.boxes)
        shown.say(f"wrote {self.path} ({frames} frames)")
        if self.line is not None:
            from flatsort.cli.commands.scores.report import report  # not before: most runs write none

            about = described(self.settings, frames, self.line)
            report(shown, self.source, self.path, self.path.with_suffix(".html"), None, about)


def of_settings(settings: TrackSettings) -> dict[str, Any]:
    """The settings that may name files, as `files_of` takes them."""
    return {name: getattr(settings, name) for name in ("descriptor", "detector", "camera_motion")}


def described(settings: TrackSettings, frames: int, line: str) -> dict[str, str]:
    """What made the tracks, for a report: the command, and what it left to the preset."""
    return {
        "command": line,
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
