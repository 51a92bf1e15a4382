"""ASF and AMC: units, order, and the row of every damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.experiments.amc import read_amc, read_asf

JOINTS = {"hip": 2, "knee": 1}
MOTION = ":FULLY-SPECIFIED\n:DEGREES\n1\nroot 1 2 3 4 5 6\nknee 90\nhip 180 -45\n2\nroot 0 0 0 0 0 0\nhip 0 1\nknee 2\n"
SKELETON = """# drawn by hand
:units
  angle deg
:bonedata
  begin
     id 1
     name hip
     direction 1 0 0
     length 2.5
     axis 0 0 90 XYZ
    dof rx rz
    limits (-1 1)
           (-2 2)
  end
  begin
     name knee
     direction 0 1 0
     length 1
     axis 0 0 0 XYZ
    dof rx
  end
:hierarchy
  begin
    root hip
    hip knee
  end
"""


def test_columns_follow_the_joints_and_are_radians(tmp_path: Path) -> None:
    path = tmp_path / "a.amc"
    path.write_text(MOTION)
    np.testing.assert_allclose(read_amc(path, JOINTS), np.deg2rad([[180, -45, 90], [0, 1, 2]]))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("knee 90\n", "", "row 3: frame 1 lacks the joint knee"),
        ("knee 2\n", "", "row 7: frame 2 lacks the joint knee"),
        ("hip 0 1", "hip 0", "row 9: hip with 1 values"),
        ("hip 0 1", "hip 0 x", "row 9: expected numbers"),
        ("hip 0 1", "hip 0 nan", "row 9: a value is not finite"),
        ("hip 0 1", "tail 0 1", "row 9: unknown joint tail"),
        ("knee 2", "hip 2 2", "row 10: hip with 2 values where one line"),
        ("\n2\n", "\n7\n", "row 7: frame 7 follows frame 1"),
        ("\n1\n", "\n", "row 3: values before the first frame"),
        (MOTION, ":DEGREES\n", "no frames"),
    ],
)
def test_amc_damage_names_its_row(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = tmp_path / "a.amc"
    path.write_text(MOTION.replace(old, new))
    with pytest.raises(InputError, match=problem):
        read_amc(path, JOINTS)


def test_skeleton_units_and_parents(tmp_path: Path) -> None:
    path = tmp_path / "a.asf"
    path.write_text(SKELETON)
    skeleton = read_asf(path)
    assert skeleton.channels == ("hip rx", "hip rz", "knee rx")
    assert skeleton.bones["knee"].parent == "hip"
    assert skeleton.bones["hip"].length == 2.5
    np.testing.assert_allclose(skeleton.bones["hip"].axis, [0, 0, np.pi / 2])


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("     length 2.5\n", "", "a bone without length"),
        ("direction 1 0 0", "direction 1 0", "direction has fewer than 3"),
        ("hip knee", "hip nose", "row 25: .* unknown bone nose"),
        ("    hip knee\n", "", "knee hangs on nothing"),
        (SKELETON, "", "no bones"),
    ],
)
def test_asf_damage(tmp_path: Path, old: str, new: str, problem: str) -> None:
    path = tmp_path / "a.asf"
    path.write_text(SKELETON.replace(old, new))
    with pytest.raises(InputError, match=problem):
        read_asf(path)
