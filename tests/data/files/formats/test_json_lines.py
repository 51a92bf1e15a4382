"""Tracks as JSON lines: written as they come, and read back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.files.tracks import read_tracks
from flatsort.data.files.writers import stream_writer

BOXES = np.array([[10.0, 20, 40, 100], [50, 20, 80, 90]])
LINE = '{"frame": 1, "tracks": [{"id": 3, "bbox": [1, 2, 3, 4], "score": 0.5}]}'


def test_each_frame_is_a_line_that_is_there_at_once_and_reads_back(tmp_path: Path) -> None:
    file = io.StringIO()
    with stream_writer(file, "street", "filtered", {1: "person"}) as writer:
        writer.write(1, np.array([1, 2]), BOXES, np.array([0.5, 0.75]), np.array([0, -1]), None, np.array([1, 3]), 0.04)
        assert json.loads(file.getvalue()) == {
            "sequence": "street",
            "frame": 1,
            "time": 0.04,
            "tracks": [
                {"id": 1, "bbox": [10, 20, 30, 80], "score": 0.5, "class": 1, "name": "person", "detection": 0}
                | {"detected_bbox": None},
                {"id": 2, "bbox": [50, 20, 30, 70], "score": 0.75, "class": 3, "name": "class 3", "detection": -1}
                | {"detected_bbox": None},
            ],
        }
        writer.write(2, *(np.empty(0, np.int64), np.empty((0, 4)), np.empty(0)))
    path = tmp_path / "a.jsonl"
    path.write_text(file.getvalue())
    tracks = read_tracks(path)
    assert len(file.getvalue().splitlines()) == 2
    np.testing.assert_array_equal(tracks.boxes, BOXES)
    assert (tracks.ids.tolist(), tracks.classes.tolist(), tracks.frames.tolist()) == ([1, 2], [1, 3], [1, 1])


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        ("[1]", "row 2: is no JSON object"),
        (LINE[:30], "row 2: is no JSON object"),
        (LINE.replace('"id": 3', '"id": "3"'), "row 2: is no JSON object"),
        (LINE.replace("0.5", "NaN"), "row 2: holds NaN"),
        (LINE.replace('"frame"', '"sequence": "b", "frame"'), "row 2: is of another sequence"),
    ],
)
def test_bad_lines_are_named(tmp_path: Path, second: str, problem: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{LINE}\n{second}\n")
    with pytest.raises(InputError, match=problem):
        read_tracks(path)
