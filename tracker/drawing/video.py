"""Boxes, ids, classes and trails of every frame, as a video."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from os import PathLike
from pathlib import Path

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import kinds_of
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.partial import partial_path
from flatsort.data.files.video_writer import VideoWriter
from flatsort.tracker.drawing.draw import Trails, draw_boxes, draw_trails
from flatsort.tracker.drawing.picture import Image

TRAIL_SECONDS = 1.5
ENDLESS = sys.maxsize
# What a picture is taken at where the source does not say, as in most of MOTChallenge.
FRAME_RATE = 30.0


class Video:
    """Boxes, ids and trails of every frame, in the format that the suffix says (`VideoWriter`); classes where several.

    It is written under a temporary name and renamed by `close`. frame_rate: 30 where the source does not say.
    last_frame: where the video ends; None: with the sequence. codec: what it is encoded as, once there is a frame.
    """

    def __init__(
        self, path: str | PathLike[str], tracks: BoxTable, frame_rate: float | None, last_frame: int | None = None
    ) -> None:
        self.path = Path(path)
        self.last_frame = ENDLESS if last_frame is None else last_frame
        self.codec = ""
        self._tracks = tracks
        self._kinds = kinds_of(tracks)
        self._rate = frame_rate or FRAME_RATE
        self._trails = Trails(max(2, round(TRAIL_SECONDS * self._rate)))
        self._open: tuple[VideoWriter, Path] | None = None
        self._files = ExitStack()

    def add(self, index: int, image: Image) -> None:
        rows = self._tracks.rows_of(index)
        ids, boxes = self._tracks.ids[rows], self._tracks.boxes[rows]
        self._trails.add(index, ids, boxes)
        picture = image.copy()
        draw_trails(picture, self._trails.lines())
        draw_boxes(picture, ids, boxes, None if self._kinds is None else self._kinds[rows])
        try:
            self._writer(picture).write(picture)
        except Exception as error:
            self._give_up(error)
            raise

    def close(self, partial: int | None = None) -> bool:
        if self._open is None:
            return False
        writer, temporary = self._open
        self._open = None
        with self._files:
            writer.close()
            if partial is not None:
                os.replace(temporary, partial_path(self.path, partial))
        return True

    def _writer(self, picture: Image) -> VideoWriter:
        if self._open is None:
            temporary = self._files.enter_context(atomic_path(self.path))
            writer = VideoWriter(temporary, (picture.shape[1], picture.shape[0]), self._rate)
            self._open, self.codec = (writer, temporary), writer.codec
        return self._open[0]

    def _give_up(self, error: Exception) -> None:
        """Remove what is written. Raises InputError where the error says that the disk is full."""
        if self._open is not None:
            self._open[0].abandon()
            self._open = None
        self._files.__exit__(type(error), error, error.__traceback__)
