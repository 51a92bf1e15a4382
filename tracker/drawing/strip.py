"""A contact sheet: the crops of one identity over time, with the frames in which it was there."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import InputError
from flatsort.data.files.partial import partial_path
from flatsort.data.opencv import import_cv2
from flatsort.tracker.drawing.draw import colour_of
from flatsort.tracker.drawing.picture import FONT, INK, PAPER, Image, cut, write_picture

cv2 = import_cv2()

COLUMNS, ROWS = 10, 3
CELL_WIDTH, CELL_HEIGHT, CAPTION, GAP, MARGIN, HEADER, TIMELINE = 112, 224, 24, 10, 28, 64, 44
FADED = (214, 211, 207)
# Context around a box, as a fraction of its height: enough to see what the box leaves out.
CONTEXT = 0.06


def crop_of(image: Image, box: NDArray[np.float64]) -> Image:
    """A box (4,) `xyxy` and a little around it, of the size of a cell; the box's height fills it."""
    left, top, right, bottom = box
    height = (bottom - top) * (1 + 2 * CONTEXT)
    width = height * CELL_WIDTH / CELL_HEIGHT
    middle, centre = (left + right) / 2, (top + bottom) / 2
    region = np.array([middle - width / 2, centre - height / 2, middle + width / 2, centre + height / 2])
    return cut(image, region, (CELL_WIDTH, CELL_HEIGHT), PAPER)


class Strip:
    """Up to 30 crops of one identity, evenly spaced over its boxes, written as a picture by `close`.

    Raises `InputError` where the tracks have no such identity.
    """

    def __init__(self, path: str | PathLike[str], tracks: BoxTable, identity: int, name: str) -> None:
        rows = np.flatnonzero(tracks.ids == identity)
        if not len(rows):
            known = np.unique(tracks.ids)
            cure = f"choose one of its {len(known)} ids, such as {known[0]}" if len(known) else "they are empty"
            raise InputError(path, None, f"the tracks have no identity {identity}", cure)
        self.path = Path(path)
        self.identity = identity
        self._name = name
        self._length = tracks.last_frame
        self._present = tracks.frames[rows]
        chosen = rows[np.unique(np.linspace(0, len(rows) - 1, COLUMNS * ROWS).round().astype(int))]
        self._boxes: dict[int, NDArray[np.float64]] = dict(
            zip(tracks.frames[chosen].tolist(), tracks.boxes[chosen], strict=True)
        )
        self._crops: dict[int, Image] = {}
        self.last_frame = int(tracks.frames[chosen[-1]])

    def add(self, index: int, image: Image) -> None:
        box = self._boxes.get(index)
        if box is None:
            return
        self._crops[index] = crop_of(image, box)

    def close(self, partial: int | None = None) -> bool:
        if self._crops:
            write_picture(self.path if partial is None else partial_path(self.path, partial), self._sheet())
        return bool(self._crops)

    def _sheet(self) -> Image:
        columns = min(COLUMNS, max(len(self._crops), 5))
        lines = -(-len(self._crops) // columns)
        width = 2 * MARGIN + columns * CELL_WIDTH + (columns - 1) * GAP
        height = HEADER + lines * (CELL_HEIGHT + CAPTION) + (lines - 1) * GAP + TIMELINE + MARGIN
        sheet = np.full((height, width, 3), PAPER, np.uint8)
        colour = colour_of(self.identity)
        cv2.rectangle(sheet, (MARGIN, 22), (MARGIN + 8, 48), colour, cv2.FILLED)
        title = f"{self._name}   id {self.identity}"
        cv2.putText(sheet, title, (MARGIN + 20, 43), FONT, 0.7, INK, 1, cv2.LINE_AA)
        span = f"frames {self._present[0]} to {self._present[-1]}, {len(self._present)} boxes"
        (span_width, _), _ = cv2.getTextSize(span, FONT, 0.5, 1)
        cv2.putText(sheet, span, (width - MARGIN - span_width, 42), FONT, 0.5, INK, 1, cv2.LINE_AA)
        for place, (index, crop) in enumerate(sorted(self._crops.items())):
            line, column = divmod(place, columns)
            x = MARGIN + column * (CELL_WIDTH + GAP)
            y = HEADER + line * (CELL_HEIGHT + CAPTION + GAP)
            sheet[y : y + CELL_HEIGHT, x : x + CELL_WIDTH] = crop
            cv2.putText(sheet, str(index), (x, y + CELL_HEIGHT + 17), FONT, 0.42, INK, 1, cv2.LINE_AA)
        self._draw_timeline(sheet, height - MARGIN - 14, width)
        return sheet

    def _draw_timeline(self, sheet: Image, y: int, width: int) -> None:
        """A bar over the whole sequence, coloured where the identity is there, with a tick below for each crop."""
        scale = (width - 2 * MARGIN) / max(1, self._length)
        cv2.rectangle(sheet, (MARGIN, y), (width - MARGIN, y + 8), FADED, cv2.FILLED)
        breaks = np.flatnonzero(np.diff(self._present) > 1)
        starts = np.concatenate([self._present[:1], self._present[breaks + 1]]) - 1
        ends = np.concatenate([self._present[breaks], self._present[-1:]])
        for start, end in zip((starts * scale).tolist(), (ends * scale).tolist(), strict=True):
            corner = (MARGIN + max(int(end), int(start) + 1), y + 8)
            cv2.rectangle(sheet, (MARGIN + int(start), y), corner, colour_of(self.identity), cv2.FILLED)
        for index in self._crops:
            x = MARGIN + int((index - 0.5) * scale)
            cv2.line(sheet, (x, y + 9), (x, y + 12), INK, 1)
        cv2.putText(sheet, "1", (MARGIN, y + 26), FONT, 0.4, INK, 1, cv2.LINE_AA)
        (last_width, _), _ = cv2.getTextSize(str(self._length), FONT, 0.4, 1)
        cv2.putText(sheet, str(self._length), (width - MARGIN - last_width, y + 26), FONT, 0.4, INK, 1, cv2.LINE_AA)
