"""`flatsort train people --data`: from tracklets of folders and sequences to a calibrated encoder of people."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from flatsort.data.crops.tracklet_sources import Tracklets, load_tracklets
from flatsort.data.errors import InputError
from flatsort.data.sequences.sources import find_sequences
from flatsort.embedding import load_descriptor
from flatsort.embedding.calibration import calibrate
from flatsort.embedding.gate import Gate
from flatsort.embedding.networks.people import people_of
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.train_embedding.loop.interrupt import Interrupt
from flatsort.train_embedding.loop.loop import INTERRUPTED
from flatsort.train_embedding.loop.people import train_encoder
from flatsort.train_embedding.loop.people_run import PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.people.descriptor_files import describe, write_descriptor
from flatsort.train_embedding.people.model_card import CARD_FILE, Training
from flatsort.train_embedding.people.people import Outcome, interrupted_after
from flatsort.train_embedding.people.request import Bars, named
from flatsort.train_embedding.people.tracklet_gate import tracklet_pairs
from flatsort.train_embedding.presets.values import changed

METHOD = "people"


@dataclass(frozen=True)
class LabelFree:
    """What the user asked for. Raises InputError where there are no sources.

    minutes: None trains all steps.
    """

    sources: tuple[str, ...]
    output: Path
    licence: str = "not stated"
    changes: tuple[str, ...] = ()
    minutes: float | None = None
    seed: int = 0
    resume: bool = False
    quiet: bool = False
    command: str = ""

    def __post_init__(self) -> None:
        if not self.sources:
            cure = "name folders of tracklets, or sequences with images and detections"
            raise InputError("--data", None, "is missing", cure)


def train_label_free(request: LabelFree, bars: Bars) -> Outcome:
    """Tracklets, training, gate, ONNX file and model card, in `request.output`. Raises InputError."""
    settings = changed(PeopleSettings(), request.changes, METHOD)
    started = time.monotonic()
    with bars() as watch:
        data = load_tracklets(find_sequences(request.sources), watch=named(watch, "tracklets of"))
    with Interrupt() as stop:
        result = train_encoder(
            data,
            request.output,
            settings=settings,
            minutes=request.minutes,
            seed=request.seed,
            resume=request.resume,
            quiet=request.quiet,
            stop=stop,
        )
    if result.reason == INTERRUPTED:
        return interrupted_after(request.output, result.step)
    gate = gate_of(result.model, data, settings, request.seed)
    describe(
        result.model, gate, {"data": list(data.names), "data_licence": request.licence, "command": request.command}
    )
    minutes = f"{(time.monotonic() - started) / 60:.1f}"
    card = Training(
        method=METHOD,
        command=request.command,
        seed=request.seed,
        sources=list(data.names),
        crops=len(data.crops),
        frames=len(data),
        licence=request.licence,
        settings=plain(settings),
        measured={
            "minutes since it was resumed" if request.resume else "minutes": minutes,
            "steps": f"{result.step} ({result.reason})",
            "pairs of tracklets across views in the end": str(result.pairs),
        },
        gate=gate,
    )
    onnx = write_descriptor(result.model, card)
    error = f"{100 * float(gate.origin['error']):.1f} %"
    lines = [
        f"{result.model}: {result.step} steps ({result.reason}), {result.pairs} pairs across views",
        f"gate: {gate.distance} distance {gate.value:.4g}, equal error rate {error}",
        f"wrote {onnx} ({onnx.stat().st_size / 1e6:.1f} MB) and {CARD_FILE} beside it",
        f"track with it: flatsort track SOURCE --descriptor {onnx} --output tracks",
    ]
    return Outcome(lines, False)


def gate_of(model: Path, data: Tracklets, settings: PeopleSettings, seed: int) -> Gate:
    """The gate of the equal error over the tracklets trained on. Raises InputError where they are too few."""
    descriptor = load_descriptor(str(model), gate=math.inf)
    assert descriptor is not None
    network = people_of(read_checkpoint(model))
    run = PeopleRun(settings, data, seed)
    run.teacher.module.load_state_dict(network.state_dict())
    run.resize(data.crops.shape[2])
    with torch.inference_mode():
        vectors: NDArray[np.float32] = torch.cat(list(run.described(np.arange(len(data.crops))))).numpy()
    return calibrate(
        tracklet_pairs(vectors, data.tracklets, run.different.numpy(), seed), descriptor, list(data.names), seed
    )


def plain(settings: PeopleSettings) -> dict[str, Any]:
    """Settings as JSON values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()}
