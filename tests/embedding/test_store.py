"""Stored descriptors are the descriptors: the round trip through `npy:FILE`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import BoxTable, Frame, InputError, Sequence
from flatsort.data.sequences.picture import Picture
from flatsort.embedding import describe, load_descriptor
from flatsort.embedding.descriptors.hsv import ColourHistogram
from flatsort.embedding.store import store_descriptors


class Images:
    """Noise; from frame `broken` on, it cannot be read."""

    def __init__(self, count: int, broken: int | None = None) -> None:
        self.count, self.broken = count, broken

    def pictures(self, every: int = 1) -> Generator[Picture, None, None]:
        random = np.random.default_rng(0)
        for index in range(1, self.count + 1):
            if index == self.broken:
                raise InputError("noise", None, f"frame {index} cannot be read", "mend it")
            yield Picture(random.integers(0, 256, (80, 120, 3), dtype=np.uint8), index)


def sequence(frames: int = 6, broken: int | None = None, boxes: int = 4) -> Sequence:
    """Frame 3 has no detections."""
    index = np.repeat([1, 2, 4, 5, 6], boxes)
    n = len(index)
    random = np.random.default_rng(1)
    corner = random.uniform(-10, 90, (n, 2)).round(2)
    all_boxes = np.concatenate([corner, corner + random.uniform(5, 40, (n, 2)).round(2)], axis=1)
    minus = np.full(n, -1)
    table = BoxTable(index, minus, all_boxes, random.uniform(0, 1, n), minus, np.ones(n))
    return Sequence("noise", "noise", table, Images(frames, broken), length=frames)


def test_round_trip(tmp_path: Path) -> None:
    hsv = ColourHistogram(gate=0.77)
    seen: list[Frame] = []

    def watch(frames):  # type: ignore[no-untyped-def]
        for frame in frames:
            seen.append(frame)
            yield frame

    shape = store_descriptors(sequence(), hsv, tmp_path / "noise.npy", watch)
    rows = np.load(tmp_path / "noise.npy")
    assert shape == rows.shape == (20, 522)
    assert rows.dtype == np.float32
    assert len(seen) == 6
    np.testing.assert_array_equal(rows[:, [1, 7, 8, 9]], -1)
    stored = load_descriptor(f"npy:{tmp_path}", sequence=sequence())
    assert stored is not None
    assert (stored.distance, stored.gate) == ("euclidean", 0.77)
    for frame in sequence():
        np.testing.assert_array_equal(describe(stored, frame), describe(hsv, frame))


def test_no_detections(tmp_path: Path) -> None:
    store_descriptors(sequence(boxes=0), ColourHistogram(), tmp_path / "noise.npy")
    stored = load_descriptor(str(tmp_path / "noise.npy"))
    assert stored is not None
    assert stored.dimension == 512
    assert describe(stored, next(iter(sequence(boxes=0)))).shape == (0, 512)


def test_a_source_that_breaks_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frame 4 cannot be read"):
        store_descriptors(sequence(broken=4), ColourHistogram(), tmp_path / "noise.npy")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_earlier_file(
    tmp_path: Path, limited_file_size: Callable[[int], AbstractContextManager[None]]
) -> None:
    """A memory map would end the process with SIGBUS."""
    (tmp_path / "noise.npy").write_text("complete")
    with limited_file_size(20_000), pytest.raises(InputError, match=r"noise.npy: .*File too large.*free some space"):
        store_descriptors(sequence(), ColourHistogram(), tmp_path / "noise.npy")
    assert [path.name for path in tmp_path.iterdir()] == ["noise.npy"]
    assert (tmp_path / "noise.npy").read_text() == "complete"


def test_a_small_disk(small_disk: Path) -> None:
    (small_disk / "noise.npy").write_text("complete")
    with pytest.raises(InputError, match=r"noise.npy: .*No space left.*free some space"):
        store_descriptors(sequence(boxes=40), ColourHistogram(), small_disk / "noise.npy")
    assert [path.name for path in small_disk.iterdir()] == ["noise.npy"]
    assert (small_disk / "noise.npy").read_text() == "complete"


def test_another_suffix(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"name the output FILE\.npy"):
        store_descriptors(sequence(), ColourHistogram(), tmp_path / "noise.txt")


def test_live_source(tmp_path: Path) -> None:
    camera = Sequence("camera0", 0, BoxTable.none(), Images(3))
    with pytest.raises(InputError, match="0: is live and has no end; record it first"):
        store_descriptors(camera, ColourHistogram(), tmp_path / "camera.npy")
