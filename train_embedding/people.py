"""`flatsort train mot16 --data`: from sequences with detections to a calibrated descriptor, step by step."""

from __future__ import annotations

import json
import math
import shlex
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from data import Sequence, open_sequence
from data.crop_checks import check_count, usable_rows
from data.errors import InputError
from data.person_crops import MIN_HEIGHT, Watch
from data.sources import find_sequences
from embedding import load_descriptor
from embedding.calibration import calibrate, check_pairs, sample_pairs
from embedding.checkpoint import read_checkpoint, write_checkpoint
from embedding.crop_input import parse_crop_input
from embedding.export import export_onnx
from embedding.gate import Gate, gate_beside, write_gate_beside
from embedding.vae import load_model
from train_embedding.datasets import DataSet, load_data
from train_embedding.held_out import held_out_flatness
from train_embedding.interrupt import interruptible
from train_embedding.loop import INTERRUPTED, Result, check_output, train
from train_embedding.model_card import Training, write_card
from train_embedding.samples_picture import save_samples
from train_embedding.settings import Settings, load_settings, settings_table
from train_embedding.trainer import MODEL_FILE

METHODS = ("vae", "vhp-vae", "fmvae", "fmvae-tracklets", "deepsort")
ARCHITECTURES = ("compact", "mot16")
MINUTES = 20.0
# Batches of crops that there must be, training and held-out ones together: of fewer, every epoch sees the same few.
_BATCHES = 4
ONNX_FILE, CARD_FILE, SAMPLES_FILE = "model.onnx", "model-card.md", "samples.png"

# Opens progress bars for one stage.
Bars = Callable[[], AbstractContextManager[Watch]]


@dataclass(frozen=True)
class People:
    """What `flatsort train mot16` is told. Raises InputError for what is unknown or does not go together."""

    sources: tuple[str, ...]
    output: Path
    method: str = "fmvae"
    architecture: str = "compact"
    detections: Path | None = None
    licence: str = "not stated"
    changes: tuple[str, ...] = ()
    minutes: float = MINUTES
    seed: int = 0
    resume: bool = False
    quiet: bool = False
    command: str = ""

    def __post_init__(self) -> None:
        for option, value, known in (
            ("--method", self.method, METHODS),
            ("--architecture", self.architecture, ARCHITECTURES),
        ):
            if value not in known:
                raise InputError(option, None, f"is {value!r}", f"use one of {', '.join(known)}")
        if not self.sources:
            raise InputError("--data", None, "is missing", "name sequences, or a video with --detections FILE")
        if self.detections is not None and len(self.sources) > 1:
            problem = f"is one file for {len(self.sources)} sources"
            raise InputError("--detections", None, problem, "give one video, or MOTChallenge folders")

    @property
    def preset(self) -> str:
        """The preset that the settings come from."""
        return f"{self.architecture}/{self.method}"

    def settings(self) -> Settings:
        """The preset's settings, with sources, detections and the user's changes."""
        data = [f"data.sources={json.dumps(self.sources, ensure_ascii=False)}"]
        if self.detections is not None:
            data.append(f"data.detections={json.dumps(str(self.detections), ensure_ascii=False)}")
        return load_settings(self.preset, [*data, *self.changes])


class CropData(DataSet):
    """What the front door reads of a data set of crops."""

    descriptor: dict[str, Any]
    origin: dict[str, NDArray[np.int64]]


def people(sources: tuple[str, ...], output: Path, **options: Any) -> People:
    """The request, with each folder of sequences replaced by its sequences."""
    return People(tuple(find_sequences(sources)), output, **options)


@dataclass(frozen=True)
class Outcome:
    """What to tell the user of a run, by line, and whether it was interrupted; the first process speaks for all."""

    lines: list[str]
    interrupted: bool


def outcome(result: Result, output: Path, lines: list[str]) -> Outcome:
    """The outcome of a training that has ended, with how to go on where it was interrupted."""
    if result.reason == INTERRUPTED:
        again = (
            f"{output}: interrupted after step {result.step}, which is saved; go on with the same command and --resume"
        )
        return Outcome([again], True)
    return Outcome(lines if result.rank == 0 else [], False)


