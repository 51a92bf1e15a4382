"""Prepared crops become pictures again."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flatsort.embedding.crop_input import CropInput
from flatsort.train_embedding.people.samples_picture import pictures


@pytest.mark.parametrize("channels", ["rgb", "bgr"])
def test_a_picture_is_what_was_prepared(channels: str) -> None:
    described = CropInput((8, 6), channels, 255.0, (0.3, 0.4, 0.5), (0.1, 0.2, 0.3))  # type: ignore[arg-type]
    crops = np.random.default_rng(0).integers(0, 256, (4, 8, 6, 3)).astype(np.uint8)
    prepared = torch.from_numpy(described.normalise(crops))
    np.testing.assert_array_equal(pictures(prepared, described), crops)
    assert pictures(prepared + 100, described).min() == 255  # what no picture can show is cut off
