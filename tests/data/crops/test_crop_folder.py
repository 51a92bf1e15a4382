"""Folders of crops, by the names of their files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.crop_folder import (
    is_labelled_folder,
    open_labelled_folder,
    open_tracklet_folder,
    read_crops,
)


def folder_of(path: Path, *names: str) -> Path:
    for value, name in enumerate(names):
        cv2.imwrite(str(path / name), np.full((8, 4, 3), value, np.uint8))
    return path


@pytest.mark.parametrize(
    ("names", "identities", "cameras"),
    [
        pytest.param(["0002_c1_3.jpg", "0002_c2_0.jpg", "0011_c1_0.jpg"], [2, 2, 11], [1, 2, 1], id="short"),
        pytest.param(["0002_c1s1_000451_03.jpg", "1501_c6s4_001902_01.jpg"], [2, 1501], [1, 6], id="Market-1501"),
        pytest.param(["0005_c2_f0046985.png"], [5], [2], id="DukeMTMC"),
        pytest.param(["0000_c1s1_1_1.jpg", "-1_c3s1_2_1.jpg"], [0], [1], id="junk is left out, distractors stay"),
    ],
)
def test_identity_and_camera_stand_in_the_name(
    tmp_path: Path, names: list[str], identities: list[int], cameras: list[int]
) -> None:
    folder = folder_of(tmp_path, *names)
    found = open_labelled_folder(folder)
    assert is_labelled_folder(folder)
    assert found.identities.tolist() == identities
    assert found.cameras.tolist() == cameras
    assert len(found.files) == len(found) == len(identities)


def test_tracklets_are_numbered_from_0_and_keep_their_moments(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "0007_l0.png", "0007_d1.png", "0003_l10.png", "0003_l9.png")
    found = open_tracklet_folder(folder)
    assert [file.name for file in found.files] == ["0003_l9.png", "0003_l10.png", "0007_d1.png", "0007_l0.png"]
    assert found.tracklets.tolist() == [0, 0, 1, 1]
    assert found.moments.tolist() == [9, 10, 1, 0]
    assert not is_labelled_folder(folder)
    assert [int(crop[0, 0, 0]) for crop in read_crops(found.files)] == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        pytest.param([], "holds no images", id="empty"),
        pytest.param(["0001_c1_0.jpg", "cover.jpg"], "cover.jpg: is no name of a crop", id="another picture"),
        pytest.param(["0001_l0.jpg"], "0001_l0.jpg: is no name of a crop", id="a tracklet, which names nobody"),
    ],
)
def test_another_folder_is_refused(tmp_path: Path, names: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        open_labelled_folder(folder_of(tmp_path, *names))


def test_a_broken_crop_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "0001_c1_0.jpg", "0001_c2_0.jpg")
    (folder / "0001_c2_0.jpg").write_bytes(b"\xff\xd8 no picture")
    with pytest.raises(InputError, match=r"0001_c2_0\.jpg"):
        read_crops(open_labelled_folder(folder).files)


def test_a_file_is_no_folder_of_crops(tmp_path: Path) -> None:
    assert not is_labelled_folder(folder_of(tmp_path, "0001_c1_0.png") / "0001_c1_0.png")
