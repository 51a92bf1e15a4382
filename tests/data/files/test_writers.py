"""Writers: what they write is what was tracked, whole, and what there was before a failure."""

from __future__ import annotations

import builtins
import csv
import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from flatsort.data import InputError
from flatsort.data.errors import one_line
from flatsort.data.files.partial import is_result
from flatsort.data.files.tracks import read_tracks
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


PLACES = [np.array([5, -1]), np.array([], dtype=np.int64), np.array([0])]
FOUND = [np.array([[11.0, 21, 41, 61], [np.nan] * 4]), np.empty((0, 4)), np.array([[0.0, 0.5, 1, 2]])]


def write_detections(path: Path, boxes: str) -> Path:
    with open_writer(path, boxes=boxes) as writer:
        for frame in zip(FRAMES, IDS, BOXES, SCORES, PLACES, FOUND, strict=True):
            writer.write(*frame)
    return path


def test_motchallenge_text_holds_the_detection_and_the_chosen_box(tmp_path: Path) -> None:
    assert write_detections(tmp_path / "a.txt", "filtered").read_text().splitlines() == [
        "1,3,10.00,20.00,30.50,40.00,0.5,-1,5,-1",
        "1,7,-5.25,0.00,5.50,1.00,1,-1,-1,-1",
        "4,7,0.00,0.00,0.33,2.00,0.997784,-1,0,-1",
    ]
    assert write_detections(tmp_path / "a.txt", "detected").read_text().splitlines() == [
        "1,3,11.00,21.00,30.00,40.00,0.5,-1,5,-1",
        "1,7,-5.25,0.00,5.50,1.00,1,-1,-1,-1",  # not seen
        "4,7,0.00,0.50,1.00,1.50,0.997784,-1,0,-1",
    ]


@pytest.mark.parametrize(("boxes", "other"), [("filtered", "detected"), ("detected", "filtered")])
def test_other_formats_hold_both_boxes(tmp_path: Path, boxes: str, other: str) -> None:
    with write_detections(tmp_path / "a.csv", boxes).open() as file:
        rows = list(csv.DictReader(file))
    annotations = json.loads(write_detections(tmp_path / "a.json", boxes).read_text())["annotations"]
    table = parquet.read_table(write_detections(tmp_path / "a.parquet", boxes)).to_pylist()
    sides = ("left", "top", "width", "height")
    seen = {"filtered": [10.004, 20, 30.496, 40], "detected": [11, 21, 30, 40]}
    unseen = {"filtered": [-5.25, 0, 5.5, 1], "detected": None}
    for place, expected in enumerate([seen, unseen]):
        for found in (rows[place], table[place]):
            shown = [float(found[side]) for side in sides]
            assert shown == pytest.approx(expected[boxes] or expected["filtered"], abs=0.005)
            beside = [
                float(found[name]) for name in (f"{other}_{side}" for side in sides) if found[name] not in ("", None)
            ]
            assert beside == pytest.approx(expected[other] or [], abs=0.005)
            assert int(found["detection"]) == PLACES[0][place]
        annotation = annotations[place]
        assert annotation["detection"] == PLACES[0][place]
        assert annotation["bbox"] == pytest.approx(expected[boxes] or expected["filtered"], abs=0.005)
        assert annotation[f"{other}_bbox"] == (
            None if expected[other] is None else pytest.approx(expected[other], abs=0.005)
        )


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
@pytest.mark.parametrize("boxes", ["filtered", "detected"])
def test_the_chosen_box_is_read_back(tmp_path: Path, suffix: str, boxes: str) -> None:
    table = read_tracks(write_detections(tmp_path / f"a{suffix}", boxes))
    left = {"filtered": [10.004, -5.25, 0], "detected": [11, -5.25, 0]}[boxes]
    assert table.boxes[:, 0] == pytest.approx(left, abs=0.005)


def test_refuses_other_boxes(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="boxes is 'raw'; use one of filtered, detected"),
        open_writer(tmp_path / "a.txt", boxes="raw"),
    ):
        pass


def test_coco_json_without_frames(tmp_path: Path) -> None:
    with open_writer(tmp_path / "a.json"):
        pass
    content = json.loads((tmp_path / "a.json").read_text())
    assert (content["images"], content["annotations"]) == ([], [])


def test_parquet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flatsort.data.files.formats.written._PARQUET_GROUP", 2)
    file = parquet.ParquetFile(write_all(tmp_path / "a.parquet"))
    assert file.num_row_groups >= 2  # rows are not held back to the end
    table = file.read()
    assert table.schema.names[2:9] == ["left", "top", "width", "height", "score", "class", "detection"]
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
def test_a_part_is_kept_beside_the_earlier_result(tmp_path: Path, suffix: str, failure: BaseException) -> None:
    (tmp_path / f"a{suffix}").write_text("complete")

    def fail() -> None:
        with open_writer(tmp_path / f"a{suffix}") as writer:
            for frame in zip(FRAMES, IDS, BOXES, SCORES, strict=True):
                writer.write(*frame)
            raise failure

    with pytest.raises(type(failure)) as caught:
        fail()
    assert caught.value is failure
    part = tmp_path / f"a.partial-3-frames{suffix}"
    assert one_line(failure).endswith(f"{part} keeps the first 3 frames")
    assert sorted(os.listdir(tmp_path)) == sorted([f"a{suffix}", part.name])
    assert (tmp_path / f"a{suffix}").read_text() == "complete"
    assert part.read_bytes() == write_all(tmp_path / f"b{suffix}").read_bytes()
    assert is_result(tmp_path / f"a{suffix}")
    assert not is_result(part)


