"""`flatsort report`: one page that shows what a tracker made of a video."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.progress import Quiet, display
from flatsort.cli.reports import report


def command(
    source: Annotated[str, typer.Argument(help="MOTChallenge folder, video file or image folder.")],
    tracks: Annotated[Path, typer.Option(metavar="FILE", help="Tracks, as `flatsort track` writes them.")],
    output: Annotated[
        Path | None, typer.Option(help="The page: FILE.html. Default: beside the tracks, under their name.")
    ] = None,
    ground_truth: Annotated[
        Path | None,
        typer.Option(metavar="GT", help="Ground truth, for scores and switches. Default: the source's own gt/gt.txt."),
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(
            help="Score by class: names or numbers of the ground truth's, with commas between, or all. Default: all "
            "where it has names of its own or the tracks are of several classes; else people alone."
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """One page to open: the video, a timeline, a card for each identity, scores, switches.

    The page holds all of it, says what was scored, and needs no network.
    """
    with display(quiet) as shown:
        page = output or tracks.with_suffix(".html")
        report(shown, source, tracks, page, ground_truth, {"tracks": str(tracks)}, classes)
