"""`--adapt`: the encoder of people learns from the sequence that is to be tracked, before it is."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import Annotated

import typer

from flatsort.data.detection.sources import open_detected
from flatsort.data.errors import InputError
from flatsort.data.progress import Shown
from flatsort.data.sequences.naming import is_live
from flatsort.tracker.running.settings import TrackSettings
from flatsort.tracker.running.track_run import TrackRun

Adapt = Annotated[
    float | None,
    typer.Option(
        min=0,
        metavar="MINUTES",
        help="First train the packaged encoder `people` on the sequence's own detections, for so long at most, and "
        "calibrate it (needs the train extra). Kept in NAME.adapted; the same command again takes or finishes it.",
    ),
]
ENCODER = "people"
_NEEDED = ("torch", "safetensors", "onnx", "onnxscript", "tensorboard")


def check_adapt(
    minutes: float | None, settings: TrackSettings, sources: list[str], *, every: int = 1, show: bool = False
) -> None:
    """Raise InputError where `--adapt` was given and cannot be followed."""
    if minutes is None:
        return
    if show or every > 1:
        option = "--show" if show else "--every"
        raise InputError("--adapt", None, f"looks the whole source through, and there is {option}", "leave one out")
    missing = [package for package in _NEEDED if find_spec(package) is None]
    if missing:
        raise InputError(
            "--adapt", None, f"needs {missing[0]}, which is not installed", "pip install 'flatsort[train]'"
        )
    if settings.descriptor not in ("none", ENCODER):
        problem = f"trains the encoder {ENCODER}, and the descriptor is {settings.descriptor}"
        raise InputError("--adapt", None, problem, "leave --descriptor out")
    replace(settings, descriptor=ENCODER)  # whether the preset takes one
    for source in sources:
        if is_live(source):
            raise InputError(source, None, "is live, and --adapt looks it through first", "record it into a file")


def adapted_run(
    minutes: float,
    settings: TrackSettings,
    source: str,
    detections: str | PathLike[str] | None,
    path: Path,
    shown: Shown,
) -> TrackRun:
    """Detect where needed, train and calibrate; the run that tracks with the result. path: of the tracks.

    Raises InputError as `open_detected` and `adapt`.
    """
    from flatsort.train_embedding.people.adapting import adapt  # not above: it loads torch

    sequence = open_detected(source, detections, settings.detector, settings.classes, shown.watch)
    folder = path.with_name(f"{path.stem}.adapted")
    file, what = adapt(sequence, folder, minutes=minutes, quiet=True, watch=shown.watch)
    shown.say(f"adapted {file}: {what}")
    return replace(settings, descriptor=str(file)).on(sequence)
