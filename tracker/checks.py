"""What the tracker accepts: wrong shapes, types or values are a ValueError that names the argument."""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.boxes import FARTHEST, Floats, Integers
from flatsort.tracker.nearest import Vectors

# Of an embedding: the sum of a million squares is within float32.
LONGEST_COORDINATE = 1e15
# Of frames, ids and settings: a clock of a thousand frames a second would run for a month.
LARGEST_COUNT = 1 << 31
# How the columns of an association are named in a saved state, and what none of their numbers exceeds.
COLUMN, _FARTHEST_COLUMN = "track_", 1e30
# What NumPy raises over a damaged `.npz` file that it opened.
_DAMAGED = (
    *(ValueError, TypeError, KeyError, SyntaxError, OSError, EOFError, RuntimeError, OverflowError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError),
)

Float = TypeVar("Float", np.float32, np.float64)


def checked_detections(boxes: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Boxes `(n, 4)` and scores `(n,)` as float64."""
    boxes = _numbers("boxes", boxes, np.float64)
    if boxes.size == 0:
        boxes = boxes.reshape(-1, 4) if boxes.shape in ((0,), (1, 0)) else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes has shape {boxes.shape}, expected (n, 4): left, top, right, bottom in pixels")
    _bounded("boxes", boxes, FARTHEST, "pixels")
    if (boxes[:, 2:] < boxes[:, :2]).any():
        row = int((boxes[:, 2:] < boxes[:, :2]).any(1).argmax())
        raise ValueError(f"boxes row {row} is {boxes[row].tolist()}, expected left <= right and top <= bottom")
    scores = _numbers("scores", scores, np.float64)
    if scores.shape != boxes.shape[:1]:
        raise ValueError(f"scores has shape {scores.shape}, expected ({len(boxes)},), one for each row of boxes")
    _all_finite("scores", scores)
    return boxes, scores


def checked_classes(classes: ArrayLike, count: int) -> Integers:
    """Classes `(count,)` as int64."""
    try:
        numbers = np.asarray(classes)
    except ValueError:
        raise ValueError("classes is ragged, expected an array of whole numbers") from None
    if numbers.size == 0 and count == 0:
        return np.empty(0, np.int64)
    if numbers.shape != (count,):
        raise ValueError(f"classes has shape {numbers.shape}, expected ({count},), one for each row of boxes")
    if numbers.dtype.kind not in "iuf" or not (numbers == np.floor(numbers)).all():
        raise ValueError(f"classes has dtype {numbers.dtype}, or fractions; expected whole numbers")
    if (np.abs(numbers.astype(np.float64)) >= LARGEST_COUNT).any():
        raise ValueError(f"classes has numbers beyond {LARGEST_COUNT}")
    return numbers.astype(np.int64)


def checked_embeddings(embeddings: ArrayLike, count: int) -> Vectors:
    """Embeddings `(count, d)` as float32."""
    vectors = _numbers("embeddings", embeddings, np.float32)
    if count == 0 and vectors.size == 0:
        return vectors.reshape(0, vectors.shape[1] if vectors.ndim == 2 else 0)
    if vectors.ndim != 2 or len(vectors) != count or not vectors.shape[1]:
        raise ValueError(f"embeddings has shape {vectors.shape}, expected ({count}, d), one row for each row of boxes")
    _bounded("embeddings", vectors, LONGEST_COORDINATE, "numbers whose squares float32 holds")
    return vectors


def checked_motion(motion: ArrayLike) -> Floats:
    """The camera's affine motion `(2, 3)` as float64."""
    matrix = _numbers("motion", motion, np.float64)
    if matrix.shape != (2, 3):
        raise ValueError(f"motion has shape {matrix.shape}, expected (2, 3): an affine map of pixels")
    _all_finite("motion", matrix)
    _within("motion", matrix, FARTHEST, "an affine map of pixels")
    return matrix


def checked_steps(steps: int) -> int:
    """Frames since the last update, at least 1."""
    if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or not 1 <= steps < LARGEST_COUNT:
        raise ValueError(f"steps is {steps!r}, expected a whole number from 1: frames since the last update")
    return int(steps)


def checked_state(state: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of a saved state: numbers that are finite, and one text, `config`.

    state: what a mapping holds, or an open `.npz` file, whose members may be damaged.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for name in state:
        try:
            value = state[name]
        except _DAMAGED as error:
            raise ValueError(f"state has an entry {name} that cannot be read ({error})") from None
        if not isinstance(value, np.ndarray | np.generic):
            raise ValueError(f"state has {name} of type {type(value).__name__}, expected an array")
        arrays[name], kind = np.asarray(value), value.dtype.kind
        if kind not in ("U" if name == "config" else "biuf"):
            raise ValueError(f"state has {name} of dtype {arrays[name].dtype}")
        if kind == "f" and not name.startswith(COLUMN) and not np.isfinite(arrays[name]).all():
            raise ValueError(f"state has {name} with numbers that are not finite")
    return arrays


def checked_count(name: str, value: NDArray[Any]) -> int:
    """A whole number from 0 on, from a saved state."""
    if value.shape != () or value.dtype.kind not in "iu" or not 0 <= int(value) < LARGEST_COUNT:
        raise ValueError(f"state has {name} {value!s:.40}, expected a whole number from 0")
    return int(value)


def check_columns(columns: Mapping[str, NDArray[Any]], unknown: Collection[str]) -> None:
    """Raise ValueError where an association's columns hold what is no number; `unknown` ones may hold NaN."""
    for name, values in columns.items():
        if not ((np.abs(values) <= _FARTHEST_COLUMN) | (np.isnan(values) & (name in unknown))).all():
            raise ValueError(
                f"state has {COLUMN}{name} with numbers that are not finite, or beyond {_FARTHEST_COLUMN:g}"
            )


def check_counts(counts: Integers, frame: int, last_id: int) -> None:
    """Raise ValueError where counts `(7, n)` of a track table cannot be those after so many frames and ids."""
    ids, age, hits, streak, misses, slots, detections = counts
    for name, least, values in (("id", 0, ids), ("streak", 0, streak), ("misses", 0, misses), ("hits", 1, hits)):
        if (values < least).any():
            raise ValueError(f"state has counts with the {name} {int(values.min())}, expected at least {least}")
    given = ids[ids > 0]
    if len(np.unique(given)) < len(given):
        raise ValueError("state has counts with an id twice")
    if given.max(initial=0) > last_id:
        raise ValueError(f"state has counts with the id {given.max()}, and last_id is {last_id}")
    if (age >= frame).any() or (misses > age).any() or (hits > age + 1).any() or (streak > hits).any():
        raise ValueError(f"state has counts with an age, hits, streak or misses that do not fit frame {frame}")
    if (slots < -1).any() or (detections < -1).any():
        raise ValueError("state has counts with a slot or a detection below -1")


def _numbers(name: str, values: ArrayLike, dtype: type[Float]) -> NDArray[Float]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} is ragged, expected an array of numbers") from None
    if array.dtype.kind not in "fiu" and array.size:
        raise ValueError(f"{name} has dtype {array.dtype}, expected numbers")
    return array.astype(dtype, copy=False)


def _all_finite(name: str, array: NDArray[Float]) -> None:
    # The sum is finite if every value is, but for an overflow, which the full test then clears.
    if not isfinite(float(array.sum())) and not np.isfinite(array).all():
        row = int((~np.isfinite(array.reshape(len(array), -1))).any(1).argmax())
        raise ValueError(f"{name} row {row} is {array[row].tolist()}, expected finite numbers")


def _bounded(name: str, array: NDArray[Float], limit: float, what: str) -> None:
    # No number exceeds the root of the sum of all squares, which takes one pass; only beyond it is each looked at.
    if not float(np.vdot(array, array)) <= limit * limit:
        _all_finite(name, array)
        _within(name, array, limit, what)


def _within(name: str, array: NDArray[Float], limit: float, what: str) -> None:
    if array.size and max(float(array.max()), -float(array.min())) > limit:
        row = int((np.abs(array.reshape(len(array), -1)) > limit).any(1).argmax())
        raise ValueError(f"{name} row {row} is {array[row].tolist()}, expected {what}, at most {limit:g} from zero")
