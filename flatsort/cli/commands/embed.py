"""`flatsort embed`: the descriptors of all detections into files, to be tracked with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Detections, NamedAfterSources, Sources, resolve
from flatsort.data import InputError, open_sequence
from flatsort.embedding import load_descriptor
from flatsort.embedding.store import store_descriptors
from flatsort.tracker.running.settings import check_detections


def command(
    sources: Sources,
    descriptor: Annotated[str, typer.Option(help="hsv, pca, onnx:FILE, a packaged name, ...")],
    output: Annotated[
        Path, typer.Option(help="FILE.npy for one source; otherwise a folder, for one <sequence name>.npy each.")
    ],
    detections: Detections = None,
    quiet: Quiet = False,
) -> None:
    """Store the descriptors of all detections once; track them later with --descriptor npy:FILE or npy:FOLDER."""
    one_file = output if output.suffix == ".npy" else None
    files = NamedAfterSources()
    found = resolve(sources, output=one_file, detections=detections)
    with display(quiet) as shown:
        for source in found:
            check_detections(source, detections)
            sequence = open_sequence(source, detections=detections)
            loaded = load_descriptor(descriptor, sequence=sequence)
            if loaded is None:
                raise InputError("--descriptor", None, "none has nothing to store", "name a descriptor")
            path = files.claim(one_file or output / f"{sequence.name}.npy", source)
            bar = shown.watch(sequence.name, sequence.length)
            rows, columns = store_descriptors(sequence, loaded, path, bar)
            shown.say(f"{path}: {rows} detections, {columns - 10} dimensions")
