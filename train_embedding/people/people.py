"""`flatsort train mot16 --data`: from sequences with detections to a calibrated descriptor, step by step."""

from __future__ import annotations

import shlex
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flatsort.data.files.formats.named import FormattedFile
from flatsort.data.sequences.sources import find_sequences
from flatsort.train_embedding.loop.state import HISTORY_FILE
from flatsort.train_embedding.people.autoencoder import train_autoencoder
from flatsort.train_embedding.people.descriptor_files import calibrated, describe, write_descriptor
from flatsort.train_embedding.people.found_detections import with_detections
from flatsort.train_embedding.people.label_free import train_label_free
from flatsort.train_embedding.people.model_card import CARD_FILE, Training
from flatsort.train_embedding.people.request import Bars, People, named
from flatsort.train_embedding.people.supervised import crop_folders, train_supervised


@dataclass(frozen=True)
class Outcome:
    """What to tell the user of a run, by line, and whether it was interrupted; the first process speaks for all."""

    lines: list[str]
    interrupted: bool


def interrupted_after(output: Path, step: int) -> Outcome:
    """The outcome of a training that was interrupted: how to go on."""
    saved = f"{output}: interrupted after step {step}, which is saved"
    return Outcome([f"{saved}; go on with the same command and --resume"], True)


def people(sources: tuple[str, ...], output: Path, **options: Any) -> People:
    """The request, with each folder of sequences replaced by its sequences."""
    return People(tuple(find_sequences(sources)), output, **options)


def train_people(request: People, bars: Bars) -> Outcome:
    """Detections where a detector finds them, crops, training, gate, ONNX file, picture, card, in `request.output`.

    Raises InputError, and where the sources cannot make a descriptor before anything is trained.
    """
    request = with_detections(request, bars)
    started = time.monotonic()
    trainers = {"deepsort": train_supervised, "people": train_label_free}
    training = trainers.get(request.method, train_autoencoder)(request, bars)
    result = training.result
    if result.interrupted:
        return interrupted_after(request.output, result.step)
    if result.rank > 0:
        return Outcome([], False)
    minutes = "minutes since it was resumed" if request.resume else "minutes"
    measured = {minutes: f"{(time.monotonic() - started) / 60:.1f}"} | training.measured
    try:
        return Outcome([f"{result.model}: {training.summary}", *_finish(request, training, measured, bars)], False)
    except KeyboardInterrupt:
        kept = f"{result.model}: interrupted; it is trained and kept, and is no descriptor yet"
        return Outcome([f"{kept}; go on with the same command, --resume and --minutes 0"], True)


def _finish(request: People, training: Training, measured: dict[str, str], bars: Bars) -> list[str]:
    """From a trained checkpoint to a descriptor with its files; returns what to tell the user."""
    model = training.result.model
    with bars() as watch:
        if training.gate is not None:
            gate = training.gate
        else:
            folders = crop_folders(request.sources)
            sequences = tuple(source for source in request.sources if source not in folders)
            gate = calibrated(model, sequences, request.detections, request.seed, named(watch, "gate on"))
    made = {"data": gate.origin["sources"], "data_licence": request.licence, "command": request.command}
    made |= {} if request.found_by is None else {"detector": request.found_by}
    describe(model, gate, made)
    onnx = write_descriptor(model, request, training, gate, measured)
    pictures = [] if training.picture is None else [training.picture(request.output)]
    written = ", ".join([CARD_FILE, *pictures])
    return [
        f"gate: {gate.distance} distance {gate.value:.4g}, equal error rate {100 * float(gate.origin['error']):.1f} %",
        f"wrote {onnx} ({onnx.stat().st_size / 1e6:.1f} MB), {written} and {HISTORY_FILE} beside it",
        f"track with it: {_track_command(request, onnx)}",
    ]


def _track_command(request: People, onnx: Path) -> str:
    source = [request.sources[0] if len(request.sources) == 1 else "SOURCE"]
    if request.detections is not None:
        source += ["--detections", str(request.detections)]
        if isinstance(request.detections, FormattedFile):
            source += ["--detections-format", request.detections.format]
    return shlex.join(["flatsort", "track", *source, "--descriptor", str(onnx), "--output", "tracks"])