def test_a_failure_before_the_first_frame_leaves_no_part(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), open_writer(tmp_path / "a.txt"):
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
def test_what_is_written_is_read(tmp_path: Path, suffix: str) -> None:
    table = read_tracks(write_all(tmp_path / f"a{suffix}"), 4)
    assert table.frames.tolist() == [1, 1, 4]
    assert table.ids.tolist() == [3, 7, 7]
    assert np.abs(table.boxes - np.concatenate(BOXES)).max() <= 0.01
    assert table.scores.tolist() == [0.5, 1, 0.997784]
    (tmp_path / f"a{suffix}").rename(tmp_path / "named-otherwise")
    assert read_tracks(tmp_path / "named-otherwise").ids.tolist() == [3, 7, 7]


def fill(path: Path) -> None:
    """Write until the disk says no."""
    corners = np.random.default_rng(0).uniform(0, 100, (400, 40, 2))  # which Parquet does not compress
    with open_writer(path) as writer:
        for frame, corner in enumerate(corners, start=1):
            writer.write(frame, np.arange(1, 41), np.concatenate([corner, corner + 9], axis=1), np.ones(40))


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
@pytest.mark.parametrize("kibibytes", [8, 16, 17, 64, 100])
def test_a_full_disk_leaves_the_earlier_result(
    tmp_path: Path, limited_file_size: Callable[[int], AbstractContextManager[None]], suffix: str, kibibytes: int
) -> None:
    """At multiples of the buffer's 8 KiB it is `write` that fails, elsewhere `close`."""
    path = tmp_path / f"a{suffix}"
    path.write_text("complete")
    with limited_file_size(kibibytes << 10), pytest.raises(InputError, match=r"File too large.*free some space"):
        fill(path)
    assert path.read_text() == "complete"
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
def test_a_small_disk(small_disk: Path, suffix: str) -> None:
    path = small_disk / f"a{suffix}"
    path.write_text("complete")
    with pytest.raises(InputError, match=r"No space left on device.*free some space"):
        fill(path)
    assert path.read_text() == "complete"
    assert os.listdir(small_disk) == [path.name]


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


NAMES = {1: "person", 40: "wine glass"}
CLASSES = [np.array([40, 1]), np.empty(0, np.int64), np.array([-1])]


def write_classes(path: Path, names: dict[int, str] | None = None) -> Path:
    with open_writer(path, names=NAMES if names is None else names) as writer:
        for frame in zip(FRAMES, IDS, BOXES, SCORES, strict=True):
            writer.write(*frame, classes=CLASSES[FRAMES.index(frame[0])])
    return path


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
@pytest.mark.parametrize("names", [NAMES, {}, {1: "person"}])
def test_classes_and_their_names_are_read_back(tmp_path: Path, suffix: str, names: dict[int, str]) -> None:
    table = read_tracks(write_classes(tmp_path / f"a{suffix}", names), 4)
    assert table.classes.tolist() == [40, 1, -1]
    assert table.names == (names if suffix == ".json" or len(names) != 1 else {})
    assert is_result(tmp_path / f"a{suffix}")
    assert [path for path in tmp_path.iterdir() if is_result(path)] == [tmp_path / f"a{suffix}"]


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
def test_tracks_without_classes_are_read_back_without(tmp_path: Path, suffix: str) -> None:
    write_classes(tmp_path / f"a{suffix}")
    table = read_tracks(write_all(tmp_path / f"a{suffix}"), 4)
    assert (table.has_classes, table.names) == (False, {})
    assert os.listdir(tmp_path) == [f"a{suffix}"]  # the names of the run before are gone


def test_classes_in_each_format(tmp_path: Path) -> None:
    assert write_classes(tmp_path / "a.txt").read_text().splitlines()[0].endswith(",0.5,40,-1,-1")
    with write_classes(tmp_path / "a.csv").open() as file:
        assert [row["class"] for row in csv.DictReader(file)] == ["40", "1", "-1"]
    table = parquet.read_table(write_classes(tmp_path / "a.parquet"))
    assert table["class"].to_pylist() == [40, 1, -1]
    content = json.loads(write_classes(tmp_path / "a.json").read_text())
    name_of = {category["id"]: category["name"] for category in content["categories"]}
    named = [name_of[row["category_id"]] for row in content["annotations"]]
    assert named == ["wine glass", "person", "unknown"]


def test_classes_for_a_writer_without_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="opened without names"), open_writer(tmp_path / "a.txt") as writer:
        writer.write(1, IDS[0], BOXES[0], SCORES[0], classes=CLASSES[0])
    with pytest.raises(ValueError, match="classes has the shape"), open_writer(tmp_path / "a.txt", names={}) as writer:
        writer.write(1, IDS[0], BOXES[0], SCORES[0], classes=CLASSES[2])
