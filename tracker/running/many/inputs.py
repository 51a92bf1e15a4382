"""The files that a sequence's tracks, detections or descriptors come from."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.formats.named import files_of_boxes
from flatsort.data.request import split_options
from flatsort.data.sequences.inputs import input_files
from flatsort.embedding.registry import descriptor_files
from flatsort.tracker.running.camera import AUTO, ESTIMATED, camera_beside
from flatsort.tracker.running.camera_file import find_camera_file


def files_of(
    source: str,
    name: str,
    detections: str | PathLike[str] | None = None,
    *,
    descriptor: str = "none",
    detector: str | None = None,
    camera_motion: str = "none",
) -> tuple[Path, ...]:
    """What a sequence of that name is read from, its detections, and the weights, vectors and motions that are used.

    Raises InputError as `descriptor_files` and `find_camera_file`.
    """
    files = [*input_files(source), *descriptor_files(descriptor, name)]
    if detections is not None:
        files += files_of_boxes(detections)
    file = None if detector is None else _file_of(detector)
    files += [] if file is None else [file]
    if camera_motion == AUTO:
        files += [beside for path in descriptor_files(descriptor, name) if (beside := camera_beside(path)).is_file()]
    elif camera_motion not in ("none", *ESTIMATED):
        files.append(find_camera_file(Path(camera_motion), name))
    return tuple(files)


def check_files(descriptor: str = "none", detector: str | None = None) -> None:
    """Look for the files that all sequences share, before the first is begun.

    Raises InputError where the descriptor is unknown, or a file of either is not there.
    """
    descriptor_files(descriptor, "")
    file = None if detector is None else _file_of(detector)
    if file is not None and not file.is_file():
        raise InputError(file, None, "no such file", "check the path")


def _file_of(detector: str) -> Path | None:
    path = Path(split_options("detector", detector)[0])
    return path if path.suffix.lower() in (".onnx", ".py") else None
