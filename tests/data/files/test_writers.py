"""Writers: what they write is what was tracked, whole, and what there was before a failure."""

from __future__ import annotations

import builtins
import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from flatsort.data import InputError
from flatsort.data.files.motchallenge import read_tracks
from flatsort.data.files.writers import open_writer

FRAMES = [1, 2, 4]
IDS = [np.array([3, 7]), np.array([], dtype=np.int64), np.array([7])]
BOXES = [np.array([[10.004, 20, 40.5, 60], [-5.25, 0, 0.25, 1.0]]), np.empty((0, 4)), np.array([[0.0, 0, 1 / 3, 2]])]
SCORES = [np.array([0.5, 1.0]), np.empty(0), np.array([0.997784])]


def write_all(path: Path, format: str | None = None) -> Path:
    with open_writer(path, format) as writer:
        for frame in zip(FRAMES, IDS, BOXES, SCORES, strict=True):
            writer.write(*frame)
    return path


def test_motchallenge_text(tmp_path: Path) -> None:
    assert write_all(tmp_path / "a.txt").read_text() == (
        "1,3,10.00,20.00,30.50,40.00,0.5,-1,-1,-1\n"
        "1,7,-5.25,0.00,5.50,1.00,1,-1,-1,-1\n"
        "4,7,0.00,0.00,0.33,2.00,0.997784,-1,-1,-1\n"
    )


def test_motchallenge_text_is_read_back(tmp_path: Path) -> None:
    table = read_tracks(write_all(tmp_path / "a.txt"), 4)
    assert table.frames.tolist() == [1, 1, 4]
    assert table.ids.tolist() == [3, 7, 7]
    assert np.abs(table.boxes - np.concatenate(BOXES)).max() <= 0.01
    assert table.scores.tolist() == [0.5, 1, 0.997784]


def test_csv(tmp_path: Path) -> None:
    with write_all(tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["frame"], row["id"], row["left"], row["width"], row["score"]) for row in rows] == [
        ("1", "3", "10.00", "30.50", "0.5"),
        ("1", "7", "-5.25", "5.50", "1"),
        ("4", "7", "0.00", "0.33", "0.997784"),
    ]


def test_coco_json(tmp_path: Path) -> None:
    content = json.loads(write_all(tmp_path / "a.json").read_text())
    assert [image["id"] for image in content["images"]] == FRAMES
    annotations = content["annotations"]
    assert [(row["id"], row["image_id"], row["track_id"]) for row in annotations] == [(1, 1, 3), (2, 1, 7), (3, 4, 7)]
    assert annotations[0]["bbox"] == [10, 20, 30.5, 40]
    assert annotations[0]["area"] == pytest.approx(1219.85, abs=0.01)
    assert {row["category_id"] for row in annotations} == {category["id"] for category in content["categories"]}


def test_coco_json_without_frames(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.json"):
        pass
    content = json.loads((tmp_path / "a.json").read_text())
    assert (content["images"], content["annotations"]) == ([], [])


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flatsort.data.files.writers._PARQUET_GROUP", 2)
    file = parquet.ParquetFile(write_all(tmp_path / "a.parquet"))
    assert file.num_row_groups >= 2  # rows are not held back to the end
    table = file.read()
    assert table.schema.names == ["frame", "id", "left", "top", "width", "height", "score"]
    assert table["frame"].to_pylist() == [1, 1, 4]
    assert table["id"].to_pylist() == [3, 7, 7]
    assert table["width"].to_pylist() == [40.5 - 10.004, 5.5, 1 / 3]


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
def test_same_tracks_same_bytes(tmp_path: Path, suffix: str) -> None:
    first, second = (write_all(tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert first == second


@pytest.mark.parametrize(("suffix", "format"), [(".txt", "mot"), (".csv", "csv"), (".json", "json")])
def test_format_by_name_and_by_suffix(tmp_path: Path, suffix: str, format: str) -> None:
    named, inferred = write_all(tmp_path / "named.dat", format), write_all(tmp_path / f"inferred{suffix.upper()}")
    assert named.read_bytes() == inferred.read_bytes()


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
@pytest.mark.parametrize("failure", [InputError("a.mp4", None, "frame 3 cannot be read", "x"), KeyboardInterrupt()])
def test_rows_before_a_failure_are_kept(tmp_path: Path, suffix: str, failure: BaseException) -> None:
    def fail() -> None:
        with open_writer(tmp_path / f"a{suffix}") as writer:
            for frame in zip(FRAMES, IDS, BOXES, SCORES, strict=True):
                writer.write(*frame)
            raise failure

    with pytest.raises(type(failure)) as caught:
        fail()
    assert caught.value is failure
    assert os.listdir(tmp_path) == [f"a{suffix}"]
    assert (tmp_path / f"a{suffix}").read_bytes() == write_all(tmp_path / f"b{suffix}").read_bytes()


def test_nothing_appears_before_the_end(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.txt") as writer:
        writer.write(1, IDS[0], BOXES[0], SCORES[0])
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    ("ids", "boxes", "scores", "message"),
    [
        (IDS[0], BOXES[0][:1], SCORES[0], r"boxes has the shape \(1, 4\); expected \(2, 4\)"),
        (IDS[0], BOXES[0].ravel(), SCORES[0], r"boxes has the shape \(8,\)"),
        (IDS[0], BOXES[0], SCORES[0][:1], r"scores has the shape \(1,\); expected \(2,\)"),
        (IDS[0][:, None], BOXES[0], SCORES[0], r"ids has the shape \(2, 1\); expected \(2,\)"),
        (IDS[0], BOXES[0] * np.nan, SCORES[0], "must be finite"),
    ],
)
def test_refuses_other_shapes(tmp_path: Path, ids: Any, boxes: Any, scores: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message), open_writer(tmp_path / "a.txt") as writer:
        writer.write(1, ids, boxes, scores)


def test_refuses_other_formats(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no format has the suffix '\.doc'"), open_writer(tmp_path / "a.doc"):
        pass
    with pytest.raises(InputError, match="format 'xml' is not known"), open_writer(tmp_path / "a.txt", "xml"):
        pass
    assert os.listdir(tmp_path) == []


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real_import(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"pip install 'flatsort\[parquet\]'"), open_writer(tmp_path / "a.parquet"):
        pass
    assert os.listdir(tmp_path) == []


def test_a_hundred_thousand_rows_take_less_than_a_second(tmp_path: Path) -> None:
    import time

    ids, boxes, scores = np.arange(100), np.arange(400.0).reshape(100, 4) / 7, np.ones(100)
    start = time.process_time()
    with open_writer(tmp_path / "a.txt") as writer:
        for frame in range(1, 1001):
            writer.write(frame, ids, boxes, scores)
    assert time.process_time() - start < 1.0  # 0.2 s alone on one core
