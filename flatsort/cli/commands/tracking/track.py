"""`flatsort track`: each sequence into a file of tracks."""

from __future__ import annotations

import shlex
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from flatsort.cli.adapting import Adapt, check_adapt
from flatsort.cli.many import Ray, Workers, at_once, each, place_of, refuse_live, run_jobs, several_live
from flatsort.cli.one_source import OneSource
from flatsort.cli.options import tracker_options
from flatsort.cli.progress import Quiet, display
from flatsort.cli.refining import refuse_offline
from flatsort.cli.sources import Detections, DetectionsFormat, NamedAfterSources, formatted, one_file, resolve
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.files.writers import BOXES, SUFFIXES
from flatsort.data.sequences.naming import sequence_name
from flatsort.data.sequences.reconnecting import TRIES
from flatsort.data.sequences.stream import TIMEOUT
from flatsort.tracker.running.many.inputs import check_files, files_of
from flatsort.tracker.running.many.job import Job
from flatsort.tracker.running.settings import TrackSettings

STDOUT = Path("-")  # for --output


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
    output: Annotated[
        Path,
        typer.Option(
            help="Folder for the tracks: one file a sequence, named after it; for one source, FILE.txt (.csv, .json, "
            ".jsonl, .parquet); or - for JSON lines on standard output, each as soon as its frame is tracked."
        ),
    ],
    settings: TrackSettings,
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    kind: Annotated[
        str | None,
        typer.Option("--format", help="mot, json, csv, jsonl or parquet. Default: what the file's name says, or mot."),
    ] = None,
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
    every: Annotated[int, typer.Option(min=1, help="Track the first frame and each EVERY-th after it.")] = 1,
    show: Annotated[bool, typer.Option("--show", help="Show the tracks in a window; q closes it and ends.")] = False,
    timeout: Annotated[float, typer.Option(help="Seconds of silence that end a connection to a stream.")] = TIMEOUT,
    reconnect: Annotated[
        int, typer.Option(min=0, help="Tries in a row to reach a camera or a stream again, with growing waits.")
    ] = TRIES,
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Refine the tracks at the end, as `flatsort refine` does: join, fill gaps."),
    ] = False,
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
    to_stdout = output == STDOUT
    file = one_file(output, *SUFFIXES.values())
    suffix = suffix_of(kind or kind_of(file) or ("jsonl" if to_stdout else "mot"))
    if file is not None and suffix != file.suffix.lower():
        raise InputError("--format", None, f"is {kind}, and --output ends in {file.suffix}", "leave --format out")
    if boxes not in BOXES:
        raise InputError("--boxes", None, f"is {boxes!r}", f"use one of {', '.join(BOXES)}")
    if not timeout > 0:
        raise InputError("--timeout", None, f"is {timeout}", "give a positive number of seconds")
    boxes_of = formatted(detections, detections_format)
    place = place_of(workers, ray)
    _check_where(
        to_stdout,
        kind,
        {"--report": with_report, "--adapt": adapt is not None, "--offline": offline},
        show,
        place is not None,
    )
    line = shlex.join(["flatsort", *sys.argv[1:]])
    check_files(settings.descriptor, settings.detector)
    found = resolve(sources, detections=detections, output=file)
    if several_live(found) and (show or to_stdout):
        option = "--show" if show else "--output -"
        raise InputError(option, None, "is for one camera or stream at a time", "name one, or write into a folder")
    check_adapt(adapt, settings, found, every=every, show=show)
    folder = Path() if to_stdout else prepare_folder(output if file is None else output.parent)
    reading = {"timeout": timeout, "every": every, "reconnect": reconnect}
    files = NamedAfterSources()
    tracked: list[str] = []
    report_of = line if with_report else None
    decided = {"boxes": boxes, "report": with_report, "every": every, "adapt": adapt, "offline": offline}
    decided |= {**asdict(settings), "format": detections_format}

    def job(source: str) -> Job:
        refuse_live(source, place)
        if offline:
            refuse_offline(source)
        name = sequence_name(source)
        path = files.claim(file or folder / f"{name}{suffix}", source)
        inputs = () if place is None else files_of(source, name, boxes_of, **of_settings(settings))
        tracked.append(source)
        outputs = (path, path.with_suffix(".html")) if with_report else (path,)
        target = None if to_stdout else path
        work = OneSource(source, target, settings, boxes_of, reading, boxes, report_of, show, adapt, offline)
        return Job(name, work, outputs, inputs, decided)

    with display(quiet) as shown:
        jobs, left_out = each(found, job, shown)
        run_jobs(jobs, shown, at_once(tracked, place), folder, left_out)


def _check_where(to_stdout: bool, kind: str | None, files: dict[str, bool], show: bool, elsewhere: bool) -> None:
    """Raises InputError for options that contradict each other. files: options that write some, and whether given."""
    for name, given in {**files, "--workers or --ray": elsewhere}.items():
        if to_stdout and given:
            raise InputError("--output", None, f"is standard output, and there is {name}", "name a folder")
    if to_stdout and kind not in (None, "jsonl"):
        raise InputError("--format", None, f"is {kind}, and standard output takes JSON lines", "leave it out")
    if show and elsewhere:
        raise InputError("--show", None, "needs this process for its window", "leave --workers and --ray out")


def of_settings(settings: TrackSettings) -> dict[str, Any]:
    """The settings that may name files, as `files_of` takes them."""
    return {name: getattr(settings, name) for name in ("descriptor", "detector", "camera_motion")}


def kind_of(file: Path | None) -> str | None:
    """The format that a file's name says; None where there is none."""
    return None if file is None else {suffix: kind for kind, suffix in SUFFIXES.items()}[file.suffix.lower()]


def suffix_of(kind: str) -> str:
    """The suffix of a format's files. Raises `InputError` for a format that is unknown, or not installed."""
    if kind not in SUFFIXES:
        raise InputError("--format", None, f"is {kind!r}", f"use one of {', '.join(SUFFIXES)}")
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise InputError("--format", None, "parquet needs pyarrow", "pip install 'flatsort[parquet]'")
    return SUFFIXES[kind]
