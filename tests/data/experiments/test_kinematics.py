"""Forward kinematics: rotations against SciPy, a two-bone arm against trigonometry, limbs keep their length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from flatsort.data.experiments.amc import Bone, Skeleton, read_asf
from flatsort.data.experiments.kinematics import bone_ends, rotation


def arm(axis: np.ndarray) -> Skeleton:
    x = np.array([1.0, 0.0, 0.0])
    upper = Bone("upper", "root", x, 2.0, axis, ("rz",))
    return Skeleton({"lower": Bone("lower", "upper", x, 1.0, axis, ("rx", "rz")), "upper": upper})


def test_rotation_is_x_then_y_then_z() -> None:
    angles = np.random.default_rng(0).uniform(-3, 3, (20, 3))
    np.testing.assert_allclose(rotation(angles), Rotation.from_euler("xyz", angles).as_matrix(), atol=1e-12)


def test_two_bone_arm() -> None:
    first, second = np.array([[0.3], [-1.0]]), np.array([[0.0, 0.5], [0.0, 2.0]])
    ends = bone_ends(arm(np.zeros(3)), {"upper": first, "lower": second})
    elbow = 2 * np.column_stack([np.cos(first), np.sin(first)])
    both = first[:, 0] + second[:, 1]
    np.testing.assert_allclose(ends["upper"][:, :2], elbow, atol=1e-12)
    np.testing.assert_allclose(ends["lower"][:, :2], elbow + np.column_stack([np.cos(both), np.sin(both)]), atol=1e-12)


def test_angles_turn_about_the_bones_own_axis() -> None:
    """With the axis frame turned by 90° about x, its z is the world's −y: a turn about it moves x towards z."""
    ends = bone_ends(arm(np.array([np.pi / 2, 0, 0])), {"upper": np.array([[np.pi / 2]])})
    np.testing.assert_allclose(ends["upper"], [[0, 0, 2]], atol=1e-12)


def test_wrong_number_of_angles_is_named() -> None:
    with pytest.raises(ValueError, match=r"angles\['lower'\]: shape \(4, 1\); expected \(4, 2\)"):
        bone_ends(arm(np.zeros(3)), {"lower": np.zeros((4, 1))})


def test_a_real_skeleton_keeps_its_bone_lengths(real_data: Path) -> None:
    skeleton = read_asf(real_data / "mocap" / "cmu" / "35.asf")
    rng = np.random.default_rng(1)
    angles = {name: rng.uniform(-1, 1, (5, len(bone.dof))) for name, bone in skeleton.bones.items() if bone.dof}
    ends = bone_ends(skeleton, angles)
    for name, bone in skeleton.bones.items():
        length = np.linalg.norm(ends[name] - ends[bone.parent], axis=1)
        np.testing.assert_allclose(length, bone.length * np.linalg.norm(bone.direction), rtol=1e-9)
    rest = bone_ends(skeleton, {"head": np.zeros((1, 3))})
    assert rest["head"][0, 1] > rest["root"][0, 1] > rest["ltoes"][0, 1]
