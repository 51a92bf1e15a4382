"""Annotated pictures of tracks: one pass over a sequence feeds a video and any number of picture sheets."""

from __future__ import annotations

import sys
from collections.abc import Sequence as Many
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path, prepare_folder
from flatsort.data.opencv import import_cv2
from flatsort.data.progress import Bar
from flatsort.tracker.drawing.draw import Trails, draw_boxes, draw_trails
from flatsort.tracker.drawing.picture import Image, plain_background
from flatsort.tracker.drawing.strip import Strip
from flatsort.tracker.drawing.switch_pictures import Switch, SwitchPicture
from flatsort.tracker.drawing.switch_rows import SwitchRows, TrackedRow

if TYPE_CHECKING:
    from flatsort.data import Sequence

cv2 = import_cv2()

TRAIL_SECONDS = 1.5
ENDLESS = sys.maxsize
# What a picture is taken at where the source does not say, as in most of MOTChallenge.
FRAME_RATE = 30.0
# 16K: a plain picture of this side still fits the memory.
LARGEST_PICTURE = 16384
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")
VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".avi", ".mkv")


class Drawing(Protocol):
    """A picture or a video that grows while a sequence passes by."""

    path: Path
    last_frame: int
    """The last frame that it wants to see."""

    def add(self, index: int, image: Image) -> None:
        """See frame `index`. The image belongs to the sequence: draw on a copy."""

    def close(self) -> None:
        """Write what there is; the sequence has ended, or failed."""


def render(sequence: Sequence, tracks: BoxTable, drawings: Many[Drawing], watch: Bar = iter) -> None:
    """Show every frame of a sequence to the drawings, up to the last that one of them wants.

    watch: sees the frames pass by, for a progress bar. Where the sequence has no images, the drawings see a plain
    background of its size. A sequence that fails midway leaves the drawings with the frames up to there.

    Raises `InputError` where the sequence cannot be read.
    """
    last = max((drawing.last_frame for drawing in drawings), default=0)
    background = None if sequence.has_images else plain_background(picture_size(sequence, tracks))
    try:
        for frame in watch(sequence):
            image = background if frame.image is None else frame.image
            if image is None:
                raise InputError(str(sequence.source), None, f"frame {frame.index} has no image", "restore the image")
            for drawing in drawings:
                drawing.add(frame.index, image)
            if frame.index >= last:
                break
    finally:
        for drawing in drawings:
            drawing.close()


def picture_size(sequence: Sequence, tracks: BoxTable) -> tuple[int, int]:
    """(width, height) of a sequence's pictures; what holds all boxes where the sequence does not say.

    Raises `InputError` where no picture is that large.
    """
    if sequence.size is not None:
        return sequence.size
    farthest = tracks.boxes[:, 2:].max(0, initial=64)
    if farthest.max() > LARGEST_PICTURE:
        problem = f"its boxes reach {farthest.max():g} pixels, and the source does not say how large its pictures are"
        raise InputError(str(sequence.source), None, problem, "write imWidth and imHeight into its seqinfo.ini")
    width, height = np.ceil(farthest).astype(int).tolist()
    return width, height


class Video:
    """Boxes, ids and trails of every frame, as an MPEG-4 video.

    It is written under a temporary name and renamed by `close`. frame_rate: 30 where the source does not say.
    last_frame: where the video ends; None: with the sequence.
    """

    def __init__(
        self, path: str | PathLike[str], tracks: BoxTable, frame_rate: float | None, last_frame: int | None = None
    ) -> None:
        self.path = Path(path)
        self.last_frame = ENDLESS if last_frame is None else last_frame
        self.frames = 0
        self._tracks = tracks
        self._rate = frame_rate or FRAME_RATE
        self._trails = Trails(max(2, round(TRAIL_SECONDS * self._rate)))
        self._writer: Any = None
        self._files = ExitStack()

    def add(self, index: int, image: Image) -> None:
        rows = self._tracks.rows_of(index)
        ids, boxes = self._tracks.ids[rows], self._tracks.boxes[rows]
        self._trails.add(index, ids, boxes)
        picture = image.copy()
        draw_trails(picture, self._trails.lines())
        draw_boxes(picture, ids, boxes)
        if self._writer is None:
            self._writer = self._open(picture.shape[1], picture.shape[0])
        self._writer.write(picture)
        self.frames += 1

    def _open(self, width: int, height: int) -> Any:
        temporary = self._files.enter_context(atomic_path(self.path))
        writer = cv2.VideoWriter(str(temporary), cv2.VideoWriter.fourcc(*"mp4v"), self._rate, (width, height))
        if not writer.isOpened():
            problem = f"OpenCV cannot write a video of {width} x {height} pixels here"
            raise InputError(self.path, None, problem, "check the folder, or choose another name")
        return writer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.release()
            self._writer = None
        self._files.close()


def plan_drawings(
    sequence: Sequence,
    tracks: BoxTable,
    output: str | PathLike[str],
    *,
    strips: Many[int] = (),
    truth: BoxTable | None = None,
    switches: Many[Switch] = (),
    rows: Many[TrackedRow] = (),
) -> list[Drawing]:
    """What to draw, and where.

    output: a video, with the contact sheets `NAME-id-ID.png` and the switches `NAME-switches/` beside it; a picture,
    for one contact sheet; or else a folder for contact sheets and switches. truth: the ground truth of the switches.
    rows: for switches as several trackers saw them, one row each, the first of these tracks.

    Raises `InputError` where nothing is to be drawn, a folder cannot be made, or the tracks lack an identity.
    """
    path = Path(output)
    wanted = bool(strips) or truth is not None
    if strips and not sequence.has_images:
        raise InputError(str(sequence.source), None, "has no images for --strip", "give a source with images")
    if path.suffix.lower() in PICTURE_SUFFIXES:
        if len(strips) != 1 or truth is not None:
            raise InputError(path, None, "a picture holds one --strip", "name a video or a folder")
        prepare_folder(path.parent)
        return [Strip(path, tracks, strips[0], sequence.name)]
    drawings: list[Drawing] = []
    if path.suffix.lower() in VIDEO_SUFFIXES:
        prepare_folder(path.parent)
        drawings.append(Video(path, tracks, sequence.frame_rate, sequence.length))
        sheets, pictures = path.parent / f"{path.stem}-id", path.parent / f"{path.stem}-switches"
    elif not wanted:
        raise InputError(path, None, "is not the name of a video", f"end it in {', '.join(VIDEO_SUFFIXES)}")
    else:
        prepare_folder(path)
        sheets, pictures = path / "id", path
    drawings += [
        Strip(sheets.with_name(f"{sheets.name}-{identity}.png"), tracks, identity, sequence.name) for identity in strips
    ]
    if truth is not None and switches:
        prepare_folder(pictures)
        if rows:
            drawings += [SwitchRows(pictures, switch, truth, rows) for switch in switches]
        else:
            drawings += [SwitchPicture(pictures, switch, truth, tracks) for switch in switches]
    return drawings
