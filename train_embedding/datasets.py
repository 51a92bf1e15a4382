"""The data set that a preset names."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.errors import InputError
from train_embedding.settings import DataConfig, nearest

# The module of `data` that loads each data set.
MODULES = {
    "pendulum": "data.pendulum",
    "motion": "data.motion",
    "mnist": "data.mnist",
    "person-crops": "data.person_crops",
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


def load_data(config: DataConfig) -> DataSet:
    """Load the named data set. Raises InputError where there is none of this name or its files are not usable."""
    if config.name not in MODULES:
        cure = f"did you mean {nearest(config.name, MODULES)}?"
        raise InputError("data.name", None, f"no data set {config.name!r}", cure)
    load: Any = importlib.import_module(MODULES[config.name]).load
    if config.name == "person-crops":
        if not config.sources:
            raise InputError("data.sources", None, "is empty", "name the sequences to cut crops from")
        dataset: DataSet = load(config.sources)
        return dataset
    if config.sources:
        raise InputError("data.sources", None, f"{config.name} has no sources", "remove it")
    dataset = load()
    return dataset
