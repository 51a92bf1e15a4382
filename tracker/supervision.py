"""`supervision.Detections`, told by their attributes: taken as they are, and given back with ids."""

from __future__ import annotations

import copy
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.boxes import Integers


class Carrier(Protocol):
    """What carries boxes as `supervision.Detections` does.

    xyxy: (n, 4), pixels. confidence: (n,), None for 1 everywhere. tracker_id: (n,), where it was tracked before.
    class_id: (n,), None where it has no classes.
    """

    @property
    def xyxy(self) -> NDArray[Any]: ...
    @property
    def confidence(self) -> NDArray[Any] | None: ...
    @property
    def tracker_id(self) -> NDArray[Any] | None: ...


AnyCarrier = TypeVar("AnyCarrier", bound=Carrier)


def is_carrier(found: object) -> bool:
    """Whether an object has the attributes of `Carrier`."""
    return all(hasattr(found, name) for name in ("xyxy", "confidence", "tracker_id"))


def carried(found: Carrier) -> tuple[ArrayLike, ArrayLike, ArrayLike | None]:
    """The boxes (n, 4), scores (n,) and classes (n,) or None that an object carries."""
    boxes, scores = found.xyxy, found.confidence
    return boxes, np.ones(len(boxes)) if scores is None else scores, getattr(found, "class_id", None)


def with_ids(found: AnyCarrier, detection_ids: Integers) -> AnyCarrier:
    """A copy with the id of each row as `tracker_id`, -1 where it belongs to no confirmed track."""
    given: Any = copy.copy(found)
    given.tracker_id = detection_ids
    return given
