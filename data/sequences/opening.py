"""Open whatever holds a sequence: a MOTChallenge folder, a video, a folder of images, a camera or a stream."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from urllib.parse import urlsplit

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import InputError
from flatsort.data.files.image_file import IMAGE_SUFFIXES
from flatsort.data.files.motchallenge import read_detections
from flatsort.data.files.sequence_info import SequenceInfo, read_sequence_info
from flatsort.data.sequences.image_folder import ImageFolder, frames_of_sequence, list_images
from flatsort.data.sequences.sequence import ImageSource, Sequence
from flatsort.data.sequences.video import Live, Video

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
) -> Sequence:
    """Open a MOTChallenge folder, a video file, an image folder, a camera (its number) or a stream (its URL).

    detections: a table, or MOTChallenge text, to use in place of the folder's `det/det.txt`; without it a video, an
        image folder, a camera or a stream has none.
    images: False leaves the images alone, `Frame.image` is then None.
    boxes: False leaves detections alone, the sequence then has none.
    read_ahead: how many images may be decoded ahead of use.

    Raises InputError where the source or its detections are missing or broken; ValueError where read_ahead is below 1.
    """
    if read_ahead < 1:
        raise ValueError(f"read_ahead is {read_ahead}; at least 1 image must be read ahead")
    if not boxes:
        detections = BoxTable.none()
    address = _live_address(source)
    if address is not None:
        return _open_live(address, detections, images, read_ahead)
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


def _read(detections: Boxes, length: int | None) -> BoxTable:
    if isinstance(detections, BoxTable):
        return detections
    return BoxTable.none() if detections is None else read_detections(detections, length)


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


def _open_live(address: int | str, detections: Boxes, images: bool, ahead: int) -> Sequence:
    if not images:
        raise InputError(str(address), None, "a camera or stream has nothing but images", "open it with images")
    boxes = _read(detections, None)
    return Sequence(_live_name(address), address, boxes, Live(address), read_ahead=ahead)


def _live_name(address: int | str) -> str:
    if isinstance(address, int):
        return f"camera{address}"
    parts = urlsplit(address)
    return Path(parts.path).stem or parts.hostname or "stream"


def _open_video(path: Path, detections: Boxes, images: bool, ahead: int) -> Sequence:
    video = Video(path)
    boxes = _read(detections, video.length)
    # Where the container only estimates its length, the video says at its end how long it is.
    return Sequence(
        path.stem,
        path,
        boxes,
        video if images else None,
        length=video.length,
        frame_rate=video.frame_rate,
        size=video.size,
        read_ahead=ahead,
    )


def _open_images(folder: Path, detections: Boxes, images: bool, ahead: int) -> Sequence:
    files = list_images(folder)
    if not files:
        below = sorted(inner.parent.name for inner in folder.glob("*/seqinfo.ini"))
        cure = f"name one sequence, such as {folder / below[0]}" if below else "name a folder that holds a sequence"
        raise InputError(folder, None, "has neither seqinfo.ini nor images", cure)
    boxes = _read(detections, len(files))
    found = ImageFolder(folder, list(files))
    shown = found if images else None
    name = folder.resolve().name
    return Sequence(name, folder, boxes, shown, length=len(files), size=found.size, read_ahead=ahead)


def _open_motchallenge(folder: Path, detections: Boxes, images: bool, ahead: int) -> Sequence:
    if not (folder / "seqinfo.ini").exists():
        cure = "write one with [Sequence] and seqLength=<number of frames>"
        raise InputError(folder, None, "has det or gt but no seqinfo.ini", cure)
    info = read_sequence_info(folder)
    own = folder / "det" / "det.txt"
    if detections is None and not own.exists():
        raise InputError(own, None, "no such file", "add it or name a file of detections")
    boxes = _read(own if detections is None else detections, info.length)
    return Sequence(
        info.name,
        folder,
        boxes,
        _motchallenge_images(folder, info) if images else None,
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
