"""Prepared crops become pictures again."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from flatsort.embedding.crop_input import CropInput
from flatsort.embedding.networks.vae import Model, ModelConfig
from flatsort.train_embedding.people.samples_picture import COLUMNS, pictures, save_samples


@pytest.mark.parametrize("channels", ["rgb", "bgr"])
def test_a_picture_is_what_was_prepared(channels: str) -> None:
    described = CropInput((8, 6), channels, 255.0, (0.3, 0.4, 0.5), (0.1, 0.2, 0.3))  # type: ignore[arg-type]
    crops = np.random.default_rng(0).integers(0, 256, (4, 8, 6, 3)).astype(np.uint8)
    prepared = torch.from_numpy(described.normalise(crops))
    np.testing.assert_array_equal(pictures(prepared, described), crops)
    assert pictures(prepared + 100, described).min() == 255  # what no picture can show is cut off


@pytest.mark.parametrize(("nuisance", "rows"), [(0, 5), (4, 7)])
def test_what_z_alone_knows_has_a_row_where_there_is_v(tmp_path: Path, nuisance: int, rows: int) -> None:
    described = CropInput((64, 64), "rgb", 255.0, (0.4, 0.4, 0.4), (0.2, 0.2, 0.2))
    model = Model(ModelConfig("compact", "crops", 8, importance_samples=2, nuisance=nuisance)).eval()
    crops = np.random.default_rng(0).normal(size=(20, 3, 64, 64)).astype(np.float32)
    save_samples(tmp_path / "samples.png", model, crops, described)
    picture = cv2.imread(str(tmp_path / "samples.png"))
    headings = 3 if nuisance else 2
    assert picture.shape == (18 * headings + 66 * rows, 66 * COLUMNS, 3)
