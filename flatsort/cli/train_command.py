"""`flatsort train`: a preset, `mot16` with --data for one's own sequences, or `people` for tracklets of any sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flatsort.data.errors import InputError
from flatsort.train_embedding.loop.interrupt import interruptible
from flatsort.train_embedding.loop.loop import INTERRUPTED, train
from flatsort.train_embedding.loop.trainer import MODEL_FILE
from flatsort.train_embedding.people.label_free import METHOD, LabelFree, train_label_free
from flatsort.train_embedding.people.people import Outcome, interrupted_after, people, train_people
from flatsort.train_embedding.people.request import Bars
from flatsort.train_embedding.presets.settings import load_settings

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
    with sources alone, and the licence to `people` too. Raises InputError.
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
    if preset == METHOD:
        licence = given.pop("licence", "not stated")
        for name in given:
            raise InputError(f"--{name}", None, f"does not go with {METHOD}", "leave it out")
        label_free = LabelFree(
            tuple(sources),
            output,
            licence=licence,
            changes=tuple(changes),
            minutes=minutes,
            seed=seed,
            resume=resume,
            quiet=quiet,
            command=command,
        )
        return train_label_free(label_free, bars)
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
