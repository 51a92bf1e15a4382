"""MNIST, binarised once: every pixel is drawn from its intensity with a fixed seed."""

from __future__ import annotations

import gzip
import zlib
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.experiments.dataset import DataSet, Split
from flatsort.data.experiments.location import data_root

SIDE = 28
BINARISATION_SEED = 0
_CURE = "put the four original .gz files there, or name their folder"


def read_idx(path: str | PathLike[str], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read one gzipped IDX file of unsigned bytes (LeCun's format: magic, big-endian sizes, data).

    shape: the expected sizes. Raises InputError where the file is missing, damaged or of another shape.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(file, None, "no such MNIST file", _CURE)
    try:
        raw = gzip.decompress(file.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(file, None, f"not a whole gzip file ({error})", "fetch it again") from None
    header = 4 + 4 * len(shape)
    if len(raw) < header or raw[:3] != b"\0\0\x08" or raw[3] != len(shape):
        raise InputError(file, None, f"not an IDX file of {len(shape)}-dimensional unsigned bytes", "fetch it again")
    sizes = tuple(int(size) for size in np.frombuffer(raw, ">u4", len(shape), offset=4))
    if sizes != shape or len(raw) != header + int(np.prod(shape)):
        have = f"sizes {sizes}, {len(raw) - header} bytes of data"
        raise InputError(file, None, f"{have} where MNIST has {shape}", "fetch it again")
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape)


def load(folder: str | PathLike[str] | None = None) -> DataSet:
    """Load 50,000 training, 10,000 validation and 10,000 test images of 784 pixels that are 0 or 1.

    folder: where the four `.gz` files are; by default `mnist` in the data folder. Validation is the last 10,000
    of the original training images. A pixel is 1 with the probability of its intensity / 255, drawn once
    (static binarisation, Salakhutdinov & Murray 2008), so that everyone compares on the same bits.
    Labels are digits. Raises InputError where a file is missing or damaged.
    """
    root = Path(folder) if folder is not None else data_root() / "mnist"
    intensities = np.concatenate(
        [
            read_idx(root / "train-images-idx3-ubyte.gz", (60_000, SIDE, SIDE)),
            read_idx(root / "t10k-images-idx3-ubyte.gz", (10_000, SIDE, SIDE)),
        ]
    ).reshape(70_000, SIDE * SIDE)
    digits = np.concatenate(
        [
            read_idx(root / "train-labels-idx1-ubyte.gz", (60_000,)),
            read_idx(root / "t10k-labels-idx1-ubyte.gz", (10_000,)),
        ]
    ).astype(np.int64)
    if digits.max() > 9:
        raise InputError(root, None, f"a label is {digits.max()} where digits end at 9", "fetch the label files again")
    rng = np.random.default_rng(BINARISATION_SEED)
    # 255 u < intensity with u in [0, 1): intensity 0 is never on, 255 is always on.
    bits = np.concatenate(
        [255 * rng.random((10_000, SIDE * SIDE), dtype=np.float32) < part for part in np.split(intensities, 7)]
    ).astype(np.float32)
    cuts = {"train": slice(0, 50_000), "validation": slice(50_000, 60_000), "test": slice(60_000, 70_000)}
    rows = np.arange(70_000)
    return DataSet(
        name="mnist",
        unit="bit",
        train=bits[cuts["train"]],
        validation=bits[cuts["validation"]],
        test=bits[cuts["test"]],
        about={name: Split(digits[cut], rows[cut], np.zeros_like(rows[cut])) for name, cut in cuts.items()},
        label_names=tuple("0123456789"),
        image_shape=(SIDE, SIDE),
        origin=(str(root.name),),
    )
