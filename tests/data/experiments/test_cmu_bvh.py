"""CMU motion in BVH gives the angles of its AMC: on a BVH that is made from an AMC here, as the conversions do."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.experiments import motion
from flatsort.data.experiments.amc import Skeleton, read_amc, read_asf
from flatsort.data.experiments.cmu_bvh import NAMES, euler, read_cmu_bvh
from flatsort.data.experiments.kinematics import rotation

RIGID = {"lhipjoint": "LHipJoint", "rhipjoint": "RHipJoint"}


@pytest.fixture(scope="module")
def cmu(real_data: Path) -> Path:
    folder = real_data / "mocap" / "cmu"
    if not (folder / "49.asf").is_file():
        pytest.skip(f"real data: no skeleton in {folder}")
    return folder


def convert(skeleton: Skeleton, angles: np.ndarray, path: Path, frame_time: float = 1 / 120) -> None:
    """Write a BVH of AMC angles (frames, 56) in radians, channels Z, Y, X, with a pose put before them."""
    names = {**NAMES, **RIGID}
    children: dict[str, list[str]] = {}
    for bone in skeleton.bones.values():
        children.setdefault(bone.parent, []).append(bone.name)
    columns: list[np.ndarray] = [np.zeros((len(angles) + 1, 6))]
    starts = dict(zip(motion.JOINTS, np.cumsum([0, *motion.JOINTS.values()]), strict=False))

    def block(name: str, depth: int) -> list[str]:
        bone, parent = skeleton.bones[name], skeleton.bones.get(skeleton.bones[name].parent)
        offset = np.zeros(3) if parent is None else parent.length * parent.direction
        free = np.zeros((len(angles), 3))
        if name in starts:
            part = angles[:, starts[name] : starts[name] + motion.JOINTS[name]]
            free[:, ["xyz".index(dof[1]) for dof in bone.dof]] = part
        axis = rotation(bone.axis)
        degrees = np.rad2deg(euler(axis @ rotation(free) @ axis.T))[:, ::-1]
        columns.append(np.concatenate([np.full((1, 3), 7.0), degrees]))
        inner = [line for child in children.get(name, []) for line in block(child, depth + 1)]
        inner = inner or ["End Site", "{", "OFFSET 0 1 0", "}"]
        head = f"OFFSET {' '.join(f'{x:.6f}' for x in offset)}", "CHANNELS 3 Zrotation Yrotation Xrotation"
        return [f"JOINT {names[name]}", "{", *head, *inner, "}"]

    hierarchy = [
        "ROOT Hips",
        "{",
        "OFFSET 0 0 0",
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation",
    ]
    hierarchy += [line for child in children["root"] for line in block(child, 1)] + ["}"]
    values = [" ".join(f"{value:.6f}" for value in row) for row in np.concatenate(columns, axis=1)]
    header = ["MOTION", f"Frames: {len(values)}", f"Frame Time: {frame_time:.7f}"]
    path.write_text("\n".join(["HIERARCHY", *hierarchy, *header, *values]))


def test_euler_is_the_inverse_of_rotation() -> None:
    angles = np.random.default_rng(0).uniform(-1.5, 1.5, (50, 3))
    np.testing.assert_allclose(euler(rotation(angles)), angles)


def test_a_converted_trial_gives_the_angles_of_the_amc(cmu: Path, tmp_path: Path) -> None:
    skeleton = read_asf(cmu / "49.asf")
    convert(skeleton, read_amc(cmu / "49_18.amc", motion.JOINTS), tmp_path / "49_18.bvh")
    shutil.copy(cmu / "49.asf", tmp_path)
    (read,) = motion.read_recordings(tmp_path)
    shutil.copy(cmu / "49_18.amc", tmp_path)
    (amc,) = motion.read_recordings(tmp_path)  # of a trial in both forms the AMC is read
    assert (read.name, read.movement, read.angles.shape) == ("49_18", "balancing", amc.angles.shape)
    difference = (read.angles - amc.angles + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(difference).max() < 1e-4


def test_five_movements_where_two_are_bvh_alone(cmu: Path, tmp_path: Path) -> None:
    skeleton = read_asf(cmu / "49.asf")
    shutil.copy(cmu / "49.asf", tmp_path)
    for name in ("35_01", "35_17", "49_18", "143_23", "74_05"):
        convert(skeleton, np.full((8, 56), 0.1), tmp_path / f"{name}.bvh")
    data = motion.load(tmp_path)
    assert data.origin == ("35_01", "35_17", "49_18", "143_23", "74_05")
    np.testing.assert_allclose(data.train, 0.1, atol=1e-5)


def test_what_is_no_conversion_of_cmu_is_told(cmu: Path, tmp_path: Path, real_data: Path) -> None:
    skeleton = read_asf(cmu / "49.asf")
    other = next(iter(sorted((real_data / "mocap" / "bandai").glob("*.bvh"))), None)
    if other is not None:
        with pytest.raises(InputError, match="not the CMU skeleton"):
            read_cmu_bvh(other, motion.JOINTS, skeleton, 30.0)
    path = tmp_path / "74_01.bvh"
    convert(skeleton, np.zeros((5, 56)), path, frame_time=1 / 50)
    with pytest.raises(InputError, match="50 frames a second are no multiple of 30"):
        read_cmu_bvh(path, motion.JOINTS, skeleton, 30.0)
    with pytest.raises(InputError, match=r"no skeleton \(.asf\) beside it"):
        motion.read_recordings(tmp_path)
    convert(skeleton, np.zeros((5, 56)), path)
    lines = path.read_text().splitlines()
    place = lines.index("JOINT LeftLeg") + 2
    path.write_text("\n".join([*lines[:place], "OFFSET 7 0 0", *lines[place + 1 :]]))
    with pytest.raises(InputError, match="the joint LeftLeg has another place at rest"):
        read_cmu_bvh(path, motion.JOINTS, skeleton, 30.0)
