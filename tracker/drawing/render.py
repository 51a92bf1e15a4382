"""Annotated pictures of tracks: one pass over a sequence feeds a video and any number of picture sheets."""

from __future__ import annotations

from collections.abc import Sequence as Many
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.files.partial import note_kept, partial_path
from flatsort.data.files.video_writer import VIDEO_SUFFIXES
from flatsort.data.limits import MOST_PIXELS
from flatsort.data.progress import Bar
from flatsort.data.uninterrupted import uninterrupted
from flatsort.tracker.drawing.picture import Image, plain_background
from flatsort.tracker.drawing.strip import Strip
from flatsort.tracker.drawing.switch_pictures import Switch, SwitchPicture
from flatsort.tracker.drawing.switch_rows import SwitchRows, TrackedRow
from flatsort.tracker.drawing.video import Video

if TYPE_CHECKING:
    from flatsort.data import Sequence

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg")


class Drawing(Protocol):
    """A picture or a video that grows while a sequence passes by."""

    path: Path
    last_frame: int
    """The last frame that it wants to see."""

    def add(self, index: int, image: Image) -> None:
        """See frame `index`. The image belongs to the sequence: draw on a copy."""

    def close(self, partial: int | None = None) -> bool:
        """Write what there is, and say whether there is anything.

        partial: the frames seen, where the sequence has ended before the last that is wanted.
        """
        ...


def render(sequence: Sequence, tracks: BoxTable, drawings: Many[Drawing], watch: Bar = iter) -> None:
    """Show every frame of a sequence to the drawings, up to the last that one of them wants.

    watch: sees the frames pass by, for a progress bar. Where the sequence has no images, the drawings see a plain
    background of its size. Where the sequence fails midway, or the user interrupts it, a drawing that has not seen all
    that it wants is kept beside its complete name (`partial_path`), and the error notes where.

    Raises `InputError` where the sequence cannot be read or a drawing cannot be written.
    """
    last = max((drawing.last_frame for drawing in drawings), default=0)
    seen = 0
    background = None if sequence.has_images else plain_background(picture_size(sequence, tracks))
    try:
        for frame in watch(sequence):
            image = background if frame.image is None else frame.image
            if image is None:
                raise InputError(str(sequence.source), None, f"frame {frame.index} has no image", "restore the image")
            with uninterrupted():
                for drawing in drawings:
                    drawing.add(frame.index, image)
                seen = frame.index
            if frame.index >= last:
                break
    except BaseException as error:
        for drawing in drawings:
            _keep(drawing, seen, error)
        raise
    for drawing in drawings:
        drawing.close()


def _keep(drawing: Drawing, seen: int, error: BaseException) -> None:
    """Write a drawing after an error, as a part where it has not seen all frames that it wants."""
    partial = None if seen >= drawing.last_frame else seen
    with suppress(InputError):  # the disk may be full, and the error that came first says so
        if drawing.close(partial) and partial is not None:
            note_kept(error, partial_path(drawing.path, partial), partial)


def picture_size(sequence: Sequence, tracks: BoxTable) -> tuple[int, int]:
    """(width, height) of a sequence's pictures; what holds all boxes where the sequence does not say.

    Raises `InputError` where no picture is that large.
    """
    if sequence.size is not None:
        return sequence.size
    farthest = tracks.boxes[:, 2:].max(0, initial=64)
    if farthest.prod() > MOST_PIXELS:
        reach = f"its boxes reach {farthest[0]:g} and {farthest[1]:g} pixels"
        problem = f"{reach}, and the source does not say how large its pictures are"
        raise InputError(str(sequence.source), None, problem, "write imWidth and imHeight into its seqinfo.ini")
    width, height = np.ceil(farthest).astype(int).tolist()
    return width, height


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
