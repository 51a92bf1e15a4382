"""The encoder of people, trained without labels on tracklets of folders and of sequences."""

from __future__ import annotations

import math
from dataclasses import asdict

from flatsort.data.crops.tracklet_sources import load_tracklets
from flatsort.embedding import load_descriptor
from flatsort.embedding.calibration import calibrate
from flatsort.train_embedding.loop.interrupt import Interrupt
from flatsort.train_embedding.loop.loop import check_output, run
from flatsort.train_embedding.loop.people import PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.people.model_card import Training
from flatsort.train_embedding.people.request import Bars, People, named
from flatsort.train_embedding.people.tracklet_gate import tracklet_pairs
from flatsort.train_embedding.presets.changes import changed


def train_label_free(request: People, bars: Bars) -> Training:
    """Read or mine the tracklets and train. An interrupt ends the training after its step, saved.

    The gate is that of the equal error over the tracklets. Raises InputError where a source gives none, and as
    `loop.run`.
    """
    settings = changed(PeopleSettings(), request.changes, "people")
    check_output(request.output, resume=request.resume)
    with bars() as watch:
        data = load_tracklets(request.sources, watch=named(watch, "tracklets of"))
    task = PeopleRun(settings, data, request.seed)
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
        pairs = tracklet_pairs(task.vectors(), data.tracklets, task.different.numpy(), request.seed)
        gate = calibrate(pairs, descriptor, list(data.names), request.seed)
    return Training(
        result,
        f"{steps}, {task.pairing.count} pairs of tracklets across views",
        crops=len(data.crops),
        frames=len(data),
        settings={name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()},
        measured={"steps": steps, "pairs of tracklets across views in the end": str(task.pairing.count)},
        gate=gate,
    )
