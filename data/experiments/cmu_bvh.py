"""CMU motion in BVH, as its public conversions name the joints, back in the angles of its AMC files.

A conversion turns every joint in a frame that is parallel to the world at rest, an AMC file in the bone's own axes:
with the axes C of the skeleton (ASF), the AMC's rotation is CᵀRC. The first frame is a T-pose that was put there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from flatsort.data.errors import InputError
from flatsort.data.experiments.amc import Skeleton, read_asf
from flatsort.data.experiments.bvh import Array, read_bvh
from flatsort.data.experiments.kinematics import rotation

_TRUNK = {"lowerback": "LowerBack", "upperback": "Spine", "thorax": "Spine1"}
_NECK = {"lowerneck": "Neck", "upperneck": "Neck1", "head": "Head"}
_LEG = {"femur": "UpLeg", "tibia": "Leg", "foot": "Foot", "toes": "ToeBase"}
_ARM = {"clavicle": "Shoulder", "humerus": "Arm", "radius": "ForeArm", "wrist": "Hand", "hand": "FingerBase"}
_SIDES = {"l": "Left", "r": "Right"}
NAMES = {
    **_TRUNK,
    **_NECK,
    **{f"{s}{bone}": f"{side}{name}" for s, side in _SIDES.items() for bone, name in {**_LEG, **_ARM}.items()},
    **{f"{s}fingers": f"{side}HandIndex1" for s, side in _SIDES.items()},
    **{f"{s}thumb": f"{s.upper()}Thumb" for s in _SIDES},
}
"""The conversions' joint by the bone of the ASF."""
REST_AGREES = 0.3
"""How far the directions of an offset and of the ASF's bone, unit vectors, may lie apart: subjects differ by up to 0.2
at the shoulder, and a rest pose with straight legs by 0.35."""


def skeleton_beside(path: Path) -> Skeleton:
    """The skeleton (.asf) in a motion's folder: the subject's own, else any, as all have the same bones and axes.

    Raises InputError where there is none.
    """
    own = path.parent / f"{path.stem.split('_')[0]}.asf"
    found = [own] if own.is_file() else sorted(path.parent.glob("*.asf"))
    if not found:
        cure = "add a skeleton of the CMU database, such as 35.asf: it says about which axes a bone turns"
        raise InputError(path, None, "no skeleton (.asf) beside it", cure)
    return read_asf(found[0])


def read_cmu_bvh(path: Path, joints: dict[str, int], skeleton: Skeleton, rate: float) -> Array:
    """Angles (frames, sum of degrees of freedom) in radians as `read_amc` gives them, at `rate` frames a second.

    joints: degrees of freedom by bone, in the order of the columns.
    Raises InputError where a joint is missing, its rest pose is another, or the rate is no multiple of the one wanted.
    """
    motion = read_bvh(path)
    missing = [name for name in map(NAMES.__getitem__, joints) if name not in motion.joints]
    if missing:
        cure = "use a conversion of the CMU database, with joints such as LeftUpLeg and LowerBack"
        raise InputError(path, None, f"no joint {missing[0]}: not the CMU skeleton", cure)
    for bone in joints:
        check_rest(path, skeleton, bone, motion.joints[NAMES[bone]].offset)
    step = 1 / (rate * motion.frame_time)
    if round(step) < 1 or abs(step - round(step)) > 0.02 * step:
        problem = f"{1 / motion.frame_time:.4g} frames a second are no multiple of {rate:g}"
        raise InputError(path, None, problem, "use a conversion at 120 frames a second")
    columns = []
    for bone in joints:
        axis = rotation(skeleton.bones[bone].axis)
        angles = euler(axis.T @ motion.rotations(NAMES[bone])[1 :: round(step)] @ axis)
        columns.append(angles[:, ["xyz".index(dof[1]) for dof in skeleton.bones[bone].dof]])
    return np.concatenate(columns, axis=1)


def check_rest(path: Path, skeleton: Skeleton, bone: str, offset: Array) -> None:
    """Raise InputError where a joint is not where its parent bone ends at rest: angles would mean another pose."""
    parent = skeleton.bones.get(skeleton.bones[bone].parent)
    length = float(np.linalg.norm(offset))
    if parent is None or length == 0:  # conversions leave out the offset of a bone that starts where its parent does
        return
    if np.linalg.norm(offset / length - parent.direction / np.linalg.norm(parent.direction)) > REST_AGREES:
        cure = "use a conversion that keeps the rest pose of the ASF"
        raise InputError(path, None, f"the joint {NAMES[bone]} has another place at rest than in the skeleton", cure)


def euler(turned: Array) -> Array:
    """Angles (n, 3) about x, then y, then z of rotations (n, 3, 3): the inverse of `kinematics.rotation`."""
    y = np.arcsin(np.clip(-turned[:, 2, 0], -1, 1))
    x = np.arctan2(turned[:, 2, 1], turned[:, 2, 2])
    z = np.arctan2(turned[:, 1, 0], turned[:, 0, 0])
    return np.stack([x, y, z], axis=1)
