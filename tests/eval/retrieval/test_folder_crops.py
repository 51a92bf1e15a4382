"""Crops of a folder are described as if each were an image of its own."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.crop_folder import open_labelled_folder, read_crops
from flatsort.embedding import load_descriptor
from flatsort.eval.retrieval.folder_crops import PER_PICTURE, describe_folder, load_for_crops


def test_crops_of_several_sizes_are_described_exactly(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    sizes = [(20, 9)] * (PER_PICTURE - 1) + [(33, 16)] * 2 + [(20, 9)]  # a size that goes on into the next picture
    for place, (height, width) in enumerate(sizes):
        picture = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f"{place:04}_c1_0.png"), picture)
    folder = open_labelled_folder(tmp_path)
    names = {"pixels": "pixels", "colours": "hsv"}
    described = describe_folder(folder, load_for_crops(names))
    for label, name in names.items():
        descriptor = load_descriptor(name, gate=1.0)
        assert descriptor is not None
        alone = [
            descriptor(crop, np.array([[0.0, 0, crop.shape[1], crop.shape[0]]])) for crop in read_crops(folder.files)
        ]
        np.testing.assert_array_equal(described[label], np.concatenate(alone))


@pytest.mark.parametrize("name", ["none", "pca"])
def test_what_describes_no_crops_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=name):
        load_for_crops({"it": name})
