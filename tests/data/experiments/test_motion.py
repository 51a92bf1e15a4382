"""CMU motion: three sources agree where they overlap, five movements where the files are there, damage is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.experiments import motion
from flatsort.data.experiments.amc import read_asf


def write_amc(path: Path, frames: int, angle: float) -> None:
    lines = [":FULLY-SPECIFIED", ":DEGREES"]
    for frame in range(frames):
        lines += [str(frame + 1), "root 0 0 0 0 0 0"]
        lines += [" ".join([joint, *[f"{angle + frame}"] * dof]) for joint, dof in motion.JOINTS.items()]
    path.write_text("\n".join(lines))


def test_five_movements_from_amc(tmp_path: Path) -> None:
    for name, angle in (("35_01", 1), ("35_17", 2), ("49_18", 3), ("143_23", 4), ("143_01", 9), ("74_05", 5)):
        write_amc(tmp_path / f"{name}.amc", 12, angle)
    data = motion.load(tmp_path)
    assert data.origin == ("35_01", "35_17", "49_18", "143_23", "74_05")
    assert data.about["train"].labels.tolist() == np.repeat(range(5), 3).tolist()
    # Every fourth frame of 120 Hz: 30 Hz.
    np.testing.assert_allclose(np.rad2deg(data.train[:3, 0]), [1, 5, 9], rtol=1e-5)
    assert data.train.shape == (15, 50)


def test_angles_are_wrapped(tmp_path: Path) -> None:
    write_amc(tmp_path / "35_01.amc", 1, -311)
    np.testing.assert_allclose(np.rad2deg(motion.load(tmp_path).train), 49, rtol=1e-5)


@pytest.mark.parametrize("name", ["cmu35WalkJog.mat", "cmu50_walkjog_balance_30hz_deg.npz", "49_18.amc"])
def test_truncated_files_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\0" * 40)
    with pytest.raises(InputError, match=name):
        motion.load(tmp_path)


def test_empty_folder_says_what_it_wants(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no CMU motion here"):
        motion.load(tmp_path)


def test_npz_with_nan_names_the_row(tmp_path: Path) -> None:
    bad = np.zeros((4, 50))
    bad[2, 3] = np.nan
    arrays = {"walkjog": bad, "lbls": np.zeros((4, 31)), "test": np.zeros((169, 50)), "bal": np.zeros((740, 50))}
    np.savez(tmp_path / "cmu50_walkjog_balance_30hz_deg.npz", **arrays)
    with pytest.raises(InputError, match="row 3: an angle is not finite"):
        motion.load(tmp_path)


@pytest.fixture(scope="module")
def cmu(real_data: Path) -> Path:
    folder = real_data / "mocap" / "cmu"
    if not folder.is_dir():
        pytest.skip(f"real data: no folder {folder}")
    return folder


def test_mat_amc_and_npz_agree(cmu: Path, tmp_path: Path) -> None:
    for name in ("cmu35WalkJog.mat", "cmu50_walkjog_balance_30hz_deg.npz"):
        (tmp_path / name).mkdir()
        shutil.copy(cmu / name, tmp_path / name / name)
    (tmp_path / "amc").mkdir()
    shutil.copy(cmu / "35_01.amc", tmp_path / "amc")
    shutil.copy(cmu / "49_18.amc", tmp_path / "amc")
    mat = {r.name: r for r in motion.read_recordings(tmp_path / "cmu35WalkJog.mat")}
    npz = {r.name: r for r in motion.read_recordings(tmp_path / "cmu50_walkjog_balance_30hz_deg.npz")}
    amc = {r.name: r for r in motion.read_recordings(tmp_path / "amc")}
    assert len(mat) == 33
    assert len(npz) == 36
    for name, recording in mat.items():
        assert npz[name].movement == recording.movement
        np.testing.assert_array_equal(npz[name].angles, recording.angles)
    for name, recording in amc.items():
        np.testing.assert_allclose(npz[name].angles, recording.angles, atol=1e-9)


def test_splits_share_no_block_and_hold_out_every_movement(cmu: Path) -> None:
    data = motion.load(cmu)
    assert data.train.shape[1] == len(data.channels) == 50
    assert np.abs(data.train).max() < np.pi
    blocks = {
        name: set(zip(part.sequences.tolist(), (part.frames // motion.BLOCK).tolist(), strict=True))
        for name, part in data.about.items()
    }
    assert not blocks["train"] & blocks["test"]
    assert not blocks["train"] & blocks["validation"]
    for name in ("validation", "test"):
        assert set(data.about[name].labels.tolist()) == {0, 1, 2}


def test_joint_table_is_the_skeletons(cmu: Path) -> None:
    channels = read_asf(cmu / "35.asf").channels
    ours = [joint for joint, dof in motion.JOINTS.items() for _ in range(dof)]
    assert [channel.split()[0] for channel in channels] == ours
