"""`--workers` and `--ray`: one meaning in every command that goes through many sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from flatsort.cli.progress import Display
from flatsort.data.errors import InputError, one_line
from flatsort.data.sequences.naming import is_live
from flatsort.tracker.running.many.at_once import AtOnce
from flatsort.tracker.running.many.job import Job, Place
from flatsort.tracker.running.many.processes import Processes
from flatsort.tracker.running.many.run import Ran, run_many

Input = TypeVar("Input")
Made = TypeVar("Made")
Workers = Annotated[
    int | None,
    typer.Option(
        help="Do the sources in so many processes, each in one thread; run again, it skips those that are finished."
    ),
]
Ray = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="The same on a Ray cluster: its HOST:PORT; auto, the one that runs on this machine; or local, one that is "
        "started for this.",
    ),
]


def place_of(workers: int | None, ray: str | None) -> Place | None:
    """Where `--workers` or `--ray` has jobs done; None: in this process.

    Raises InputError where both are given, and as `Processes` and `RayCluster`.
    """
    if ray is not None:
        if workers is not None:
            raise InputError("--workers", None, "is given, and --ray too", "leave one of them out")
        from flatsort.tracker.running.many.ray_cluster import RayCluster

        return RayCluster(ray)
    return None if workers is None else Processes(workers)


def refuse_live(source: str, place: Place | None) -> None:
    """Raise InputError for a camera or a stream among jobs that are done elsewhere: it would keep its worker."""
    if place is not None and is_live(source):
        raise InputError(source, None, "is live and never finished", "track it without --workers and --ray")


def several_live(sources: Iterable[str]) -> bool:
    """Whether two or more are cameras or streams."""
    return sum(map(is_live, sources)) > 1


def at_once(sources: Iterable[str], place: Place | None) -> Place | None:
    """The place; in that of none, where two sources or more are live, one thread for each source."""
    return AtOnce() if place is None and several_live(sources) else place


def run_jobs(jobs: list[Job], shown: Display, place: Place | None, folder: Path, refused: int = 0) -> Ran:
    """Do the jobs, as `run_many`. Exits with code 2 where one could not be done, or sources were refused before."""
    ran = run_many(jobs, shown, place, None if isinstance(place, AtOnce) else folder)
    if ran.failed or refused:
        raise typer.Exit(2)
    return ran


def each(inputs: Iterable[Input], make: Callable[[Input], Made], shown: Display) -> tuple[list[Made], int]:
    """What is made of each input, such as a job of a source; and how many were refused, with a line for each."""
    made: list[Made] = []
    refused = 0
    for one in inputs:
        try:
            made.append(make(one))
        except InputError as error:
            shown.fail(one_line(error))
            refused += 1
    return made, refused
