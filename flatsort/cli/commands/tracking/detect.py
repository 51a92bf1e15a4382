"""`flatsort detect`: what a detector finds, into a file of detections."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.many import Ray, Workers, each, place_of, refuse_live, run_jobs
from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import Classes, NamedAfterSources, Sources, one_file, resolve
from flatsort.data.detection.detected import find_all
from flatsort.data.detection.sources import DEFAULT_DETECTOR, detected
from flatsort.data.files.detections import write_detections
from flatsort.data.progress import Shown
from flatsort.data.sequences.naming import sequence_name
from flatsort.tracker.running.many.inputs import check_files, files_of
from flatsort.tracker.running.many.job import Job


def command(
    sources: Sources,
    output: Annotated[
        Path, typer.Option(help="FILE.txt for one source; otherwise a folder, for one <sequence name>.txt each.")
    ],
    detector: Annotated[str, typer.Option(help="motion, FILE.onnx, torchvision:NAME or FILE.py.")] = DEFAULT_DETECTOR,
    classes: Classes = None,
    workers: Workers = None,
    ray: Ray = None,
    quiet: Quiet = False,
) -> None:
    """Find people in videos and images once; track them later with --detections FILE."""
    file = one_file(output, ".txt")
    place = place_of(workers, ray)
    files = NamedAfterSources()
    check_files(detector=detector)
    found = resolve(sources, output=file)

    def job(source: str) -> Job:
        refuse_live(source, place)
        name = sequence_name(source)
        path = files.claim(file or output / f"{name}.txt", source)
        inputs = files_of(source, name, detector=detector)
        decided = {"detector": detector, "classes": classes}
        return Job(name, partial(find, source, path, detector, classes), (path,), inputs, decided)

    with display(quiet) as shown:
        jobs, left_out = each(found, job, shown)
        run_jobs(jobs, shown, place, output.parent if file else output, left_out)


def find(source: str, path: Path, detector: str, classes: str | None, shown: Shown) -> None:
    """Write what a detector finds in one source. Raises InputError as `detected`."""
    sequence = detected(source, detector, classes)
    table = find_all(shown.watch(sequence.name, sequence.length)(sequence), sequence.class_names)
    write_detections(path, table)
    shown.say(f"wrote {path} ({len(table)} detections)")
