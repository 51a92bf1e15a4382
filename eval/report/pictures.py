"""Pictures of a report, collected while the sequence passes by once: crops of each identity, and a small video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.eval.report.identities import Identity
from flatsort.tracker.drawing.picture import PAPER, Image, cut
from flatsort.tracker.drawing.render import Drawing
from flatsort.tracker.drawing.video import ENDLESS, Video

# Pixels of a card's picture, and of each moment in its strip.
CARD, MOMENT = (128, 256), (56, 112)
CONTEXT = 0.06  # of a box's height, shown around it
JPEG_QUALITY = 82


class Crops:
    """Crops of all identities: a card and a strip each, as JPEG.

    cards, strips: by id, once the frames have passed by.
    """

    def __init__(self, tracks: BoxTable, identities: list[Identity]) -> None:
        self.path = Path()
        self.cards: dict[int, bytes] = {}
        self.strips: dict[int, list[tuple[int, bytes]]] = {one.number: [] for one in identities}
        self._tracks = tracks
        self._wanted: dict[int, list[tuple[int, int, bool]]] = {}
        for one in identities:
            for row, is_card in [(one.best, True), *((row, False) for row in one.moments)]:
                self._wanted.setdefault(int(tracks.frames[row]), []).append((one.number, row, is_card))
        self.last_frame = max(self._wanted, default=0)

    def add(self, index: int, image: Image) -> None:
        """See frame `index`."""
        for number, row, is_card in self._wanted.get(index, ()):
            crop = _jpeg(_crop(image, self._tracks.boxes[row], CARD if is_card else MOMENT))
            if is_card:
                self.cards[number] = crop
            else:
                self.strips[number].append((index, crop))

    def close(self, partial: int | None = None) -> bool:
        """Nothing is written."""
        return False


class SmallVideo:
    """The annotated video, scaled down to at most `width` pixels before boxes are drawn, so that labels stay sharp."""

    def __init__(
        self,
        path: Path,
        tracks: BoxTable,
        size: tuple[int, int],
        frame_rate: float | None,
        length: int | None,
        width: int,
    ) -> None:
        self._ratio = min(1.0, width / size[0])
        # Codecs take even sides.
        self.size = (max(2, round(size[0] * self._ratio) // 2 * 2), max(2, round(size[1] * self._ratio) // 2 * 2))
        scale = np.array([self.size[0] / size[0], self.size[1] / size[1]] * 2)
        small = replace(tracks, boxes=tracks.boxes * scale)
        self._video: Drawing = Video(path, small, frame_rate, length)
        self.path = path
        self.last_frame = ENDLESS if length is None else length

    def add(self, index: int, image: Image) -> None:
        """See frame `index`."""
        self._video.add(index, cv2.resize(image, self.size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False))

    def close(self, partial: int | None = None) -> bool:
        """Write the video."""
        return self._video.close(partial)


def _crop(image: Image, box: np.ndarray, size: tuple[int, int]) -> Image:
    """A box with a margin, as a picture of `size` (width, height)."""
    left, top, right, bottom = box
    height = (bottom - top) * (1 + 2 * CONTEXT)
    width = height * size[0] / size[1]
    x, y = (left + right) / 2, (top + bottom) / 2
    return cut(image, np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2]), size, PAPER)


def _jpeg(picture: Image) -> bytes:
    written, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert written
    return bytes(encoded.tobytes())
