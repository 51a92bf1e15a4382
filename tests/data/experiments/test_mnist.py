"""MNIST: the bits follow the intensities; damaged files are named."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.experiments import mnist


def idx(array: np.ndarray) -> bytes:
    header = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


def test_read_idx_returns_what_was_written(tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 4, 3))
    (tmp_path / "a.gz").write_bytes(idx(array))
    np.testing.assert_array_equal(mnist.read_idx(tmp_path / "a.gz", (5, 4, 3)), array)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "no such MNIST file"),
        (b"hello", "not a whole gzip"),
        (idx(np.zeros((4, 2)))[:-9], "not a whole gzip"),
        (idx(np.zeros((4,))), "not an IDX file of 2"),
        (idx(np.zeros((3, 2))), r"sizes \(3, 2\)"),
        (gzip.compress(b""), "not an IDX file"),
    ],
    ids=["missing", "not gzip", "truncated", "other rank", "other sizes", "empty"],
)
def test_refuses_a_damaged_file(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "images.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=problem) as error:
        mnist.read_idx(path, (4, 2))
    assert str(path) in str(error.value)


def test_bits_follow_the_intensities(real_data: Path) -> None:
    data = mnist.load(real_data / "mnist")
    assert (data.train.shape, data.validation.shape, data.test.shape) == ((50_000, 784), (10_000, 784), (10_000, 784))
    assert set(np.unique(data.train)) == {0.0, 1.0}
    grey = mnist.read_idx(real_data / "mnist" / "t10k-images-idx3-ubyte.gz", (10_000, 28, 28)).reshape(10_000, 784)
    assert not data.test[grey == 0].any()
    assert data.test[grey == 255].all()
    middle = (grey > 120) & (grey < 136)
    assert data.test[middle].mean() == pytest.approx(grey[middle].mean() / 255, abs=0.01)
    assert np.bincount(data.about["test"].labels.astype(int)).tolist() == [
        *[980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    ]
