"""`flatsort embed`: the descriptors of all detections into files, to be tracked with."""

from __future__ import annotations

from functools import partial
from os import PathLike
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.many import Ray, Workers, each, place_of, refuse_live, run_jobs
from flatsort.cli.progress import Quiet, display
from flatsort.cli.sources import (
    Classes,
    Detections,
    DetectionsFormat,
    Detector,
    NamedAfterSources,
    Sources,
    formatted,
    one_file,
    resolve,
)
from flatsort.data import InputError
from flatsort.data.detection.sources import open_detected
from flatsort.data.progress import Shown
from flatsort.data.sequences.inputs import refuse_input
from flatsort.data.sequences.naming import sequence_name
from flatsort.embedding import load_descriptor
from flatsort.embedding.registry import descriptor_file
from flatsort.embedding.store import store_descriptors
from flatsort.tracker.running.camera import CameraRecorder, camera_beside
from flatsort.tracker.running.many.inputs import check_files, files_of
from flatsort.tracker.running.many.job import Job


def command(
    sources: Sources,
    descriptor: Annotated[str, typer.Option(help="hsv, pca, onnx:FILE, a packaged name, ...")],
    output: Annotated[
        Path, typer.Option(help="FILE.npy for one source; otherwise a folder, for one <sequence name>.npy each.")
    ],
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    detector: Detector = None,
    classes: Classes = None,
    workers: Workers = None,
    ray: Ray = None,
    quiet: Quiet = False,
) -> None:
    """Store the descriptors of all detections once; track them later with --descriptor npy:FILE or npy:FOLDER."""
    file = one_file(output, ".npy")
    boxes_of = formatted(detections, detections_format)
    place = place_of(workers, ray)
    files = NamedAfterSources()
    check_files(descriptor, detector)
    found = resolve(sources, output=file, detections=detections)

    def job(source: str) -> Job:
        refuse_live(source, place)
        name = sequence_name(source)
        path = files.claim(file or output / f"{name}.npy", source)
        inputs = files_of(source, name, boxes_of, descriptor=descriptor, detector=detector)
        work = partial(store, source, path, descriptor, boxes_of, detector, classes)
        decided = {"descriptor": descriptor, "detector": detector, "classes": classes, "format": detections_format}
        return Job(name, work, (path, camera_beside(path)), inputs, decided)

    with display(quiet) as shown:
        jobs, left_out = each(found, job, shown)
        run_jobs(jobs, shown, place, output.parent if file else output, left_out)


def store(
    source: str,
    path: Path,
    descriptor: str,
    detections: str | PathLike[str] | None,
    detector: str | None,
    classes: str | None,
    shown: Shown,
) -> None:
    """Store the descriptors of one source. Raises InputError as `open_detected` and `store_descriptors`."""
    sequence = open_detected(source, detections, detector, classes, shown.watch)
    loaded = load_descriptor(descriptor, sequence=sequence)
    if loaded is None:
        raise InputError("--descriptor", None, "none has nothing to store", "name a descriptor")
    refuse_input(path, source, [detections, descriptor_file(descriptor)])
    camera = CameraRecorder(shown.watch(sequence.name, sequence.length))
    rows, columns = store_descriptors(sequence, loaded, path, camera.watch)
    camera.write(camera_beside(path))
    shown.say(f"{path}: {rows} detections, {columns - 10} dimensions")
