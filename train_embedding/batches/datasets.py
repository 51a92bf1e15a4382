"""The data set that a preset names."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.formats.named import FormattedFile
from flatsort.data.progress import Watch, unwatched
from flatsort.train_embedding.presets.changes import nearest
from flatsort.train_embedding.presets.settings import DataConfig

# The module of `data` that loads each data set.
MODULES = {
    "pendulum": "flatsort.data.experiments.pendulum",
    "motion": "flatsort.data.experiments.motion",
    "mnist": "flatsort.data.experiments.mnist",
    "person-crops": "flatsort.data.crops.person_crops",
    "tracklet-crops": "flatsort.data.crops.tracklet_crops",
}


class DataSet(Protocol):
    """Splits of samples, each (n, ...) float32."""

    @property
    def name(self) -> str: ...
    @property
    def train(self) -> NDArray[np.float32]: ...
    @property
    def validation(self) -> NDArray[np.float32]: ...
    @property
    def test(self) -> NDArray[np.float32]: ...


def load_data(config: DataConfig, *, fewest: int = 1, watch: Watch = unwatched) -> DataSet:
    """Load the named data set.

    fewest: how many crops a data set of crops must have.
    watch: sees its frames pass by.
    Raises InputError where there is none of this name or its files are not usable.
    """
    if config.name not in MODULES:
        cure = f"did you mean {nearest(config.name, MODULES)}?"
        raise InputError("data.name", None, f"no data set {config.name!r}", cure)
    load: Any = importlib.import_module(MODULES[config.name]).load
    if config.name in ("person-crops", "tracklet-crops"):
        if not config.sources:
            raise InputError("data.sources", None, "is empty", "name the sequences to cut crops from")
        detections: str | FormattedFile | None = config.detections or None
        if detections is not None and config.detections_format:
            detections = FormattedFile(Path(detections), config.detections_format)
        dataset: DataSet = load(config.sources, detections=detections, fewest=fewest, watch=watch)
        return dataset
    for field in ("sources", "detections", "detections_format"):
        if getattr(config, field):
            raise InputError(f"data.{field}", None, f"{config.name} has no {field}", "remove it")
    dataset = load()
    return dataset
