"""Detections that are legal and probably not meant, remarked before and after a run."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from flatsort.data.classes import listed
from flatsort.data.errors import remark

if TYPE_CHECKING:
    from flatsort.data import BoxTable, Sequence

# MOT16's own detections reach out of the picture in up to a tenth of the boxes.
_MANY_OUTSIDE = 0.25
_MANY_CORNERS = 0.9
# Coordinates as fractions of the picture, and a little beyond it.
_FRACTION = 1.5
# Of the detections that pass the filters; in MOT16 a fifth belongs to no track that is confirmed.
_MANY_UNCONFIRMED = 0.9


def remark_detections(sequence: Sequence, min_confidence: float | None, min_height: float | None) -> None:
    """Remark what is odd about the detections of a sequence as a whole; nothing where it has none yet."""
    table = sequence.detections
    if not len(table):
        return
    source = str(sequence.source)
    _remark_filters(source, table, min_confidence, min_height)
    low, high = table.scores.min(), table.scores.max()
    if low < 0 or high > 1:
        remark(source, f"scores go from {low:.3g} to {high:.3g}, not from 0 to 1; --min-confidence counts in them")
    largest = table.boxes.max()
    if largest <= _FRACTION and table.boxes.min() >= -_FRACTION and len(table) > 1:
        remark(source, f"no box reaches beyond {largest:.3g} pixels; are these fractions of the picture?")
    elif sequence.size is not None:
        _remark_outside(source, table, sequence.size)
    steps = np.diff(np.unique(table.frames))
    if len(steps) > 1 and steps.min() == steps.max() > 1:
        remark(source, f"only every {_ordinal(int(steps[0]))} frame has detections; tracks of frames between end")


def remark_classes(sequence: Sequence, chosen: Collection[int] | None) -> None:
    """Remark which classes the detections of a sequence are taken to have, where there are several."""
    table = sequence.detections
    classes = table.classes if chosen is None else table.classes[np.isin(table.classes, list(chosen))]
    if len(np.unique(classes)) > 1:
        found = f"detections are of the classes {listed(classes, table.names)}, each matched by itself"
        remark(str(sequence.source), f"{found}; --classes chooses, --across-classes matches them all")


def remark_unconfirmed(sequence: Sequence, detections: int, unconfirmed: int) -> None:
    """Remark that most of the detections that the tracker saw belong to no track that was confirmed in that frame."""
    if unconfirmed > _MANY_UNCONFIRMED * detections:
        problem = f"{unconfirmed} of {detections} detections belong to no track that is confirmed"
        remark(str(sequence.source), f"{problem}; --n-init says after how many in a row one is")


def _remark_filters(source: str, table: BoxTable, min_confidence: float | None, min_height: float | None) -> None:
    if min_confidence is not None and not (table.scores >= min_confidence).any():
        found = f"scores {table.scores.min():.3g} to {table.scores.max():.3g}"
        remark(source, f"0 of {len(table)} detections pass --min-confidence {min_confidence:g} ({found})")
    heights = table.boxes[:, 3] - table.boxes[:, 1]
    if min_height is not None and not (heights >= min_height).any():
        found = f"heights {heights.min():.3g} to {heights.max():.3g}"
        remark(source, f"0 of {len(table)} detections pass --min-height {min_height:g} ({found})")


def _remark_outside(source: str, table: BoxTable, size: tuple[int, int]) -> None:
    sides = table.boxes[:, 2:] - table.boxes[:, :2]
    # A tenth of a box may be guessed where a person stands at the edge.
    outside = ((table.boxes[:, 2:] - size > 0.1 * sides) | (-table.boxes[:, :2] > 0.1 * sides)).any(axis=1)
    # Right and bottom, where width and height belong, are larger than left and top; people are seldom wider than that.
    corners = (sides > table.boxes[:, :2]).all(axis=1)
    beyond = ((table.boxes[:, :2] >= size) | (table.boxes[:, 2:] <= 0)).any(axis=1)
    if beyond.mean() > _MANY_OUTSIDE:
        problem = f"{beyond.mean():.0%} of the boxes lie outside of the {size[0]}x{size[1]} picture"
        remark(source, f"{problem}; are they of another video, or of it in another size?")
    elif outside.mean() > _MANY_OUTSIDE and corners.mean() > _MANY_CORNERS:
        picture = f"the {size[0]}x{size[1]} picture"
        remark(source, f"{outside.mean():.0%} of the boxes leave {picture}; are columns 3-6 left,top,width,height?")


def _ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")
