"""`flatsort train`: a preset, or `mot16` with --data for people in one's own sequences."""

from __future__ import annotations

import shlex
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from flatsort.cli.progress import Quiet, bars_alone
from flatsort.cli.sources import Detections, DetectionsFormat, Detector, formatted
from flatsort.data.errors import InputError
from flatsort.train_embedding.loop.autoencoder import train
from flatsort.train_embedding.loop.interrupt import interruptible
from flatsort.train_embedding.people.people import Outcome, interrupted_after, people, train_people
from flatsort.train_embedding.presets.settings import load_settings

PEOPLE = "mot16"  # the preset that takes --data
OPTION_OF = {"licence": "data-licence"}  # where an option is not called as its argument


def command(
    preset: Annotated[
        str, typer.Argument(help="mot16, with --data; or a preset such as pendulum/fmvae, or a TOML file.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for model.safetensors, state, history.json and TensorBoard.")],
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE...]", help="More sources of --data.")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE...",
            help="MOTChallenge folders, folders of such, one video; for people also folders of tracklets.",
        ),
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="vae, vhp-vae, fmvae, fmvae-tracklets, people or deepsort. Default: fmvae.")
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            help="compact, for two CPU cores; mot16 (VGG16), for a GPU; or paper/mot16, its settings as printed. "
            "Default: compact."
        ),
    ] = None,
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    detector: Detector = None,
    identities: Annotated[
        Path | None,
        typer.Option(
            help="With labels, for people and deepsort: tracklet,identity,camera of a folder's tracklets, CSV."
        ),
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--data-licence", help="Licence of the data, for the model card.")
    ] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", help="section.field=value; may be repeated.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after this time, resumed parts included. Default with --data: 20.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights, batches and every random draw.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on exactly where the run in --output stopped.")] = False,
    quiet: Quiet = False,
) -> None:
    """Train an embedding: of the people in your own sequences (mot16 --data SOURCE...), or by a preset.

    With --data no identity label is read, but by deepsort and with --identities; the folder then also holds model.onnx,
    with its gate, and a model card.
    """
    named = [*(data or ()), *(sources or ())]
    boxes_of = formatted(detections, detections_format)
    options = {"method": method, "architecture": architecture, "detections": boxes_of, "licence": licence}
    options |= {"identities": identities, "detector": detector}
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    run = {"seed": seed, "resume": resume, "quiet": quiet}
    if preset == PEOPLE:
        if minutes is not None:
            given["minutes"] = minutes
        shown = shlex.join(["flatsort", *sys.argv[1:]])
        request = people(tuple(named), output, changes=tuple(changes or ()), command=shown, **run, **given)
        outcome = train_people(request, partial(bars_alone, quiet))
    else:
        for name, value in {"data": named, **given}.items():
            if value:
                problem = f"does not go with the preset {preset}"
                cure = "leave it out, or train with `flatsort train mot16 --data SOURCE`"
                raise InputError(f"--{OPTION_OF.get(name, name)}", None, problem, cure)
        outcome = train_preset(preset, output, changes or [], minutes, **run)
    for line in outcome.lines:
        print(line, file=sys.stderr if outcome.interrupted else sys.stdout)
    if outcome.interrupted:
        raise typer.Exit(130)


def train_preset(preset: str, output: Path, changes: list[str], minutes: float | None, **run: Any) -> Outcome:
    """Train by a preset or a TOML file. run: seed, resume and quiet. Raises InputError."""
    settings = load_settings(preset, changes)
    with interruptible(settings.compute) as stop:
        result = train(settings, output, minutes=minutes, preset=preset, stop=stop, **run)
    if result.interrupted:
        return interrupted_after(output, result.step)
    held_out = f"validation squared error {result.held_out['validation_error']:.5f}"
    line = f"{result.model}: {result.step} steps ({result.reason}), {held_out}"
    return Outcome([line] if result.rank == 0 else [], False)
