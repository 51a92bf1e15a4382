"""`flatsort train`: a preset, or `mot16` with --data for people in one's own sequences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from data.errors import InputError
from train_embedding.interrupt import interruptible
from train_embedding.loop import INTERRUPTED, train
from train_embedding.people import Outcome, interrupted_after, people, train_people
from train_embedding.people_request import Bars
from train_embedding.settings import load_settings
from train_embedding.trainer import MODEL_FILE

FRONT_DOOR = "mot16"


def train_command(
    preset: str,
    output: Path,
    bars: Bars,
    *,
    sources: list[str],
    people_options: dict[str, Any],
    changes: list[str],
    minutes: float | None,
    seed: int,
    resume: bool,
    quiet: bool,
    command: str,
) -> Outcome:
    """Run what the user asked for.

    people_options: method, architecture, detections and licence, None where they were not given; they belong to `mot16`
    with sources alone. Raises InputError.
    """
    given = {name: value for name, value in people_options.items() if value is not None}
    if preset == FRONT_DOOR:
        if minutes is not None:
            given["minutes"] = minutes
        request = people(
            tuple(sources),
            output,
            **given,
            changes=tuple(changes),
            seed=seed,
            resume=resume,
            quiet=quiet,
            command=command,
        )
        return train_people(request, bars)
    for name, value in {"data": sources, **given}.items():
        if value:
            problem, cure = f"does not go with the preset {preset}", "train with `flatsort train mot16 --data SOURCE`"
            raise InputError(f"--{name}", None, problem, f"leave it out, or {cure}")
    settings = load_settings(preset, changes)
    with interruptible(settings.compute) as stop:
        result = train(
            settings, output, seed=seed, minutes=minutes, resume=resume, quiet=quiet, preset=preset, stop=stop
        )
    held_out = f"validation squared error {result.validation_error:.5f}"
    line = f"{output / MODEL_FILE}: {result.step} steps ({result.reason}), {held_out}"
    if result.reason == INTERRUPTED:
        return interrupted_after(output, result.step)
    return Outcome([line] if result.rank == 0 else [], False)
