"""BVH motion capture: a hierarchy of joints and one line of channels a frame, read and checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError

Array = NDArray[np.float64]
_CURE = "restore the file"


@dataclass
class Joint:
    """One joint: where it sits on its parent at rest (3,), and its channels such as "Zrotation" in the file's order.

    first: the column of its first channel.
    """

    parent: str
    offset: Array
    channels: list[str] = field(default_factory=list)
    first: int = 0


@dataclass(frozen=True)
class Motion:
    """A BVH file: joints by name, parents first, seconds a frame, and all channels (frames, columns)."""

    joints: dict[str, Joint]
    frame_time: float
    values: Array

    def rotations(self, name: str) -> Array:
        """A joint's rotation against its parent, (frames, 3, 3): the product of its channels in their order."""
        joint = self.joints[name]
        turned: Array = np.broadcast_to(np.eye(3), (len(self.values), 3, 3))
        for column, channel in enumerate(joint.channels, joint.first):
            if channel.endswith("rotation"):
                turned = turned @ _about("XYZ".index(channel[0]), np.deg2rad(self.values[:, column]))
        return turned


def _about(axis: int, angles: Array) -> Array:
    """Rotation matrices (n, 3, 3) about the x, y or z axis by angles (n,)."""
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    matrix = np.tile(np.eye(3), (len(angles), 1, 1))
    matrix[:, first, first] = matrix[:, second, second] = np.cos(angles)
    matrix[:, second, first] = np.sin(angles)
    matrix[:, first, second] = -np.sin(angles)
    return matrix


def read_bvh(path: str | PathLike[str]) -> Motion:
    """Read a motion; lengths in the file's unit, angles as they stand, in degrees.

    Raises InputError naming the row where the hierarchy is broken or a frame has another number of channels.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(file, None, "no such file", "check the path")
    lines = [line.split() for line in file.read_text(encoding="latin-1").splitlines()]
    start = next((row for row, words in enumerate(lines) if words == ["MOTION"]), None)
    if start is None or not lines[0] or lines[0][0] != "HIERARCHY":
        raise InputError(file, None, "not a BVH file: HIERARCHY and MOTION belong in it", _CURE)
    joints = _hierarchy(file, lines[:start])
    if len(lines) < start + 3 or lines[start + 1][:1] != ["Frames:"] or lines[start + 2][:2] != ["Frame", "Time:"]:
        raise InputError(file, start + 2, "expected 'Frames: N' and 'Frame Time: SECONDS'", _CURE)
    frame_time = _numbers(file, start + 3, lines[start + 2][2:])
    count = _numbers(file, start + 2, lines[start + 1][1:])
    if len(frame_time) != 1 or frame_time[0] <= 0 or len(count) != 1:
        raise InputError(file, start + 3, "its frame time or number of frames is no positive number", _CURE)
    columns = sum(len(joint.channels) for joint in joints.values())
    values = []
    for row, words in enumerate(lines[start + 3 :], start + 4):
        if words:
            values.append(_numbers(file, row, words))
            if len(words) != columns:
                raise InputError(file, row, f"{len(words)} values where {columns} channels belong", _CURE)
    if len(values) != count[0]:
        raise InputError(file, None, f"{len(values)} frames where its header says {count[0]:g}", _CURE)
    if not values:
        raise InputError(file, None, "no frames", _CURE)
    return Motion(joints, frame_time[0], np.array(values))


def _hierarchy(file: Path, lines: list[list[str]]) -> dict[str, Joint]:
    joints: dict[str, Joint] = {}
    open_joints: list[str] = []  # "" for an end site
    waiting, columns = "", 0
    for row, words in enumerate(lines[1:], 2):
        keyword = words[0] if words else ""
        if keyword in ("ROOT", "JOINT") and len(words) > 1:
            waiting = " ".join(words[1:])
            if waiting in joints:
                raise InputError(file, row, f"a second joint {waiting}", _CURE)
            joints[waiting] = Joint(open_joints[-1] if open_joints else "", np.zeros(3))
        elif keyword == "End":
            waiting = ""
        elif keyword == "{":
            open_joints.append(waiting)
        elif keyword == "}" and open_joints:
            open_joints.pop()
        elif keyword in ("OFFSET", "CHANNELS") and open_joints:
            if not open_joints[-1]:
                continue  # an end site's offset moves nothing
            joint = joints[open_joints[-1]]
            if keyword == "OFFSET" and len(words) == 4:
                joint.offset = np.array(_numbers(file, row, words[1:]))
                continue
            known = {f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation")}
            if keyword == "OFFSET" or words[1:2] != [str(len(words) - 2)] or not known.issuperset(words[2:]):
                raise InputError(file, row, f"'{' '.join(words)}' is no {keyword} of a joint", _CURE)
            joint.channels, joint.first = words[2:], columns
            columns += len(joint.channels)
        elif keyword:
            raise InputError(file, row, f"unexpected '{' '.join(words)}'", _CURE)
    if open_joints or not joints:
        raise InputError(file, None, "its hierarchy is not whole", _CURE)
    return joints


def _numbers(file: Path, row: int, words: list[str]) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise InputError(file, row, f"expected numbers, found '{' '.join(words)[:60]}'", _CURE) from None
    if not np.isfinite(values).all():
        raise InputError(file, row, "a value is not finite", _CURE)
    return values
