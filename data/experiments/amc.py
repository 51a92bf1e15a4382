"""Acclaim motion capture: the skeleton (ASF) and the motion (AMC) of the CMU database, read and checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError


@dataclass(frozen=True)
class Bone:
    """One bone: its rest direction (3,) and length, the axis (3,) of its own frame in radians, its free angles.

    parent: the name of the bone it hangs on.
    dof: such as ("rx", "rz"), empty for a rigid bone.
    """

    name: str
    parent: str
    direction: NDArray[np.float64]
    length: float
    axis: NDArray[np.float64]
    dof: tuple[str, ...]


@dataclass(frozen=True)
class Skeleton:
    """Bones by name, in the file's order, each after its parent where the file is well formed."""

    bones: dict[str, Bone]

    @property
    def channels(self) -> tuple[str, ...]:
        """The free angles in the file's order, such as "lfemur rx"."""
        return tuple(f"{bone.name} {dof}" for bone in self.bones.values() for dof in bone.dof)


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    if not path.is_file():
        raise InputError(path, None, "no such file", "check the path")
    text = path.read_text(encoding="latin-1")
    return [(row, words) for row, line in enumerate(text.splitlines(), 1) if (words := line.split("#")[0].split())]


def _numbers(path: Path, row: int, words: list[str]) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        raise InputError(path, row, f"expected numbers, found '{' '.join(words)}'", "restore the file") from None
    if not all(math.isfinite(value) for value in values):
        raise InputError(path, row, "a value is not finite", "restore the file")
    return values


def read_asf(path: str | PathLike[str]) -> Skeleton:
    """Read a skeleton. Angles come back in radians, lengths in the file's unit.

    Raises InputError naming the row where a bone is incomplete or the hierarchy names an unknown one.
    """
    file = Path(path)
    lines = _lines(file)
    radians = any(words[:2] == ["angle", "rad"] for _, words in lines)
    scale = 1.0 if radians else math.pi / 180
    bones: dict[str, dict[str, list[str]]] = {}
    parents: dict[str, str] = {}
    current: dict[str, list[str]] = {}
    section = ""
    for row, words in lines:
        if words[0].startswith(":"):
            section = words[0]
        elif section == ":bonedata" and words[0] == "begin":
            current = {}
        elif section == ":bonedata" and words[0] == "end":
            missing = [key for key in ("name", "direction", "length", "axis") if not current.get(key)]
            if missing:
                raise InputError(file, row, f"a bone without {', '.join(missing)}", "restore the file")
            for key, count in (("direction", 3), ("length", 1), ("axis", 3)):
                if len(_numbers(file, row, current[key][:count])) != count:
                    raise InputError(file, row, f"{key} has fewer than {count} numbers", "restore the file")
            bones[current["name"][0]] = current
        elif section == ":bonedata":
            current[words[0]] = words[1:]
        elif section == ":hierarchy" and words[0] not in ("begin", "end"):
            unknown = [name for name in words if name != "root" and name not in bones]
            if unknown:
                raise InputError(file, row, f"the hierarchy names the unknown bone {unknown[0]}", "restore the file")
            parents.update(dict.fromkeys(words[1:], words[0]))
    orphans = [name for name in bones if name not in parents]
    if not bones or orphans:
        problem = f"the bone {orphans[0]} hangs on nothing" if orphans else "no bones"
        raise InputError(file, None, f"not a whole ASF file: {problem}", "restore the file")
    return Skeleton(
        {
            name: Bone(
                name,
                parents[name],
                np.array(_numbers(file, 0, bone["direction"][:3])),
                float(bone["length"][0]),
                scale * np.array(_numbers(file, 0, bone["axis"][:3])),
                tuple(bone.get("dof", ())),
            )
            for name, bone in bones.items()
        }
    )


def read_amc(path: str | PathLike[str], joints: dict[str, int]) -> NDArray[np.float64]:
    """Read a motion as (frames, sum of degrees of freedom) in radians, columns in the order of `joints`.

    joints: degrees of freedom by joint name, without the root, whose six values are dropped.
    Raises InputError naming the row where a frame lacks a joint, repeats one, or has another number of angles.
    """
    file = Path(path)
    lines = _lines(file)
    scale = 1.0 if any(words[0] == ":RADIANS" for _, words in lines) else math.pi / 180
    frames: list[dict[str, list[float]]] = []
    start = 0
    wanted = {"root": 6, **joints}

    def check_last() -> None:
        lacking = [name for name in wanted if frames and name not in frames[-1]]
        if lacking:
            raise InputError(file, start, f"frame {len(frames)} lacks the joint {lacking[0]}", "restore the file")

    for row, words in lines:
        if words[0].startswith(":"):
            continue
        if len(words) == 1 and words[0].isdigit():
            check_last()
            if int(words[0]) != len(frames) + 1:
                raise InputError(file, row, f"frame {words[0]} follows frame {len(frames)}", "restore the file")
            frames.append({})
            start = row
        elif not frames:
            raise InputError(file, row, "values before the first frame number", "restore the file")
        elif words[0] not in wanted:
            raise InputError(file, row, f"unknown joint {words[0]}", "use a motion of the CMU skeleton")
        elif words[0] in frames[-1] or len(words) - 1 != wanted[words[0]]:
            problem = f"{words[0]} with {len(words) - 1} values where one line of {wanted[words[0]]} was expected"
            raise InputError(file, row, problem, "restore the file")
        else:
            frames[-1][words[0]] = _numbers(file, row, words[1:])
    check_last()
    if not frames:
        raise InputError(file, None, "no frames", "restore the file")
    return scale * np.array([[value for name in joints for value in frame[name]] for frame in frames])
