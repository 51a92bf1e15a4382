"""`flatsort calibrate`: from sources to a gate that is stored and drawn."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import reduce
from operator import add
from os import PathLike
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Detections, DetectionsFormat, Sources, formatted, resolve
from flatsort.data import InputError
from flatsort.data.detection.sources import open_detected
from flatsort.data.progress import Watch
from flatsort.embedding import Descriptor, load_descriptor
from flatsort.embedding.calibration import GatePairs, calibrate, describe_tracklets, measure_pairs
from flatsort.embedding.descriptors.pca import PcaDescriptor
from flatsort.embedding.gate import SUFFIX, Gate, write_gate, write_gate_beside
from flatsort.embedding.metric import Metric, Seen, learn_metric
from flatsort.embedding.registry import descriptor_file
from flatsort.eval.figures.gate import save_gate_figure


def command(
    sources: Sources,
    descriptor: Annotated[str, typer.Option(help="hsv, pca, onnx:FILE, npy:FILE, ...")],
    output: Annotated[
        Path | None,
        typer.Option(
            help="FILE.json, for --descriptor NAME,gate=FILE.json. Default: beside the descriptor's file, where it is "
            "found by itself. FILE.npz stores fitted components of pca too."
        ),
    ] = None,
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    min_confidence: Annotated[float, typer.Option(help="Leave detections with a lower score out.")] = 0.3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sampled pairs.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Find the distance that parts one person from another, from detections without labels; store it and draw it.

    A linear metric is learned from the tracklets too, and kept with the gate where held-out tracklets gain by it.
    """
    found = resolve(sources, detections=detections)
    boxes_of = formatted(detections, detections_format)
    target = target_of(descriptor, output, len(found))
    with display(quiet) as shown:
        seen, used, names = described(found, descriptor, boxes_of, min_confidence, shown.watch)
        metric = learn_metric(seen, used.distance)
        pairs = pairs_of(seen, used, metric, seed)
        gate = calibrate(pairs, used, names, seed, metric)
        stored = store(target, gate, used, descriptor)
        picture = save_gate_figure(pairs, gate, stored)[0]
        error = f"{100 * float(gate.origin['error']):.1f} %"
        shown.say(
            f"{descriptor}: {gate.compared} gate {gate.value:.4g}; above it lie {error} of {len(pairs.same)} pairs of "
            f"one person, below it as many of {len(pairs.different)} pairs of different people"
        )
        shown.say(said(metric))
        shown.say(f"wrote {stored} and {picture}")
        own = descriptor if output is None else f"{descriptor},gate={target}"
        use = target if target.suffix == ".npz" else own
        shown.say(f"use it: flatsort track SOURCE --descriptor {use} --output DIR")


def target_of(descriptor: str, output: Path | None, sources: int) -> Path:
    """The file to write: `output`, or `FILE.gate.json` beside the descriptor's own file. Raises InputError."""
    if output is None:
        file = descriptor_file(descriptor)
        if file is None or file.suffix == ".py":
            raise InputError("--output", None, f"is missing, and {descriptor} has no file of its own", "name FILE.json")
        return file.with_name(file.name + SUFFIX)
    if output.suffix not in (".json", ".npz"):
        raise InputError(output, None, "is neither .json nor .npz", "name the output FILE.json")
    if output.suffix == ".npz" and sources > 1:
        raise InputError(output, None, f"can hold the components of one source, not of {sources}", "name FILE.json")
    return output


def described(
    sources: list[str], descriptor: str, detections: str | PathLike[str] | None, min_confidence: float, watch: Watch
) -> tuple[list[Seen], Descriptor, list[str]]:
    """The tracklets of each source, the descriptor as it was loaded for the last, and the sequences' names."""
    found: list[Seen] = []
    names: list[str] = []
    used: Descriptor | None = None
    for source in sources:
        sequence = open_detected(source, detections, None, watch=watch)
        # The descriptor may have no gate yet, and its own one, or its metric, is not used here.
        used = load_descriptor(descriptor, sequence=sequence, gate=math.inf, metric=False)
        if used is None:
            raise InputError("--descriptor", None, "none has no gate", "name a descriptor")
        bar = watch(sequence.name, sequence.length)
        found.append(describe_tracklets(sequence, used, min_confidence=min_confidence, watch=bar))
        names.append(sequence.name)
    if used is None:
        raise InputError(", ".join(sources), None, "holds no sequence", "name a folder of sequences, or a sequence")
    return found, used, names


def pairs_of(seen: list[Seen], used: Descriptor, metric: Metric | None, seed: int) -> GatePairs:
    """The pairs of all sources together, in the metric."""
    if metric is None:
        return reduce(add, [measure_pairs(part, used.distance, seed) for part in seen])
    moved = [replace(part, vectors=metric(part.vectors)) for part in seen]
    return reduce(add, [measure_pairs(part, "euclidean", seed) for part in moved])


def said(metric: Metric | None) -> str:
    """The metric in one line."""
    if metric is None:
        return "metric: the descriptor's own, as held-out tracklets do not gain by another, or are too few"
    errors = f"{100 * metric.error:.1f} % of held-out queries are nearer to somebody else"
    without = f"{100 * metric.error_without:.1f} % without it"
    return f"metric: whitened within tracklets with shrinkage {metric.shrinkage:g}; {errors}, {without}"


def store(target: Path, gate: Gate, used: Descriptor, descriptor: str) -> Path:
    """Write the gate, in a `.npz` file beside the fitted components of `pca`; returns the gate's own file."""
    if target.suffix == ".npz":
        if not isinstance(used, PcaDescriptor):
            raise InputError(target, None, f"{descriptor} has no components to store", "name the output FILE.json")
        used.save(target)
        return write_gate_beside(target, gate)
    write_gate(target, gate)
    return target
