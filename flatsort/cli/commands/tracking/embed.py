"""`flatsort embed`: the descriptors of all detections into files, to be tracked with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Classes, Detections, Detector, NamedAfterSources, Sources, resolve
from flatsort.data import InputError
from flatsort.data.detection.sources import open_detected
from flatsort.data.sequences.inputs import refuse_input
from flatsort.embedding import load_descriptor
from flatsort.embedding.registry import descriptor_file
from flatsort.embedding.store import store_descriptors


def command(
    sources: Sources,
    descriptor: Annotated[str, typer.Option(help="hsv, pca, onnx:FILE, a packaged name, ...")],
    output: Annotated[
        Path, typer.Option(help="FILE.npy for one source; otherwise a folder, for one <sequence name>.npy each.")
    ],
    detections: Detections = None,
    detector: Detector = None,
    classes: Classes = None,
    quiet: Quiet = False,
) -> None:
    """Store the descriptors of all detections once; track them later with --descriptor npy:FILE or npy:FOLDER."""
    one_file = output if output.suffix == ".npy" else None
    files = NamedAfterSources()
    found = resolve(sources, output=one_file, detections=detections)
    with display(quiet) as shown:
        for source in found:
            sequence = open_detected(source, detections, detector, classes, shown.watch)
            loaded = load_descriptor(descriptor, sequence=sequence)
            if loaded is None:
                raise InputError("--descriptor", None, "none has nothing to store", "name a descriptor")
            path = files.claim(one_file or output / f"{sequence.name}.npy", source)
            refuse_input(path, source, [detections, descriptor_file(descriptor)])
            bar = shown.watch(sequence.name, sequence.length)
            rows, columns = store_descriptors(sequence, loaded, path, bar)
            shown.say(f"{path}: {rows} detections, {columns - 10} dimensions")
