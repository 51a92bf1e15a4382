"""Train DeepSORT's network on the labelled people of the user's sequences: the supervised comparison."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np

from flatsort.data.crops.crop_folder import is_labelled_folder, is_tracklet_folder
from flatsort.data.crops.identified_crops import joined, load_identified
from flatsort.data.crops.labelled_crops import load, open_labelled
from flatsort.data.errors import InputError
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.train_embedding.loop.deepsort import DeepSortSettings, train_deepsort
from flatsort.train_embedding.loop.interrupt import Interrupt
from flatsort.train_embedding.loop.loop import check_output
from flatsort.train_embedding.people.model_card import Training
from flatsort.train_embedding.people.request import Bars, People, check_sources, named
from flatsort.train_embedding.presets.changes import changed


def deepsort_settings(changes: tuple[str, ...]) -> DeepSortSettings:
    """The settings with `field=value` changes applied. Raises InputError that names the field."""
    return changed(DeepSortSettings(), changes, "deepsort")


def crop_folders(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the sources that are folders of crops."""
    return tuple(source for source in sources if is_tracklet_folder(source) or is_labelled_folder(source))


def train_supervised(request: People, bars: Bars) -> Training:
    """Check the sources, cut labelled crops and train. An interrupt ends the training after its step, saved.

    Raises InputError where a source has no ground truth, or the gate could not be calibrated on the sequences'
    detections, before anything is trained, and as `train_deepsort`.
    """
    settings = deepsort_settings(request.changes)
    folders = crop_folders(request.sources)
    sequences = tuple(source for source in request.sources if source not in folders)
    if not sequences:
        cure = "name a sequence with ground truth and detections beside it"
        raise InputError(", ".join(folders), None, "holds crops alone, on which no gate can be calibrated", cure)
    for source in sequences:
        open_labelled(source)
    check_sources(replace(request, sources=sequences), fewest=1)
    check_output(request.output, resume=request.resume)
    with bars() as watch:
        parts = [load_identified(one, request.identities, watch=named(watch, "crops of")) for one in folders]
        data = joined([*parts, load(sequences, watch=named(watch, "crops of"))])
        del parts  # half a gigabyte for 12,000 crops
    with Interrupt() as stop:
        result = train_deepsort(
            settings,
            data,
            request.output,
            minutes=request.minutes,
            seed=request.seed,
            resume=request.resume,
            quiet=request.quiet,
            stop=stop,
        )
    about = read_checkpoint(result.model).metadata["training"]
    steps, area = f"{result.step} ({result.reason})", _figure(result.held_out["validation_auc"])
    measured = {
        "steps": steps,
        "identities in training, held out": f"{about['training_identities']}, {about['held_out_identities']}",
        "Rank-1 on held-out identities": _figure(result.held_out["validation_rank_1"]),
        "area under the ROC curve on held-out identities": area,
    }
    return Training(
        result,
        f"{result.step} steps ({result.reason}), area under the ROC curve on held-out identities {area}",
        crops=len(data.crops),
        frames=len(np.unique(np.stack([data.sequences, data.frames], axis=1), axis=0)),
        settings=asdict(settings),
        measured=measured,
    )


def _figure(value: float | None) -> str:
    return "too few frames to tell" if value is None else f"{value:.3f}"
