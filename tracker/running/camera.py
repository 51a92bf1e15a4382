"""Which camera motion a run follows: estimated, from a file, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data import Frame, InputError, Sequence
from flatsort.data.files.atomic import atomic_path
from flatsort.data.progress import Bar
from flatsort.embedding.registry import descriptor_files
from flatsort.tracker.running.camera_file import CameraMotionFile, find_camera_file

# Where images are read in any case, the default tracker has the camera's motion estimated from them.
AUTO = "auto"
# Ways to estimate the camera's motion from the images; another value of the setting is a file or folder of motions.
ESTIMATED = ("flow", "ecc")
BESIDE = ".camera.txt"


def camera_of(
    setting: str, sequence: Sequence, descriptor: str, *, by_default: bool, images_read: bool
) -> CameraMotionFile | str | None:
    """The file to follow, the way to estimate, or None for a camera that stands still.

    setting: as of `TrackSettings`. by_default: whether the tracker wants it without being told.
    images_read: whether something else looks at the images.
    Raises `InputError` where a file is not one of this sequence.
    """
    if setting == AUTO:
        if not by_default:
            return None
        stored = [path for path in descriptor_files(descriptor, sequence.name) if path.suffix == ".npy"]
        beside = [camera_beside(path) for path in stored if camera_beside(path).is_file()]
        if not beside:
            return ESTIMATED[0] if images_read and sequence.has_images else None
        file = CameraMotionFile(beside[0])
    elif setting == "none":
        return None
    elif setting in ESTIMATED:
        return setting
    else:
        file = CameraMotionFile(find_camera_file(Path(setting), sequence.name))
    if sequence.length is not None and len(file) != sequence.length:
        problem = f"has {len(file)} lines, {sequence.name} {sequence.length} frames"
        raise InputError(file.path, None, problem, "give the file of this sequence")
    return file


def camera_beside(path: Path) -> Path:
    """Where `flatsort embed` keeps the camera's motion beside a file of descriptors."""
    return path.with_name(path.name + BESIDE)


class CameraRecorder:
    """Estimates the camera's motion from frames that pass by, as a run of the default tracker would.

    bar: shows that they pass.
    """

    def __init__(self, bar: Bar = iter) -> None:
        from flatsort.tracker.running.camera_motion import CameraMotion  # loads OpenCV

        self._camera = CameraMotion(ESTIMATED[0])
        self._bar = bar
        self._motions: list[NDArray[np.float64]] = []

    def watch(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """The same frames."""
        for frame in self._bar(frames):
            if frame.image is not None:
                self._motions.append(self._camera.estimate(frame.image, frame.detections.boxes))
            yield frame

    def write(self, path: Path) -> None:
        """Into a file, as `write_camera` does."""
        write_camera(path, self._motions)


def write_camera(path: Path, motions: Iterable[NDArray[np.float64]]) -> None:
    """Write motions `(2, 3)`, one a frame, in BoT-SORT's format; `CameraMotionFile` reads the same numbers."""
    lines = [f"{row} " + " ".join(map(repr, motion.ravel().tolist())) for row, motion in enumerate(motions)]
    with atomic_path(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines))