def train_people(request: People, bars: Bars) -> Outcome:
    """Crops, training, gate, ONNX file, picture and model card, in `request.output`.

    Raises InputError before anything is trained where the sources cannot make a descriptor.
    """
    started = time.monotonic()
    settings = request.settings()
    fewest = _BATCHES * settings.training.batch
    sequences = check_sources(request, fewest)
    check_output(request.output, resume=request.resume)
    with bars() as watch:
        dataset = cast(CropData, load_data(settings.data, fewest=fewest, watch=_named(watch, "crops of")))
    with interruptible(settings.compute) as stop:
        result = train(
            settings,
            request.output,
            seed=request.seed,
            minutes=request.minutes,
            resume=request.resume,
            quiet=request.quiet,
            preset=request.preset,
            dataset=dataset,
            stop=stop,
        )
    if result.reason == INTERRUPTED or result.rank > 0:
        return outcome(result, request.output, [])
    took = f"{(time.monotonic() - started) / 60:.1f}"
    model = request.output / MODEL_FILE
    try:
        with bars() as watch:
            gate = _calibrate(request, model, _named(watch, "gate on"))
        _describe(model, gate, request, [sequence.name for sequence in sequences])
        measured = {
            "steps": f"{result.step} ({result.reason})",
            "minutes since it was resumed" if request.resume else "minutes": took,
            "held-out squared error, averaged per value": f"{result.validation_error:.5f}",
        }
        lines = _write_results(request, settings, dataset, gate, [sequence.name for sequence in sequences], measured)
    except KeyboardInterrupt:
        kept = f"{model}: interrupted; it is trained and kept, and has no gate yet"
        return Outcome([f"{kept}; go on with the same command, --resume and --minutes 0"], True)
    held_out = f"held-out squared error {result.validation_error:.5f}"
    return Outcome([f"{model}: {result.step} steps ({result.reason}), {held_out}", *lines], False)


def check_sources(request: People, fewest: int) -> list[Sequence]:
    """Open the sources. Raises InputError where crops or pairs of people are too few; no image is decoded for that."""
    sequences = [open_sequence(source, detections=request.detections) for source in request.sources]
    found = sum(len(usable_rows(sequence, MIN_HEIGHT, fewest)) for sequence in sequences)
    check_count([sequence.name for sequence in sequences], found, fewest, MIN_HEIGHT)
    check_pairs(sequences, seed=request.seed)
    return sequences


def _write_results(
    request: People, settings: Settings, dataset: CropData, gate: Gate, names: list[str], measured: dict[str, str]
) -> list[str]:
    """ONNX file, picture and card of the calibrated model; returns what to tell the user."""
    model, onnx = request.output / MODEL_FILE, request.output / ONNX_FILE
    exported = export_onnx(model, onnx, gate=gate.value)
    trained = load_model(model)
    save_samples(request.output / SAMPLES_FILE, trained, dataset.test, parse_crop_input(dataset.descriptor, None))
    flatness = held_out_flatness(trained, dataset.test, settings.objective.alpha0)
    origin = np.concatenate(list(dataset.origin.values()))
    card = Training(
        method=request.method,
        command=request.command,
        seed=request.seed,
        sources=names,
        crops=len(origin),
        frames=len(np.unique(origin[:, :2], axis=0)),
        licence=request.licence,
        settings=settings_table(settings),
        measured={
            **measured,
            "N·RDM − 1 on mixed points of held-out crops": f"{flatness:.3g}",
            "change of the embedding by 16-bit weights": f"{exported.rounding:.1g} of its largest value",
        },
        gate=gate,
        onnx=onnx,
    )
    write_card(request.output / CARD_FILE, card)
    return _closing(request, gate, onnx)


def _named(watch: Watch, what: str) -> Watch:
    return lambda name, total: watch(f"{what} {name}", total)


def _calibrate(request: People, model: Path, watch: Watch) -> Gate:
    """The gate of the trained model on the very sources it was trained on."""
    descriptor = load_descriptor(str(model), gate=math.inf)
    assert descriptor is not None
    found, names = [], []
    for source in request.sources:
        sequence = open_sequence(source, detections=request.detections)
        bar = watch(sequence.name, sequence.length)
        found.append(sample_pairs(sequence, descriptor, seed=request.seed, watch=bar))
        names.append(sequence.name)
    return calibrate(reduce(add, found), descriptor, names, request.seed)


def _describe(model: Path, gate: Gate, request: People, names: list[str]) -> None:
    """Put the gate, the data's names and their licence into the checkpoint's metadata."""
    checkpoint = read_checkpoint(model)
    about = {"data": names, "data_licence": request.licence, "command": request.command}
    metadata = {
        **checkpoint.metadata,
        "training": {**checkpoint.metadata["training"], **about},
        "descriptor": {**checkpoint.metadata["descriptor"], "distance": gate.distance, "gate": gate.value},
        "gate": gate.origin,
    }
    write_checkpoint(model, checkpoint.tensors, metadata)
    if gate_beside(model) is not None:  # of an earlier `flatsort calibrate`, which would replace the new one
        write_gate_beside(model, gate)


def _closing(request: People, gate: Gate, onnx: Path) -> list[str]:
    error = f"{100 * float(gate.origin['error']):.1f} %"
    source = ["SOURCE"] if len(request.sources) > 1 else [request.sources[0]]
    if request.detections is not None:
        source += ["--detections", str(request.detections)]
    command = shlex.join(["flatsort", "track", *source, "--descriptor", str(onnx), "--output", "tracks"])
    return [
        f"gate: {gate.distance} distance {gate.value:.4g}, equal error rate {error}",
        f"wrote {onnx} ({onnx.stat().st_size / 1e6:.1f} MB), {CARD_FILE}, {SAMPLES_FILE} and history.json beside it",
        f"track with it: {command}",
    ]
