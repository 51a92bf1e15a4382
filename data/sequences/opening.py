"""Open whatever holds a sequence: a MOTChallenge folder, a video, a folder of images, a camera or a stream."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import InputError
from flatsort.data.files.detections import read_detections
from flatsort.data.files.image_file import IMAGE_SUFFIXES
from flatsort.data.files.sequence_info import SequenceInfo, check_name, read_sequence_info
from flatsort.data.sequences.camera import Camera
from flatsort.data.sequences.image_folder import ImageFolder, frames_of_sequence, list_images
from flatsort.data.sequences.live import LiveSequence
from flatsort.data.sequences.picture import ImageSource
from flatsort.data.sequences.reconnecting import Reconnecting
from flatsort.data.sequences.sequence import Sequence
from flatsort.data.sequences.stream import TIMEOUT, Stream
from flatsort.data.sequences.video import Video

Boxes = str | PathLike[str] | BoxTable | None
# A MOTChallenge folder may hold its frames as one of these instead of an image folder.
FOLDER_VIDEOS = ("video.mp4", "video.avi", "video.mov", "video.mkv")


def open_sequence(
    source: str | PathLike[str] | int,
    *,
    detections: Boxes = None,
    images: bool = True,
    boxes: bool = True,
    read_ahead: int = 8,
    timeout: float = TIMEOUT,
    every: int = 1,
    reconnect: int = 0,
) -> Sequence:
    """Open a MOTChallenge folder, a video file, an image folder, a camera (its number) or a stream (its URL).

    detections: a table, or a file or folder as `read_detections` reads it, to use in place of the folder's
        `det/det.txt`; without it a video, an image folder, a camera or a stream has none.
    images: False leaves the images alone, `Frame.image` is then None.
    boxes: False leaves detections alone, the sequence then has none.
    read_ahead: how many images may be decoded ahead of use.
    timeout: seconds of silence that end a stream.
    every: read the first frame and each `every`-th after it; `Frame.index` is its place in the source all the same.
    reconnect: how often in a row to try to reach a camera or a stream again that broke off, with growing waits.

    A `file://` URL is the file. Raises InputError where the source or its detections are missing or broken;
    ValueError where read_ahead or every is below 1, reconnect below 0 or timeout not positive.
    """
    for name, value, least in (("read_ahead", read_ahead, 1), ("every", every, 1), ("reconnect", reconnect, 0)):
        if value < least:
            raise ValueError(f"{name} is {value}; it must be at least {least}")
    if not boxes:
        detections = BoxTable.none()
    if not timeout > 0:
        raise ValueError(f"timeout is {timeout}; it must be a positive number of seconds")
    source = file_of_url(source)
    address = _live_address(source)
    if address is not None:
        live = Camera(address) if isinstance(address, int) else Stream(address, timeout)
        name, boxes_of_it = _live_name(address), _read(detections, None)
        return LiveSequence(name, address, boxes_of_it, Reconnecting(live, reconnect), images=images, every=every)
    sequence = _open_stored(source, detections, images, read_ahead)
    sequence.every = every
    return sequence


def _open_stored(source: str | PathLike[str] | int, detections: Boxes, images: bool, read_ahead: int) -> Sequence:
    path = Path(source) if not isinstance(source, int) else Path()
    if os.path.isdir(path):
        if (path / "seqinfo.ini").exists() or (path / "det").is_dir() or (path / "gt").is_dir():
            return _open_motchallenge(path, detections, images, read_ahead)
        return _open_images(path, detections, images, read_ahead)
    if not os.path.isfile(path):
        raise InputError(path, None, "no such file or folder", "check the path")
    if path.suffix.lower() in IMAGE_SUFFIXES:
        raise InputError(path, None, "is one image, not a sequence", f"name its folder, {path.parent}")
    if path.suffix.lower() in (".txt", ".ini"):
        raise InputError(path, None, "is text, not a sequence", "name the folder that holds seqinfo.ini, or a video")
    return _open_video(path, detections, images, read_ahead)


def _read(
    detections: Boxes, length: int | None, size: tuple[int, int] | None = None, images: ImageSource | None = None
) -> BoxTable:
    if isinstance(detections, BoxTable):
        return detections
    if detections is None:
        return BoxTable.none()
    files = images.files if isinstance(images, ImageFolder) else []
    names = [file.name for file in files if file is not None]
    return read_detections(detections, length, size=size, images=names if len(names) == len(files) else ())


def file_of_url(source: str | PathLike[str] | int) -> str | PathLike[str] | int:
    """The path that a `file://` URL names; any other source as it is."""
    if not isinstance(source, str) or not source.lower().startswith("file://"):
        return source
    try:
        parts = urlsplit(source)
    except ValueError as error:
        raise InputError(source, None, f"is no URL ({error})", "name the file by its path") from None
    if parts.netloc not in ("", "localhost"):
        raise InputError(source, None, f"names a file on {parts.netloc}", "name a file of this machine by its path")
    return url2pathname(parts.path)


def _live_address(source: str | PathLike[str] | int) -> int | str | None:
    if isinstance(source, int):
        if source < 0:
            raise InputError(f"camera {source}", None, "is no camera", "count cameras from 0")
        return source
    if isinstance(source, str):
        if "://" in source:
            return source
        if source.isascii() and source.isdecimal() and not os.path.exists(source):
            return int(source)
    return None


def _live_name(address: int | str) -> str:
    if isinstance(address, int):
        return f"camera{address}"
    try:
        parts = urlsplit(address)
        name = Path(unquote(parts.path)).stem or parts.hostname or "stream"
    except ValueError as error:
        raise InputError(address, None, f"is no URL ({error})", "correct it") from None
    name = "".join(letter if letter.isprintable() and letter not in "/\\" else "_" for letter in name)
    return name.lstrip(".") or "stream"


def _open_video(path: Path, detections: Boxes, images: bool, ahead: int) -> Sequence:
    video = Video(path)
    boxes = _read(detections, video.length, video.size)
    # Where the container only estimates its length, the video says at its end how long it is.
    return Sequence(
        check_name(path, path.stem),
        path,
        boxes,
        video if images else None,
        length=video.length,
        frame_rate=video.frame_rate,
        size=video.size,
        read_ahead=ahead,
        unseen=video.unseen,
    )


def _open_images(folder: Path, detections: Boxes, images: bool, ahead: int) -> Sequence:
    files = list_images(folder)
    if not files:
        below = sorted(inner.parent.name for inner in folder.glob("*/seqinfo.ini"))
        cure = f"name one sequence, such as {folder / below[0]}" if below else "name a folder that holds a sequence"
        raise InputError(folder, None, "has neither seqinfo.ini nor images", cure)
    found = ImageFolder(folder, list(files))
    size = found.size
    boxes = _read(detections, len(files), size, found)
    shown = found if images else None
    name = check_name(folder, folder.resolve().name)
    return Sequence(name, folder, boxes, shown, length=len(files), size=size, read_ahead=ahead)


def _open_motchallenge(folder: Path, detections: Boxes, images: bool, ahead: int) -> Sequence:
    if not (folder / "seqinfo.ini").exists():
        cure = "write one with [Sequence] and seqLength=<number of frames>"
        raise InputError(folder, None, "has det or gt but no seqinfo.ini", cure)
    info = read_sequence_info(folder)
    own = folder / "det" / "det.txt"
    if detections is None and not own.exists():
        raise InputError(own, None, "no such file", "add it or name a file of detections")
    # Labels may be named after the images, and fractions of them; to open a video for that would take long.
    named = isinstance(detections, str | PathLike) and (
        (folder / info.image_folder).is_dir() or os.path.isdir(detections)
    )
    found = _motchallenge_images(folder, info) if images or named else None
    size = info.size or (found.size if isinstance(found, ImageFolder | Video) else None)
    boxes = _read(own if detections is None else detections, info.length, size, found)
    return Sequence(
        info.name,
        folder,
        boxes,
        found if images else None,
        length=info.length,
        frame_rate=info.frame_rate,
        size=info.size,
        declared_size=info.size,
        read_ahead=ahead,
    )


def _motchallenge_images(folder: Path, info: SequenceInfo) -> ImageSource | None:
    inner = folder / info.image_folder
    if inner.is_dir():
        files = list_images(inner)
        typed = [file for file in files if file.suffix.lower() == info.extension.lower()]
        if files:
            return ImageFolder(inner, frames_of_sequence(typed or files, info.length))
    for name in FOLDER_VIDEOS:
        if (folder / name).is_file():
            return Video(folder / name)
    return None
