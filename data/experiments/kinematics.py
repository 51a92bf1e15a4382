"""Forward kinematics of an Acclaim skeleton: joint angles in, positions of the bones' ends out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.experiments.amc import Skeleton

Array = NDArray[np.float64]


def rotation(angles: Array) -> Array:
    """Rotation matrices (..., 3, 3) of angles (..., 3) about x, then y, then z, in radians (ASF's order XYZ)."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.moveaxis(angles, -1, 0)), np.sin(np.moveaxis(angles, -1, 0))
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    matrix: Array = np.moveaxis(np.array(rows), (0, 1), (-2, -1))
    return matrix


def bone_ends(skeleton: Skeleton, angles: dict[str, Array]) -> dict[str, Array]:
    """Where every bone ends, (n, 3) by bone name, with the root at the origin, upright, in the file's length unit.

    angles: (n, degrees of freedom) by bone name, in radians, in the order of the bone's `dof`; a bone without an
    entry stays at rest. Raises ValueError where an entry does not fit its bone.
    """
    count = len(next(iter(angles.values())))
    turned = {"root": np.broadcast_to(np.eye(3), (count, 3, 3))}
    ends: dict[str, Array] = {"root": np.zeros((count, 3))}
    waiting = list(skeleton.bones.values())
    while waiting:
        bone = next(bone for bone in waiting if bone.parent in ends)
        waiting.remove(bone)
        free = np.zeros((count, 3))
        if bone.name in angles:
            given = angles[bone.name]
            if given.shape != (count, len(bone.dof)):
                raise ValueError(f"angles[{bone.name!r}]: shape {given.shape}; expected {(count, len(bone.dof))}")
            free[:, ["xyz".index(dof[1]) for dof in bone.dof]] = given
        axis = rotation(bone.axis)
        turned[bone.name] = turned[bone.parent] @ axis @ rotation(free) @ axis.T
        ends[bone.name] = ends[bone.parent] + bone.length * turned[bone.name] @ bone.direction
    return ends
