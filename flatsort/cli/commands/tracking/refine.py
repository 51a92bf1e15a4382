"""`flatsort refine`: tracks made better once all of them are known."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.many import Ray, Workers, each, place_of, run_jobs
from flatsort.cli.progress import Quiet, display
from flatsort.cli.refining import refine_file
from flatsort.cli.sources import Detections, DetectionsFormat, NamedAfterSources, formatted, one_file, resolve
from flatsort.data import InputError
from flatsort.data.files.partial import is_result
from flatsort.data.files.writers import SUFFIXES
from flatsort.data.sequences.inputs import refuse_input
from flatsort.data.sequences.naming import is_live, sequence_name
from flatsort.embedding.registry import descriptor_file
from flatsort.tracker.running.many.inputs import check_files, files_of
from flatsort.tracker.running.many.job import Job


def command(
    tracks: Annotated[
        list[Path],
        typer.Argument(metavar="TRACKS...", help="Tracks of a sequence, as `flatsort track` writes them; or folders."),
    ],
    source: Annotated[
        list[str],
        typer.Option(
            help="What was tracked: MOTChallenge folder, video, image folder, or a folder of such. Repeated; several "
            "are told apart by name."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(help="The refined tracks; the suffix says the format, as of `track`. Else a folder for them."),
    ],
    descriptor: Annotated[
        str, typer.Option(help="Appearance: none, people, hsv, npy:FILE, ...; without, gaps are joined by motion.")
    ] = "none",
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    fill_only: Annotated[bool, typer.Option("--fill-only", help="Join nothing; fill gaps alone.")] = False,
    workers: Workers = None,
    ray: Ray = None,
    quiet: Quiet = False,
) -> None:
    """Join the tracks that are one person's over gaps, and fill the gaps."""
    if fill_only and descriptor != "none":
        raise InputError("--fill-only", None, "asks nobody's looks", "leave it or --descriptor out")
    boxes_of = formatted(detections, detections_format)
    place = place_of(workers, ray)
    check_files(descriptor)
    given = _files(tracks)
    sources = resolve(source)
    single = one_file(output, *SUFFIXES.values())
    if single is not None and len(given) > 1:
        raise InputError("--output", None, f"is one file for {len(given)} files of tracks", "name a folder")
    if boxes_of is not None and len(given) > 1:
        problem = f"is one file for {len(given)} files of tracks"
        raise InputError("--detections", None, problem, "take them one by one")
    files = NamedAfterSources()
    named: dict[str, list[str]] = {}

    def name(source: str) -> None:
        named.setdefault(sequence_name(source), []).append(source)

    def job(file: Path) -> Job:
        own = sources[0] if len(given) == len(sources) == 1 else _source_of(file, named)
        if is_live(own):
            raise InputError(own, None, "is live", "record it and track the recording")
        path = files.claim(single or output / file.name, str(file))
        refuse_input(path, own, [*given, detections, descriptor_file(descriptor)])
        inputs = (file, *files_of(own, sequence_name(own), boxes_of, descriptor=descriptor))
        work = partial(refine_file, file, own, descriptor, boxes_of, path, not fill_only)
        decided = {"descriptor": descriptor, "format": detections_format, "fill_only": fill_only}
        return Job(path.stem, work, (path,), inputs, decided)

    with display(quiet) as shown:
        nameless = each(sources, name, shown)[1]
        jobs, left_out = each(given if named else [], job, shown)
        run_jobs(jobs, shown, place, output.parent if single else output, nameless + left_out)


def _files(tracks: list[Path]) -> list[Path]:
    """The files of tracks, with each folder replaced by those in it. Raises InputError where there are none."""
    found: list[Path] = []
    for path in tracks:
        if not path.is_dir():
            found.append(path)
            continue
        inner = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES.values() and is_result(file))
        if not inner:
            raise InputError(path, None, "has no tracks in it", "name a folder that `flatsort track` wrote")
        found += inner
    return found


def _source_of(tracks: Path, named: dict[str, list[str]]) -> str:
    """The source of a file of tracks: that of its name. Raises InputError where that is not one."""
    fitting = named.get(tracks.stem, [])
    if len(fitting) != 1:
        problem = f"{len(fitting)} sources have its name" if fitting else "no source has its name"
        raise InputError(tracks, None, problem, f"name one --source that is called {tracks.stem}")
    return fitting[0]
