"""Train an encoder of the VAE family on the people of the user's sequences."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from flatsort.data.files.formats.named import FormattedFile
from flatsort.embedding.crop_input import parse_crop_input
from flatsort.embedding.networks.vae import Model, load_model
from flatsort.train_embedding.batches.datasets import DataSet, load_data
from flatsort.train_embedding.loop.autoencoder import train
from flatsort.train_embedding.loop.held_out import held_out_flatness, held_out_of_z
from flatsort.train_embedding.loop.interrupt import interruptible
from flatsort.train_embedding.loop.loop import check_output
from flatsort.train_embedding.people.model_card import Training
from flatsort.train_embedding.people.request import ARCHITECTURES, Bars, People, check_sources, named
from flatsort.train_embedding.people.samples_picture import save_samples
from flatsort.train_embedding.presets.settings import Settings, load_settings, settings_table

# Batches of crops that there must be, training and held-out ones together: of fewer, every epoch sees the same few.
_BATCHES = 4
SAMPLES_FILE = "samples.png"


class CropData(DataSet):
    """What is read here of a data set of crops."""

    descriptor: dict[str, Any]
    origin: dict[str, NDArray[np.int64]]


def settings_of(request: People) -> tuple[str, Settings]:
    """The preset, and its settings with the user's changes, the sources and the detections."""
    preset = f"{request.architecture or ARCHITECTURES[0]}/{request.method}"
    settings = load_settings(preset, request.changes)
    detections = "" if request.detections is None else str(request.detections)
    format = request.detections.format if isinstance(request.detections, FormattedFile) else ""
    data = replace(settings.data, sources=request.sources, detections=detections, detections_format=format)
    return preset, replace(settings, data=data)


def train_autoencoder(request: People, bars: Bars) -> Training:
    """Check the sources, cut crops and train. An interrupt ends the training after its step, with its state saved.

    Raises InputError where the sources cannot make a descriptor, before anything is trained, and as `train`.
    """
    preset, settings = settings_of(request)
    fewest = _BATCHES * settings.training.batch
    check_sources(request, fewest)
    check_output(request.output, resume=request.resume)
    with bars() as watch:
        dataset = cast(CropData, load_data(settings.data, fewest=fewest, watch=named(watch, "crops of")))
    with interruptible(settings.compute) as stop:
        result = train(
            settings,
            request.output,
            seed=request.seed,
            minutes=request.minutes,
            resume=request.resume,
            quiet=request.quiet,
            preset=preset,
            dataset=dataset,
            stop=stop,
        )
    steps, error = f"{result.step} ({result.reason})", f"{result.held_out['validation_error']:.5f}"
    measured = {"steps": steps, "held-out squared error, averaged per value": error}
    model = None if result.interrupted or result.rank else load_model(result.model)
    if model is not None:
        flatness = held_out_flatness(model, dataset.test, settings.objective.alpha0)
        measured["N·RDM − 1 on mixed points of held-out crops"] = f"{flatness:.3g}"
    if model is not None and model.nuisance is not None:
        measured["the same drawn from z alone"] = f"{held_out_of_z(model, dataset.test):.5f}"
    origin = np.concatenate(list(dataset.origin.values()))
    return Training(
        result,
        f"{result.step} steps ({result.reason}), held-out squared error {error}",
        crops=len(origin),
        frames=len(np.unique(origin[:, :2], axis=0)),
        settings=settings_table(settings),
        measured=measured,
        picture=None if model is None else lambda folder: _picture(folder, model, dataset),
    )


def _picture(folder: Path, model: Model, dataset: CropData) -> str:
    save_samples(folder / SAMPLES_FILE, model, dataset.test, parse_crop_input(dataset.descriptor, None))
    return SAMPLES_FILE
