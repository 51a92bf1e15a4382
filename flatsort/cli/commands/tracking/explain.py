"""`flatsort explain`: why a track takes a detection in a frame, and not another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from flatsort.cli.formats import Format, Json, Printed, chosen_format, print_as
from flatsort.cli.options import tracker_options
from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Detections, DetectionsFormat, formatted
from flatsort.data.errors import InputError
from flatsort.eval.tables.formats import Table
from flatsort.tracker.drawing.candidates import draw_candidates
from flatsort.tracker.drawing.picture import plain_background, write_picture
from flatsort.tracker.explanation import Explanation
from flatsort.tracker.running.explained import explain_frame
from flatsort.tracker.running.settings import TrackSettings

TERMS = ("overlap", "direction", "score", "appearance")


@tracker_options()
def command(
    source: Annotated[str, typer.Argument(help="A MOTChallenge folder, a video or an image folder.")],
    frame: Annotated[int, typer.Option(min=2, help="The frame to explain, counted from 1.")],
    settings: TrackSettings,
    track: Annotated[
        int | None,
        typer.Option(min=1, help="A track's id, as in what `flatsort track` writes. Default: all that live."),
    ] = None,
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    output: Annotated[Path | None, typer.Option(help="A picture of the candidates, .png or .jpg.")] = None,
    kind: Format = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print what speaks for each detection that a track could take in a frame; what gains most in sum over all wins."""
    kind = chosen_format(kind, json)
    if output is not None and track is None:
        raise InputError("--output", None, "is a picture of one track's candidates", "name it with --track")
    run = settings.open(source, formatted(detections, detections_format))
    with display(quiet) as shown:
        found = explain_frame(run, frame, shown.watch(run.sequence.name, frame))
        explanation = found.explanation
        living = sorted(set(explanation.tracks[explanation.tracks > 0].tolist()))
        if track is not None and track not in living:
            cure = f"take one of: {', '.join(map(str, living)) or 'none'}"
            raise InputError("--track", None, f"{track} does not live before frame {frame}", cure)
        rows = [row for one in ([track] if track else living) for row in rows_of(explanation, one, found.places)]
        if output is not None and track is not None:
            picture = plain_background(run.sequence.size or (1280, 720)) if found.image is None else found.image.copy()
            draw_candidates(picture, explanation, track, found.boxes, found.places)
            write_picture(output, picture)
            shown.say(f"wrote {output}")
    heading = ["track", "detection", "taken", "gain", *TERMS, "threshold", "rival"]
    cells = [[_cell(row[name]) for name in heading] for row in rows]
    content = {"frame": frame, "track": track, "candidates": rows}
    print_as(kind, Printed([Table(heading, cells)], rows, content))


def rows_of(explanation: Explanation, track: int, places: np.ndarray) -> Iterator[dict[str, int | float | str]]:
    """A row for each candidate: its detection as in the tracks' files, who takes it, the terms, and the best rival."""
    for pair in explanation.of_track(track).tolist():
        detection = int(explanation.columns[pair])
        rivals = [p for p in explanation.of_detection(detection).tolist() if p != pair]
        takers = [p for p in rivals if explanation.chosen[p]]
        taken = "yes" if explanation.chosen[pair] else f"by {named(explanation, takers[0])}" if takers else "no"
        terms = {name: float(getattr(explanation.terms, name)[pair]) for name in TERMS}
        yield {
            "track": track,
            "detection": int(places[detection]),
            "taken": taken,
            "gain": float(explanation.terms.gain[pair]),
            **terms,
            "threshold": -explanation.threshold,
            "rival": f"{named(explanation, rivals[0])} ({explanation.terms.gain[rivals[0]]:+.2f})" if rivals else "",
        }


def named(explanation: Explanation, pair: int) -> str:
    """The id of a candidate's track; a track that is not confirmed yet has none."""
    return str(explanation.tracks[explanation.rows[pair]] or "new")


def _cell(value: int | float | str) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) else f"{value:+.3f}"
