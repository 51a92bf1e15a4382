"""From a trained network to a descriptor that tracks: its gate, the ONNX file, and the model card."""

from __future__ import annotations

import math
from functools import reduce
from operator import add
from os import PathLike
from pathlib import Path
from typing import Any

from flatsort.data import open_sequence
from flatsort.data.progress import Watch
from flatsort.embedding import load_descriptor
from flatsort.embedding.calibration import calibrate, sample_pairs
from flatsort.embedding.gate import Gate, gate_beside, write_gate_beside
from flatsort.embedding.networks.export import export_onnx
from flatsort.embedding.weights.checkpoint import read_checkpoint, write_checkpoint
from flatsort.train_embedding.people.model_card import CARD_FILE, Training, write_card
from flatsort.train_embedding.people.request import People

ONNX_FILE = "model.onnx"


def calibrated(
    model: Path, sources: tuple[str, ...], detections: str | PathLike[str] | None, seed: int, watch: Watch
) -> Gate:
    """The gate of a checkpoint on these sequences, from their detections. Raises InputError as `calibrate`."""
    descriptor = load_descriptor(str(model), gate=math.inf)
    assert descriptor is not None
    found, names = [], []
    for source in sources:
        sequence = open_sequence(source, detections=detections)
        bar = watch(sequence.name, sequence.length)
        found.append(sample_pairs(sequence, descriptor, seed=seed, watch=bar))
        names.append(sequence.name)
    return calibrate(reduce(add, found), descriptor, names, seed)


def describe(model: Path, gate: Gate, about: dict[str, Any]) -> None:
    """Put the gate, and `about` the training, into the checkpoint's metadata."""
    checkpoint = read_checkpoint(model)
    metadata = {
        **checkpoint.metadata,
        "training": {**checkpoint.metadata["training"], **about},
        "descriptor": {**checkpoint.metadata["descriptor"], "distance": gate.distance, "gate": gate.value},
        "gate": gate.origin,
    }
    write_checkpoint(model, checkpoint.tensors, metadata)
    if gate_beside(model) is not None:  # of an earlier `flatsort calibrate`, which would replace the new one
        write_gate_beside(model, gate)


def write_descriptor(model: Path, request: People, training: Training, gate: Gate, measured: dict[str, str]) -> Path:
    """Write the ONNX file and the card beside the calibrated checkpoint; returns the path of the ONNX file."""
    onnx = model.with_name(ONNX_FILE)
    exported = export_onnx(model, onnx, gate=gate.value)
    rounding = {"change of the embedding by 16-bit weights": f"{exported.rounding:.1g} of its largest value"}
    write_card(model.with_name(CARD_FILE), request, training, gate, onnx, measured | rounding)
    return onnx
