"""Crops of person detections."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.person_crops import load

FRAMES = 20


def sequence(folder: Path, *, images: bool = True, height: float = 40.0) -> Path:
    """20 frames of 100×120 pixels, frame k of colour (B 10, G 20, R 5k), two boxes in each."""
    (folder / "det").mkdir(parents=True)
    (folder / "seqinfo.ini").write_text(
        f"[Sequence]\nname=toy\nimDir=img1\nframeRate=10\nseqLength={FRAMES}\nimWidth=120\nimHeight=100\nimExt=.png\n"
    )
    rows = [f"{k},-1,{left},10,30,{height},1,-1,-1,-1" for k in range(1, FRAMES + 1) for left in (10, 60)]
    (folder / "det" / "det.txt").write_text("\n".join(rows))
    if images:
        (folder / "img1").mkdir()
        for k in range(1, FRAMES + 1):
            cv2.imwrite(str(folder / "img1" / f"{k:06d}.png"), np.full((100, 120, 3), (10, 20, 5 * k), np.uint8))
    return folder


def test_crops_are_standardised_rgb_and_split_in_time(tmp_path: Path) -> None:
    crops = load([sequence(tmp_path / "toy")])
    assert crops.train.shape[1:] == (3, 64, 64)
    assert crops.train.dtype == np.float32
    assert len(crops.train) + len(crops.validation) + len(crops.test) == 2 * FRAMES
    assert crops.origin["train"][:, 1].max() < crops.origin["validation"][:, 1].min()
    assert crops.origin["validation"][:, 1].max() < crops.origin["test"][:, 1].min()
    assert crops.train[:, 0].mean() == pytest.approx(0, abs=1e-4)
    assert crops.train[:, 0].std() == pytest.approx(1, abs=1e-4)
    # A crop says its colour again: red is five times the frame, green is 20.
    for name in ("train", "validation", "test"):
        split, origin = getattr(crops, name), crops.origin[name]
        red = (split[:, 0] * crops.std[0] + crops.mean[0]) * 255
        np.testing.assert_allclose(red.mean((1, 2)), 5 * origin[:, 1], atol=0.5)
    np.testing.assert_allclose(crops.mean[1] * 255, 20, atol=0.5)


def test_at_most_so_many_crops_evenly_spread(tmp_path: Path) -> None:
    crops = load([sequence(tmp_path / "a"), sequence(tmp_path / "b")], most=40)
    counts = [len(crops.train), len(crops.validation), len(crops.test)]
    assert sum(counts) == 40
    assert set(crops.origin["train"][:, 0]) == {0, 1}
    assert np.diff(crops.origin["train"][crops.origin["train"][:, 0] == 0][:, 1]).max() == 1


def test_descriptor_says_how_to_prepare_crops(tmp_path: Path) -> None:
    crops = load([sequence(tmp_path / "toy")])
    assert crops.descriptor["mean"] == list(crops.mean)
    assert (crops.descriptor["size"], crops.descriptor["channels"]) == ([64, 64], "rgb")


def test_sequences_without_images_or_people_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no images to cut crops from"):
        load([sequence(tmp_path / "blind", images=False)])
    with pytest.raises(InputError, match="no detections at least 32 pixels high"):
        load([sequence(tmp_path / "small", height=20.0)])
