"""Stored descriptors: rows find their detections, and files that do not fit are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.data import BoxTable, Detections, Frame, InputError, Sequence
from flatsort.embedding import describe, load_descriptor
from flatsort.embedding.descriptors.npy import PrecomputedDescriptor


def one_frame(index: int, ltwh: NDArray[np.float64], scores: NDArray[np.float64] | None = None) -> Frame:
    boxes = np.concatenate([ltwh[:, :2], ltwh[:, :2] + ltwh[:, 2:]], axis=1)
    return Frame(index, None, Detections(boxes, np.ones(len(boxes)) if scores is None else scores))


def named(name: str) -> Sequence:
    return Sequence(name, name, BoxTable.none(), None)


def make_rows(frames: int = 5, per_frame: int = 8, dimension: int = 6, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    n = frames * per_frame
    vectors = random.normal(size=(n, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    head = np.full((n, 10), -1.0)
    head[:, 0] = np.repeat(np.arange(1, frames + 1), per_frame)
    head[:, 2:6] = random.uniform(20, 1800, (n, 4))
    head[:, 6] = random.uniform(0, 1, n)
    return np.concatenate([head, vectors], axis=1).astype(np.float32)


def stored(rows: NDArray[np.float32]) -> PrecomputedDescriptor:
    return PrecomputedDescriptor(rows, distance="cosine", gate=0.2)


def test_rows_in_any_order_rounded_and_thinned() -> None:
    """The file is shuffled, the detections are a shuffled subset rounded to two decimals."""
    rows = make_rows()
    random = np.random.default_rng(1)
    descriptor = stored(rows[random.permutation(len(rows))])
    for frame in range(1, 6):
        own = rows[rows[:, 0] == frame][random.permutation(8)[:5]]
        vectors = describe(descriptor, one_frame(frame, own[:, 2:6].astype(np.float64).round(2)))
        np.testing.assert_array_equal(vectors, own[:, 10:])


def test_same_box_twice_is_told_apart_by_score() -> None:
    rows = make_rows(1, 3)
    rows[1, 2:6] = rows[0, 2:6]
    rows[:, 6] = 0.9, 0.4, 0.7
    ltwh = rows[:, 2:6].astype(np.float64)
    swapped = [1, 0, 2]
    vectors = describe(stored(rows), one_frame(1, ltwh[swapped], np.array([0.4, 0.9, 0.7])))
    np.testing.assert_array_equal(vectors, rows[swapped, 10:])
    alone = describe(stored(rows), one_frame(1, ltwh[[1]], np.array([0.4])))
    np.testing.assert_array_equal(alone, rows[[1], 10:])


def test_same_box_and_score_twice_keep_the_order() -> None:
    rows = make_rows(1, 3)
    rows[:, 2:7] = rows[0, 2:7]
    ltwh = rows[:, 2:6].astype(np.float64)
    vectors = describe(stored(rows), one_frame(1, ltwh, rows[:, 6].astype(np.float64)))
    np.testing.assert_array_equal(vectors, rows[:, 10:])


@pytest.mark.parametrize(
    ("frame", "shift", "message"),
    [
        (9, 0.0, "file.npy: frame 9: no row for 8 of 8 detections"),
        (1, 0.5, "file.npy: frame 1: no row for 1 of 8 detections .*it was made for other detections"),
    ],
)
def test_other_detections(frame: int, shift: float, message: str) -> None:
    rows = make_rows()
    ltwh = rows[rows[:, 0] == 1, 2:6].astype(np.float64)
    ltwh[3, 0] += shift
    descriptor = PrecomputedDescriptor(rows, distance="cosine", gate=0.2, source="file.npy")
    with pytest.raises(InputError, match=message):
        describe(descriptor, one_frame(frame, ltwh))


def test_more_detections_than_rows() -> None:
    rows = make_rows(1, 2)
    ltwh = rows[[0, 0, 1], 2:6].astype(np.float64)
    with pytest.raises(InputError, match="no row for 1 of 3 detections"):
        describe(stored(rows), one_frame(1, ltwh))


def test_load_unit_vectors_are_cosine_with_the_published_gate(tmp_path: Path) -> None:
    np.save(tmp_path / "walk.npy", make_rows())
    for name in (f"npy:{tmp_path / 'walk.npy'}", str(tmp_path / "walk.npy"), f"npy:{tmp_path}"):
        descriptor = load_descriptor(name, sequence=named("walk"))
        assert descriptor is not None
        assert (descriptor.distance, descriptor.gate, descriptor.dimension) == ("cosine", 0.2, 6)


def test_load_gate_beside_the_file_and_by_option(tmp_path: Path) -> None:
    rows = make_rows()
    rows[:, 10:] *= 3
    np.save(tmp_path / "a.npy", rows)
    with pytest.raises(InputError, match="without a gate"):
        load_descriptor(f"npy:{tmp_path / 'a.npy'}")
    chosen = load_descriptor(f"npy:{tmp_path / 'a.npy'},gate=2.5")
    assert chosen is not None
    assert (chosen.distance, chosen.gate) == ("euclidean", 2.5)
    (tmp_path / "a.npy.gate.json").write_text(json.dumps({"distance": "euclidean", "gate": 1.25}))
    stored_gate = load_descriptor(f"npy:{tmp_path / 'a.npy'}")
    assert stored_gate is not None
    assert (stored_gate.distance, stored_gate.gate) == ("euclidean", 1.25)
    np.save(tmp_path / "a.npy", make_rows())  # unit vectors, and yet the stored distance holds for a number given
    number = load_descriptor(f"npy:{tmp_path / 'a.npy'},gate=0.9")
    assert number is not None
    assert (number.distance, number.gate) == ("euclidean", 0.9)


def save_objects(path: Path) -> None:
    np.save(path, np.array([{"a": 1}, None], dtype=object), allow_pickle=True)


BAD_FILES = {
    "object dtype": (save_objects, "holds Python objects, which are not read"),
    "no array": (lambda path: path.write_bytes(b"hello, this is text"), "is no .npy array"),
    "truncated": (
        lambda path: (np.save(path, make_rows()), path.write_bytes(path.read_bytes()[:500])),
        "is truncated",
    ),
    "empty": (lambda path: path.write_bytes(b""), "is no .npy array"),
    "text": (lambda path: np.save(path, np.array([["a"] * 12])), "not numbers"),
    "no descriptor columns": (lambda path: np.save(path, make_rows()[:, :10]), r"has shape \(40, 10\)"),
    "one dimension": (lambda path: np.save(path, np.zeros(20)), r"has shape \(20,\)"),
    "header of a size that no machine holds": (
        lambda path: (
            np.save(path, make_rows()),
            path.write_bytes(path.read_bytes().replace(b"(40,", b"(999999999999,")),
        ),
        "is truncated",
    ),
    "frame": (lambda path: np.save(path, make_rows() + np.float32(0.5)), "row 1: frame is 1.5, not a whole number"),
    "nan": (lambda path: np.save(path, np.where(np.arange(40)[:, None] == 6, np.nan, make_rows())), "row 7: NaN"),
}


@pytest.mark.parametrize(("write", "message"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_bad_file(tmp_path: Path, write: Any, message: str) -> None:
    path = tmp_path / "bad.npy"
    write(path)
    with pytest.raises(InputError, match=message) as raised:
        load_descriptor(f"npy:{path}")
    assert str(path) in str(raised.value)


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.npy: does not exist"):
        load_descriptor(f"npy:{tmp_path}/none.npy")
    with pytest.raises(InputError, match=r"walk\.npy: does not exist"):
        load_descriptor(f"npy:{tmp_path}", sequence=named("walk"))
    with pytest.raises(InputError, match="no file is named"):
        load_descriptor("npy")
    with pytest.raises(InputError, match="is a folder"):
        load_descriptor(f"npy:{tmp_path}")


def test_call_needs_the_frame() -> None:
    with pytest.raises(ValueError, match="looked up by frame number"):
        stored(make_rows())(np.zeros((4, 4, 3), np.uint8), np.zeros((1, 4)))


@pytest.mark.parametrize("name", ["MOT16-05", "MOT16-09"])
def test_deepsort_features_fit_their_detections(real_data: Path, name: str) -> None:
    rows = np.load(real_data / "features" / "mars128" / f"{name}.npy")
    detections = np.loadtxt(real_data / "MOT16" / "train" / name / "det" / "det.txt", delimiter=",")
    descriptor = load_descriptor(f"npy:{real_data / 'features' / 'mars128' / name}.npy")
    assert descriptor is not None
    for frame in np.unique(detections[:, 0]).astype(int):
        own = detections[detections[:, 0] == frame]
        vectors = describe(descriptor, one_frame(frame, own[:, 2:6], own[:, 6]))
        np.testing.assert_array_equal(vectors, rows[rows[:, 0] == frame, 10:])
