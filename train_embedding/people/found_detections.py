"""The detections to train on, found by a detector where none were given, and kept beside the run."""

from __future__ import annotations

import json
import os
from dataclasses import replace

from flatsort.data.detection.sources import DEFAULT_DETECTOR, find_first, has_detections
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.detections import write_detections
from flatsort.data.files.json_file import read_json
from flatsort.train_embedding.loop.loop import check_output, refuse_run
from flatsort.train_embedding.people.autoencoder import settings_of
from flatsort.train_embedding.people.request import OWN_NETWORKS, Bars, People, named

DETECTIONS_FILE = "detections.txt"
DETECTOR_FILE = "detector.json"  # what found them


def with_detections(request: People, bars: Bars) -> People:
    """The request with the detections that its detector finds, in `request.output`; as it is where it needs none.

    A single source that comes without detections is looked through by DEFAULT_DETECTOR, with a `Remark` that says so.
    With `resume` nothing is looked for: the run goes on with what was found for it.

    Raises InputError where `resume` asks for another detector, for a run of several processes, and as `find_first`;
    before anything is looked for, where the output holds another run or a setting is wrong.
    """
    if request.detector is None and not _is_bare(request):
        return request
    detector = request.detector or DEFAULT_DETECTOR
    if settings_of(request)[1].compute.devices > 1 or "LOCAL_WORLD_SIZE" in os.environ:
        cure = "find them once with `flatsort detect`, and name the file in --detections"
        raise InputError("--detector", None, "would look in each of several processes", cure)
    refuse_run(request.output, resume=request.resume)
    (source,) = request.sources
    file, about = request.output / DETECTIONS_FILE, request.output / DETECTOR_FILE
    if request.resume:
        _refuse_another(request, detector)
    else:
        with bars() as watch:
            found = find_first(source, request.detector, watch=named(watch, "find people in"))
        check_output(request.output, resume=False)
        write_detections(file, found)
        with atomic_path(about) as temporary:
            text = json.dumps({"detector": detector, "source": source}, indent=1)
            temporary.write_text(text + "\n", encoding="utf-8")
    return replace(request, detections=file, detector=None, found_by=detector)


def _is_bare(request: People) -> bool:
    """Whether it names one source, without detections, for a method that learns from some."""
    one = len(request.sources) == 1 and request.method not in OWN_NETWORKS
    return one and not has_detections(request.sources[0], request.detections)


def _refuse_another(request: People, detector: str) -> None:
    about = request.output / DETECTOR_FILE
    if not about.is_file():
        cure = "name what its first part was trained on, or choose another --output"
        raise InputError(request.output, None, "holds no detections that a detector found for its run", cure)
    before = read_json(about, "choose another --output").get("detector")
    if before != detector:
        problem = f"was trained on what {before} found, not {detector}"
        raise InputError(request.output, None, problem, f"resume with --detector {before}, or choose another --output")
