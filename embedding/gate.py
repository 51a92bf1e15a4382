"""A calibrated gate in a file: the distance above which two descriptors are different people."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from flatsort.data import InputError
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.json_file import read_json
from flatsort.embedding.descriptor import DISTANCES, Distance
from flatsort.embedding.metric import Metric, metric_values, read_metric

SUFFIX = ".gate.json"
_CURE = "write it with `flatsort calibrate`"


@dataclass(frozen=True)
class Gate:
    """The gate of one descriptor for one distance, with how it came about (`origin`: plain JSON values).

    metric: where vectors are taken before they are compared, None for nowhere. There the distance is Euclidean, and
    `distance` is the one that the descriptor has without it.
    """

    distance: Distance
    value: float
    origin: dict[str, Any] = field(default_factory=dict)
    metric: Metric | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.distance not in DISTANCES:
            raise ValueError(f"distance is {self.distance!r}, expected one of {DISTANCES}")
        if math.isnan(self.value) or self.value <= 0:
            raise ValueError(f"value is {self.value}, expected a positive number")

    @property
    def compared(self) -> Distance:
        """The distance that the value is of."""
        return self.distance if self.metric is None else "euclidean"


def read_gate(path: str | PathLike[str]) -> Gate:
    """Read a gate file. Raises InputError where it is missing, no JSON, or lacks `distance` or `gate`."""
    content = read_json(path, _CURE)
    if not isinstance(content.get("gate"), int | float) or isinstance(content["gate"], bool):
        raise InputError(path, None, "has no number `gate`", _CURE)
    try:
        metric = read_metric(content.pop("metric", None))
        return Gate(content.pop("distance", None), float(content.pop("gate")), content, metric)
    except ValueError as error:
        raise InputError(path, None, str(error), _CURE) from None


def write_gate(path: str | PathLike[str], gate: Gate) -> None:
    """Write a gate file, as `read_gate` reads it. Raises InputError where it cannot be written."""
    content = {"distance": gate.distance, "gate": gate.value, **gate.origin}
    if gate.metric is not None:
        content["metric"] = metric_values(gate.metric)
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def write_gate_beside(path: Path, gate: Gate) -> Path:
    """Store the gate beside a descriptor's file, where it is found when the file is loaded; returns its path."""
    sidecar = path.with_name(path.name + SUFFIX)
    write_gate(sidecar, gate)
    return sidecar


def gate_beside(path: Path) -> Gate | None:
    """The gate stored beside a descriptor's file (`FILE.gate.json`), None where there is none."""
    sidecar = path.with_name(path.name + SUFFIX)
    return read_gate(sidecar) if sidecar.is_file() else None
