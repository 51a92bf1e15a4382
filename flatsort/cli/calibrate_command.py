"""`flatsort calibrate`: from sources to a gate that is stored and drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

from flatsort.data import InputError, open_sequence
from flatsort.data.sequences.sources import find_sequences
from flatsort.embedding import Descriptor, load_descriptor
from flatsort.embedding.calibration import Watch, calibrate, describe_tracklets, measure_pairs
from flatsort.embedding.descriptors.pca import PcaDescriptor
from flatsort.embedding.gate import SUFFIX, write_gate, write_gate_beside
from flatsort.embedding.metric import Metric, Seen, learn_metric
from flatsort.embedding.registry import descriptor_file
from flatsort.eval.figures.gate import save_gate_figure
from flatsort.tracker.running.settings import check_detections


def calibrate_descriptor(
    sources: list[str],
    descriptor: str,
    output: Path | None,
    detections: Path | None,
    min_confidence: float,
    seed: int,
    watch: Callable[[str, int | None], Watch],
) -> list[str]:
    """Calibrate on all sources together, store the gate and its picture. Returns what to tell the user, by line.

    output: a `.json` file; or a `.npz` file that holds the fitted components of `pca` too; None stands for
    `FILE.gate.json` beside the descriptor's own file. The picture stands beside it, as `.png` and `.svg`.
    watch: a bar over the frames of the sequence of that name and length. Raises InputError.
    """
    folders = find_sequences(sources)
    if detections is not None and len(folders) > 1:
        raise InputError("--detections", None, f"is one file for {len(folders)} sources", "take them one by one")
    target = _target(descriptor, output, len(folders))
    found: list[Seen] = []
    names: list[str] = []
    used: Descriptor | None = None
    for source in folders:
        check_detections(source, detections)
        sequence = open_sequence(source, detections=detections)
        # The descriptor may have no gate yet, and its own one is not used here.
        used = load_descriptor(descriptor, sequence=sequence, gate=math.inf, metric=False)
        if used is None:
            raise InputError("--descriptor", None, "none has no gate", "name a descriptor")
        bar = watch(sequence.name, sequence.length)
        found.append(describe_tracklets(sequence, used, min_confidence=min_confidence, watch=bar))
        names.append(sequence.name)
    if used is None:
        raise InputError(", ".join(sources), None, "holds no sequence", "name a folder of sequences, or a sequence")
    metric = learn_metric(found, used.distance)
    if metric is None:
        pairs = reduce(add, [measure_pairs(seen, used.distance, seed) for seen in found])
    else:
        moved = [replace(seen, vectors=metric(seen.vectors)) for seen in found]
        pairs = reduce(add, [measure_pairs(seen, "euclidean", seed) for seen in moved])
    gate = calibrate(pairs, used, names, seed, metric)
    if target.suffix == ".npz":
        if not isinstance(used, PcaDescriptor):
            raise InputError(target, None, f"{descriptor} has no components to store", "name the output FILE.json")
        used.save(target)
        stored = write_gate_beside(target, gate)
        use = str(target)
    else:
        write_gate(target, gate)
        stored = target
        use = descriptor if output is None else f"{descriptor},gate={target}"
    picture = save_gate_figure(pairs, gate, stored)[0]
    error = f"{100 * float(gate.origin['error']):.1f} %"
    return [
        f"{descriptor}: {gate.compared} gate {gate.value:.4g}; above it lie {error} of {len(pairs.same)} pairs of one "
        f"person, below it as many of {len(pairs.different)} pairs of different people",
        said(metric),
        f"wrote {stored} and {picture}",
        f"use it: flatsort track SOURCE --descriptor {use} --output DIR",
    ]


def said(metric: Metric | None) -> str:
    """The metric in one line."""
    if metric is None:
        return "metric: the descriptor's own, as held-out tracklets do not gain by another, or are too few"
    errors = (
        f"{100 * metric.error:.1f} % of held-out queries are nearer to somebody else, {100 * metric.error_without:.1f}"
    )
    return f"metric: whitened within tracklets with shrinkage {metric.shrinkage:g}; {errors} % without it"


def _target(descriptor: str, output: Path | None, sources: int) -> Path:
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
