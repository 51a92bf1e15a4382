"""BVH: the format, on files written here and on recordings of another skeleton, and the row of every damage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.experiments.bvh import read_bvh

TEXT = """HIERARCHY
ROOT hip
{
  OFFSET 0 1 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT knee
  {
    OFFSET 0 -2 0
    CHANNELS 3 Zrotation Yrotation Xrotation
    End Site
    {
      OFFSET 0 -1 0
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.025
0 0 0 0 0 0 0 0 0
1 2 3 0 0 0 90 0 90
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "a.bvh"
    path.write_text(text)
    return path


def test_channels_turn_in_the_files_order(tmp_path: Path) -> None:
    motion = read_bvh(written(tmp_path, TEXT))
    assert (list(motion.joints), motion.joints["knee"].parent, motion.frame_time) == (["hip", "knee"], "hip", 0.025)
    np.testing.assert_array_equal(motion.joints["knee"].offset, [0, -2, 0])
    np.testing.assert_allclose(motion.rotations("knee")[0], np.eye(3))
    # About x first, which takes y to z; then about z, which leaves it there.
    np.testing.assert_allclose(motion.rotations("knee")[1] @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(motion.rotations("knee")[1] @ [1, 0, 0], [0, 1, 0], atol=1e-12)


DAMAGE = {
    # name: (what is replaced, by what, what the line says)
    "a value short": ("90 0 90", "90 0", r"row 20: 8 values where 9 channels belong"),
    "a frame short": ("Frames: 2", "Frames: 3", "2 frames where its header says 3"),
    "no number": ("90 0 90", "90 x 90", "row 20: expected numbers"),
    "not finite": ("90 0 90", "90 nan 90", "row 20: a value is not finite"),
    "an unknown channel": ("3 Zrotation", "3 Wrotation", "row 9: 'CHANNELS 3 Wrotation"),
    "a wrong count of channels": ("CHANNELS 3", "CHANNELS 2", "row 9: "),
    "a brace short": ("}\nMOTION", "MOTION", "its hierarchy is not whole"),
    "two joints of one name": ("JOINT knee", "JOINT hip", "row 6: a second joint hip"),
    "no frame time": ("Frame Time: 0.025", "Frame Time: 0", "no positive number"),
    "no motion": ("MOTION", "MOTIONS", "not a BVH file"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_one_line_with_its_row(tmp_path: Path, name: str) -> None:
    before, after, says = DAMAGE[name]
    assert before in TEXT
    with pytest.raises(InputError, match=says) as caught:
        read_bvh(written(tmp_path, TEXT.replace(before, after)))
    assert "\n" not in str(caught.value)


def test_another_skeletons_recordings_are_read(real_data: Path) -> None:
    files = sorted((real_data / "mocap" / "bandai").glob("*.bvh"))
    if not files:
        pytest.skip(f"real data: no BVH in {real_data / 'mocap' / 'bandai'}")
    for file in files[:3]:
        motion = read_bvh(file)
        assert motion.values.shape[1] == 6 * len(motion.joints)
        assert 1 / motion.frame_time == pytest.approx(30, rel=1e-3)
        turned = motion.rotations("Spine")
        np.testing.assert_allclose(
            turned @ turned.transpose(0, 2, 1), np.broadcast_to(np.eye(3), turned.shape), atol=1e-9
        )
