"""The contact sheet: which crops it shows, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flatsort.data import BoxTable, InputError
from flatsort.tracker.drawing.draw import colour_of
from flatsort.tracker.drawing.picture import PAPER
from flatsort.tracker.drawing.strip import CELL_HEIGHT, CELL_WIDTH, COLUMNS, GAP, HEADER, MARGIN, ROWS, Strip


def sheet_of(path: Path, tracks: BoxTable, identity: int, frames: dict[int, np.ndarray]) -> np.ndarray:
    strip = Strip(path, tracks, identity, "made-up")
    for index, image in frames.items():
        strip.add(index, image)
    strip.close()
    return cv2.imread(str(path))


def cell(sheet: np.ndarray, place: int) -> np.ndarray:
    x = MARGIN + place * (CELL_WIDTH + GAP)
    return sheet[HEADER : HEADER + CELL_HEIGHT, x : x + CELL_WIDTH]


def test_each_cell_shows_the_identity_in_its_frame(walk: BoxTable, tmp_path: Path) -> None:
    frames = {index: np.full((120, 160, 3), 20 * index, np.uint8) for index in range(1, 7)}
    sheet = sheet_of(tmp_path / "s.png", walk, 9, frames)  # frames 2, 3 and 5
    assert [int(cell(sheet, place)[CELL_HEIGHT // 2, CELL_WIDTH // 2, 0]) for place in range(3)] == [40, 60, 100]
    assert (cell(sheet, 3) == PAPER).all()


def test_many_boxes_are_thinned_evenly_with_the_first_and_the_last(table_of: Any, tmp_path: Path) -> None:
    tracks = table_of([(frame, 1, 0, 0, 10, 20) for frame in range(1, 301)])
    strip = Strip(tmp_path / "s.png", tracks, 1, "long")
    chosen = sorted(strip._boxes)
    assert len(chosen) == COLUMNS * ROWS
    assert (chosen[0], chosen[-1]) == (1, 300)
    assert set(np.diff(chosen)) <= {10, 11}
    assert strip.last_frame == 300


def test_the_timeline_is_coloured_where_the_identity_is_there(table_of: Any, tmp_path: Path) -> None:
    rows = [(frame, 2, 0, 0, 50, 100) for frame in (*range(1, 26), *range(76, 101))]
    tracks = table_of(rows)
    frames = {index: np.zeros((120, 160, 3), np.uint8) for index in range(1, 101)}
    sheet = sheet_of(tmp_path / "s.png", tracks, 2, frames)
    coloured = (sheet == colour_of(2)).all(axis=2)
    line = coloured[HEADER + CELL_HEIGHT :].sum(axis=0)  # below the cells, only the timeline has the colour
    width = sheet.shape[1] - 2 * MARGIN
    shares = [line[MARGIN + int(part * width) :][: width // 20].mean() > 0 for part in (0.05, 0.45, 0.55, 0.9)]
    assert shares == [True, False, False, True]


def test_a_source_that_fails_midway_leaves_the_crops_so_far(walk: BoxTable, tmp_path: Path) -> None:
    frames = {index: np.zeros((120, 160, 3), np.uint8) for index in (1, 2)}
    assert sheet_of(tmp_path / "s.png", walk, 9, frames) is not None


def test_an_identity_that_is_not_there_is_refused(walk: BoxTable, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no identity 3; choose one of its 2 ids, such as 4"):
        Strip(tmp_path / "s.png", walk, 3, "made-up")


def test_empty_tracks_are_named_as_the_reason(table_of: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="they are empty"):
        Strip(tmp_path / "s.png", table_of([]), 3, "made-up")
