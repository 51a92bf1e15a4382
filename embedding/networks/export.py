"""ONNX export of an encoder, checked against torch, with what a reader must know in its metadata.

The file holds what the descriptor needs and no more, its large weights in 16 bits (`embedding.half_weights`).
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path
from flatsort.embedding.gate import gate_beside
from flatsort.embedding.networks.encoder import encoder_of
from flatsort.embedding.networks.vae import locate
from flatsort.embedding.weights.checkpoint import Checkpoint, read_checkpoint
from flatsort.embedding.weights.half_weights import rounded, store_half

TOLERANCE = 1e-5  # largest difference between torch and ONNX Runtime, relative to the largest output
BATCHES = (1, 5)  # two batch sizes are checked, so that the batch is shown to be free


@dataclass(frozen=True)
class Exported:
    """How true an export is: largest differences of the output, relative to the largest output.

    difference: of ONNX Runtime from torch with the same 16-bit weights.
    rounding: of torch with 16-bit weights from torch with the checkpoint's.
    """

    difference: float
    rounding: float


def export_onnx(source: str | PathLike[str], output: str | PathLike[str], *, gate: float | None = None) -> Exported:
    """Write the encoder of a checkpoint as ONNX, checked against torch with weights rounded to 16 bits alike.

    Input `x` is (batch, *shape) float32, prepared as the metadata says; output `embedding` is (batch, dimension).
    `metadata_props` holds `flatsort`, a JSON text: `config` of the model and, for networks on crops, `descriptor`
    with size, channel order, scale, mean and deviation of the input, distance and gate, as
    `embedding.descriptors.onnx` reads them. Where the checkpoint names the data it was trained on, with their licence,
    so does the file.

    gate: replaces the one calibrated beside the checkpoint, which replaces the checkpoint's own.

    Raises InputError where the checkpoint is unusable, a network on crops has no gate, the output is no .onnx file or
    cannot be written, or the export differs from torch by more than 1e-5.
    """
    if Path(output).suffix != ".onnx":
        raise InputError(output, None, "is not an .onnx file", "name the output FILE.onnx")
    checkpoint = read_checkpoint(locate(source))
    exact = encoder_of(checkpoint)
    metadata = describe(checkpoint, gate)
    encoder = rounded(exact.module)
    example = torch.randn(BATCHES[1], *exact.shape, generator=torch.Generator().manual_seed(0))
    try:
        with atomic_path(output) as temporary:
            write_graph(encoder, example, temporary, metadata)
            difference = largest_difference(encoder, example, temporary)
            if not difference <= TOLERANCE:
                problem = f"the exported encoder differs from torch by {difference:.2g}, more than {TOLERANCE:g}"
                raise InputError(output, None, problem, "report the versions of torch and onnx; nothing was written")
    except OSError as error:
        raise InputError(output, None, f"cannot be written ({error})", "free some space or name another") from error
    with torch.no_grad():
        return Exported(difference, relative_difference(encoder(example), exact.module(example)))


def describe(checkpoint: Checkpoint, gate: float | None) -> dict[str, Any]:
    """What a reader needs to prepare the input and to compare the output."""
    config, descriptor = checkpoint.metadata["config"], checkpoint.metadata.get("descriptor")
    if descriptor is None:
        if gate is not None:
            raise InputError("--gate", None, f"a model of {config['dataset']} describes no crops", "leave it out")
        return {"config": config}
    calibrated = gate_beside(checkpoint.path)
    if gate is not None:
        descriptor = {**descriptor, "gate": gate}
    elif calibrated is not None and calibrated.metric is not None:
        problem = "was calibrated with a metric, which an ONNX file does not hold"
        raise InputError(checkpoint.path, None, problem, "calibrate the exported file, and give --gate here")
    elif calibrated is not None:
        descriptor = {**descriptor, "gate": calibrated.value, "distance": calibrated.distance}
    if "gate" not in descriptor:
        cure = f"run `flatsort calibrate SOURCE --descriptor {checkpoint.path}` first, or give --gate"
        raise InputError(checkpoint.path, None, "has no calibrated gate", cure)
    training = checkpoint.metadata.get("training", {})
    about = {name: training[name] for name in ("data", "data_licence") if name in training}
    return {"config": config, "descriptor": descriptor, **about}


def write_graph(encoder: nn.Module, example: Tensor, path: Path, metadata: dict[str, Any]) -> None:
    """Export with a free batch and put the metadata in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own deprecations
        program = torch.onnx.export(
            encoder,
            (example,),
            input_names=["x"],
            output_names=["embedding"],
            dynamic_shapes=({0: torch.export.Dim("batch")},),
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("torch.onnx.export returned no program")
    graph = program.model_proto
    store_half(graph)
    forget_source(graph)
    onnx.helper.set_model_props(graph, {"flatsort": json.dumps(metadata, sort_keys=True)})
    onnx.save_model(graph, str(path))


def forget_source(model: onnx.ModelProto) -> None:
    """Remove the exporter's notes on the Python code behind each node: they hold paths of the machine it ran on."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""


def largest_difference(encoder: nn.Module, example: Tensor, path: Path) -> float:
    """Largest difference between torch and ONNX Runtime over two batch sizes, relative to the largest output."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    worst = 0.0
    for count in BATCHES:
        x = example[:count]
        with torch.no_grad():
            expected = encoder(x)
        (found,) = session.run(["embedding"], {"x": x.numpy()})
        worst = max(worst, relative_difference(torch.from_numpy(found), expected))
    return worst


def relative_difference(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest value expected, or to 1 where that is smaller."""
    return float((found - expected).abs().max() / expected.abs().max().clamp(min=1.0))
