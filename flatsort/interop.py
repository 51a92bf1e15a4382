"""Detections of other libraries: tracked as they are, and given back with ids. None of the libraries is needed here."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.data.boxtable import Detections
from flatsort.tracker.supervision import carried, is_carrier
from flatsort.tracker.tracker import Tracker

Found = TypeVar("Found")
_KNOWN = "give supervision.Detections, ultralytics' Results of one image, or torchvision's dictionary of one image"


def update(
    tracker: Tracker, found: Found, embeddings: ArrayLike | None = None, *, motion: ArrayLike | None = None
) -> Found:
    """Track what a detector of another library found in the next frame; a copy of it comes back, with ids.

    found: `supervision.Detections`, `Results` of ultralytics, or torchvision's dictionary with `boxes`, `labels` and
        `scores`, of one image; tensors on any device, or arrays. It is not changed.
    embeddings, motion: as of `Tracker.update`.

    Returns all rows in their order. The id of each, -1 where it belongs to no confirmed track, is in `tracker_id`, in
    `boxes.id`, or under `ids`.
    Raises TypeError for anything else, ValueError as `Tracker.update`.

    >>> found = {"boxes": np.array([[10, 10, 50, 90]]), "labels": np.array([1]), "scores": np.array([0.9])}
    >>> update(Tracker(), found)["ids"]
    array([1])
    """
    given: Any = found
    if is_carrier(given):
        return tracker.update(given, embeddings=embeddings, motion=motion)
    detections = detections_of(found)
    own = (detections.boxes, detections.scores)
    ids = tracker.update(*own, embeddings, detections.classes, motion=motion).detection_ids
    if isinstance(given, Mapping):
        back: Any = copy.copy(given)
        back["ids"] = _like(given["labels"], ids)
        return back
    return _ultralytics_with_ids(given, ids)


def detections_of(found: object) -> Detections:
    """The boxes, scores and classes as arrays, such as a descriptor takes them; found: as of `update`.

    Raises TypeError for anything else.
    """
    given: Any = found
    if is_carrier(given):
        return _detections(*carried(given))
    if isinstance(given, Mapping):
        missing = [name for name in ("boxes", "labels", "scores") if name not in given]
        if missing:
            raise TypeError(f"the dictionary has no {missing[0]!r}; {_KNOWN}")
        return _detections(given["boxes"], given["scores"], given["labels"])
    held: Any = getattr(given, "boxes", None)
    if all(hasattr(held, name) for name in ("xyxy", "conf", "cls", "data", "orig_shape")):
        return _detections(held.xyxy, held.conf, held.cls)
    if getattr(given, "obb", None) is not None:
        raise TypeError("the results hold oriented boxes, which are not tracked; detect upright ones")
    raise TypeError(f"found is {type(found).__name__}; {_KNOWN}")


def _detections(boxes: Any, scores: Any, classes: Any) -> Detections:
    numbers = None if classes is None else _array(classes).astype(np.int64)
    return Detections(_array(boxes).reshape(-1, 4), _array(scores), numbers)


def _array(values: Any) -> NDArray[np.float64]:
    """A tensor, on whatever device and with or without a gradient, or an array, as float64."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().double()
    return np.asarray(values, np.float64)


def _like(kind: Any, values: NDArray[np.int64]) -> Any:
    """The values as a tensor of the kind, type and device of another, or as an array where that is one."""
    return kind.new_tensor(values.tolist()) if hasattr(kind, "new_tensor") else values


def _ultralytics_with_ids(results: Any, ids: NDArray[np.int64]) -> Any:
    """A copy of `Results` whose `Boxes` have the seven columns of tracked ones: box, id, confidence, class."""
    boxes = results.boxes
    data = boxes.data
    if hasattr(data, "new_zeros"):
        data = data.float()  # ids above 2048 are none in half precision
        rows = data.new_zeros((len(ids), 7))
    else:
        rows = np.zeros((len(ids), 7), np.result_type(data.dtype, np.float32))
    rows[:, :4], rows[:, 4], rows[:, 5:] = data[:, :4], _like(data, ids), data[:, -2:]
    back = copy.copy(results)
    back.boxes = type(boxes)(rows, boxes.orig_shape)
    return back
