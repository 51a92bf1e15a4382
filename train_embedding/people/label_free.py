"""The encoder of people, trained on tracklets of folders and of sequences: without labels, or with a table of them."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.tracklet_identities import tracklet_identities
from flatsort.data.crops.tracklet_sources import load_tracklets
from flatsort.embedding import load_descriptor
from flatsort.embedding.calibration import GatePairs, calibrate, refuse_few_pairs
from flatsort.train_embedding.loop.interrupt import Interrupt
from flatsort.train_embedding.loop.loop import check_output, run
from flatsort.train_embedding.loop.people import PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.people.labelled_run import LabelledPeopleRun
from flatsort.train_embedding.people.model_card import Training
from flatsort.train_embedding.people.request import Bars, People, named
from flatsort.train_embedding.people.tracklet_gate import tracklet_pairs
from flatsort.train_embedding.presets.changes import changed


def train_label_free(request: People, bars: Bars) -> Training:
    """Read or mine the tracklets and train. An interrupt ends the training after its step, saved.

    With `request.identities` the run is supervised (`LabelledPeopleRun`). The gate is that of the equal error over the
    tracklets. Raises InputError where a source gives none, and as `tracklet_identities` and `loop.run`.
    """
    settings = changed(PeopleSettings(), request.changes, "people")
    check_output(request.output, resume=request.resume)
    with bars() as watch:
        data = load_tracklets(request.sources, watch=named(watch, "tracklets of"))
    if request.identities is None:
        task = PeopleRun(settings, data, request.seed)
    else:
        who = tracklet_identities(request.sources, data, request.identities)
        task = LabelledPeopleRun(settings, data, who, request.seed)
    counted = pairs_of(task, np.zeros((len(data.crops), 1), np.float32))
    refuse_few_pairs(", ".join(data.names), len(counted.same), len(counted.different))  # before hours of training
    with Interrupt() as stop:
        result = run(
            task,
            request.output,
            minutes=request.minutes,
            resume=request.resume,
            quiet=request.quiet,
            stop=stop,
        )
    steps = f"{result.step} ({result.reason})"
    gate = None
    if not result.interrupted:
        descriptor = load_descriptor(str(result.model), gate=math.inf)
        assert descriptor is not None
        gate = calibrate(pairs_of(task, task.vectors()), descriptor, list(data.names), request.seed)
    return Training(
        result,
        f"{steps}, {task.pairing.count} pairs of tracklets across views",
        crops=len(data.crops),
        frames=len(data),
        settings={name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()},
        measured={"steps": steps, "pairs of tracklets across views in the end": str(task.pairing.count)},
        gate=gate,
    )


def pairs_of(task: PeopleRun, vectors: NDArray[np.float32]) -> GatePairs:
    """The pairs that its gate comes from, measured between vectors (n, d) of its crops."""
    return tracklet_pairs(vectors, task.data.tracklets, task.different.numpy(), task.seed)
