"""A contact sheet of each person: the best crop of each video side by side."""

from __future__ import annotations

from collections.abc import Sequence as Many
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.opencv import import_cv2
from flatsort.data.overlap import overlap
from flatsort.data.progress import Bar
from flatsort.data.sequences.sequence import Sequence
from flatsort.tracker.drawing.picture import FONT, INK, PAPER, Image, write_picture
from flatsort.tracker.drawing.strip import CAPTION, CELL_HEIGHT, CELL_WIDTH, GAP, MARGIN, crop_of

cv2 = import_cv2()

# Crops of a sheet, and in a line of it.
MOST, COLUMNS = 60, 10
# Letters of a caption that fit under a crop.
LETTERS = 14


class People:
    """Collects the crops of videos whose tracks have one person's id in all of them."""

    def __init__(self) -> None:
        self._crops: dict[int, list[tuple[str, int, NDArray[np.uint8]]]] = {}

    def add(self, name: str, video: Sequence, tracks: BoxTable, watch: Bar = iter) -> None:
        """Read a video up to the last frame that is wanted; watch sees its frames pass by."""
        wanted: dict[int, list[int]] = {}
        for row in best_rows(tracks, video.size).tolist():
            wanted.setdefault(int(tracks.frames[row]), []).append(row)
        last = max(wanted, default=0)
        for frame in watch(video) if wanted else ():
            for row in wanted.get(frame.index, ()):
                kept = self._crops.setdefault(int(tracks.ids[row]), [])
                if frame.image is not None and len(kept) < MOST:
                    # Encoded: crops of thousands of people do not fit in memory as they are.
                    encoded = cv2.imencode(".png", crop_of(frame.image, tracks.boxes[row]))[1]
                    kept.append((name, frame.index, encoded.astype(np.uint8, copy=False)))
            if frame.index >= last:
                break

    def write(self, folder: Path) -> int:
        """Write `ID.jpg` of each person, at most 60 crops, and remove those of earlier runs; how many there are."""
        folder.mkdir(parents=True, exist_ok=True)
        shown = {identity: crops for identity, crops in self._crops.items() if crops}
        for old in folder.glob("*.jpg"):
            if old.stem.isdecimal() and int(old.stem) not in shown:
                old.unlink()
        for identity, crops in sorted(shown.items()):
            write_picture(folder / f"{identity}.jpg", _sheet(crops))
        return len(shown)


def best_rows(tracks: BoxTable, size: tuple[int, int] | None) -> NDArray[np.int64]:
    """One row of each id, in the order of ids: the tallest box that is inside the frame and in nobody's way.

    A box counts by its height, less the part of it that overlaps another (their intersection over union), and half
    where it leaves the frame of `size` (width, height).
    """
    boxes = tracks.boxes
    good = boxes[:, 3] - boxes[:, 1]
    if size is not None:
        outside = (boxes[:, :2] < 0).any(axis=1) | (boxes[:, 2:] > size).any(axis=1)
        good = np.where(outside, good / 2, good)
    shared = np.zeros(len(tracks))
    for frame in np.unique(tracks.frames).tolist():
        rows = tracks.rows_of(frame)
        between = overlap(boxes[rows], boxes[rows])
        np.fill_diagonal(between, 0)
        shared[rows] = between.max(axis=1)
    order = np.lexsort((tracks.frames, -good * (1 - shared), tracks.ids))
    return order[np.unique(tracks.ids[order], return_index=True)[1]]


def _sheet(crops: Many[tuple[str, int, NDArray[np.uint8]]]) -> Image:
    columns = min(COLUMNS, len(crops))
    lines = -(-len(crops) // columns)
    width = 2 * MARGIN + columns * CELL_WIDTH + (columns - 1) * GAP
    height = 2 * MARGIN + lines * (CELL_HEIGHT + 2 * CAPTION) + (lines - 1) * GAP
    sheet = np.full((height, width, 3), PAPER, np.uint8)
    for place, (name, index, encoded) in enumerate(crops):
        line, column = divmod(place, columns)
        x = MARGIN + column * (CELL_WIDTH + GAP)
        y = MARGIN + line * (CELL_HEIGHT + 2 * CAPTION + GAP)
        sheet[y : y + CELL_HEIGHT, x : x + CELL_WIDTH] = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
        short = name if len(name) <= LETTERS else f"..{name[2 - LETTERS :]}"
        for number, text in enumerate((short, f"frame {index}")):
            cv2.putText(sheet, text, (x, y + CELL_HEIGHT + 17 + 20 * number), FONT, 0.42, INK, 1, cv2.LINE_AA)
    return sheet
