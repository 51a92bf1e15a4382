"""`flatsort detect`: what a detector finds, into a file of detections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Classes, NamedAfterSources, Sources, resolve
from flatsort.data.detection.detected import find_all
from flatsort.data.detection.sources import DEFAULT_DETECTOR, detected
from flatsort.data.files.detections import write_detections


def command(
    sources: Sources,
    output: Annotated[
        Path, typer.Option(help="FILE.txt for one source; otherwise a folder, for one <sequence name>.txt each.")
    ],
    detector: Annotated[str, typer.Option(help="motion, FILE.onnx, torchvision:NAME or FILE.py.")] = DEFAULT_DETECTOR,
    classes: Classes = None,
    quiet: Quiet = False,
) -> None:
    """Find people in videos and images once; track them later with --detections FILE."""
    one_file = output if output.suffix == ".txt" else None
    files = NamedAfterSources()
    found = resolve(sources, output=one_file)
    with display(quiet) as shown:
        for source in found:
            sequence = detected(source, detector, classes)
            path = files.claim(one_file or output / f"{sequence.name}.txt", source)
            table = find_all(shown.watch(sequence.name, sequence.length)(sequence), sequence.class_names)
            write_detections(path, table)
            shown.say(f"wrote {path} ({len(table)} detections)")
