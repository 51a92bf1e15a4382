"""Tracklet crops of the walkers scene: the margin, the tracklets, and what cannot teach identity."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.data.crops.person_crops import load as load_crops
from flatsort.data.crops.tracklet_crops import MARGIN, load
from flatsort.data.errors import InputError
from flatsort.data.walkers.scene import walkers_scene


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scene") / "walkers"
    walkers_scene(frames=60).write_folder(folder, images="video")
    return folder


def test_the_inside_is_the_crop_without_a_margin(scene: Path) -> None:
    with_tracklets, plain = load([scene]), load_crops([scene])
    np.testing.assert_allclose(with_tracklets.mean, plain.mean, atol=2e-3)
    inside = with_tracklets.validation - plain.validation
    assert float(np.abs(inside).mean()) < 0.02  # standardised: the same pixels, sampled at the same places


def test_rows_are_the_training_part_with_tracklets_that_share_no_frame(scene: Path) -> None:
    found = load([scene])
    n = len(found.wide)
    assert found.wide.shape == (n, 64 + 2 * MARGIN, 64 + 2 * MARGIN, 3)
    assert {len(found.sources), len(found.frames), len(found.boxes), len(found.tracklets)} == {n}
    assert found.frames.max() <= 0.9 * 60 + 1
    np.testing.assert_array_equal(np.unique(found.tracklets), np.arange(found.tracklets.max() + 1))
    assert len(np.unique(np.stack([found.tracklets, found.frames]), axis=1).T) == n
    assert np.bincount(found.tracklets).max() > 5


def test_one_person_alone_teaches_no_identity(scene: Path, tmp_path: Path) -> None:
    rows = np.loadtxt(scene / "det" / "det.txt", delimiter=",", ndmin=2)
    first = rows[np.unique(rows[:, 0], return_index=True)[1]]
    np.savetxt(tmp_path / "one.txt", first, delimiter=",", fmt="%g")
    video = next(scene.glob("*.mp4"))
    with pytest.raises(InputError, match="never shows two people at once"):
        load([video], detections=tmp_path / "one.txt")
