"""An identity switch as several trackers saw it: a row for each, the same frames, and each one's own ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flatsort.data import BoxTable
from flatsort.tracker.drawing.draw import colour_of
from flatsort.tracker.drawing.switch_pictures import (
    GAP,
    HEADER,
    MARGIN,
    PANEL_HEIGHT,
    PANEL_WIDTH,
    Switch,
    SwitchPicture,
)
from flatsort.tracker.drawing.switch_rows import LABEL, SwitchRows, TrackedRow, describe_ids

BOX = (100.0, 100.0, 140.0, 200.0)
SWITCH = Switch(person=7, old_id=1, new_id=2, last=15, first=26)
FRAMES = range(1, 41)


def row(table_of: Any, label: str, ids: dict[int, range]) -> TrackedRow:
    rows = sorted((frame, identity, *BOX) for identity, frames in ids.items() for frame in frames)
    held = {(frame, 7): identity for frame, identity, *_ in rows}
    return TrackedRow(label, table_of(rows), held)


@pytest.fixture
def truth(table_of: Any) -> BoxTable:
    return table_of([(frame, 7, *BOX) for frame in FRAMES])


@pytest.fixture
def rows(table_of: Any) -> list[TrackedRow]:
    switching = row(table_of, "none", {1: range(1, 16), 2: range(26, 41)})
    return [switching, row(table_of, "fmvae", {5: range(1, 41)})]


def draw(picture: SwitchRows | SwitchPicture) -> None:
    for index in FRAMES:
        picture.add(index, np.zeros((300, 300, 3), np.uint8))
    picture.close()


def test_each_row_shows_its_own_tracks(truth: BoxTable, rows: list[TrackedRow], tmp_path: Path) -> None:
    draw(SwitchRows(tmp_path, SWITCH, truth, rows))
    (path,) = tmp_path.iterdir()
    assert path.name == "switch-000026-person-7.png"
    sheet = cv2.imread(str(path))
    seen = []
    for place in range(2):
        top = HEADER + place * (LABEL + PANEL_HEIGHT) + LABEL
        starts = [MARGIN + column * (PANEL_WIDTH + GAP) for column in range(3)]
        panels = [sheet[top : top + PANEL_HEIGHT, x : x + PANEL_WIDTH] for x in starts]
        seen.append([[i for i in (1, 2, 5) if (panel == colour_of(i)).all(axis=2).any()] for panel in panels])
    assert seen == [[[1], [], [2]], [[5], [5], [5]]]


def test_panels_are_those_of_the_first_alone(truth: BoxTable, rows: list[TrackedRow], tmp_path: Path) -> None:
    """The frames, and what is in the first row, are those of the picture without other rows."""
    alone = SwitchPicture(tmp_path / "alone", SWITCH, truth, rows[0].tracks)
    beside = SwitchRows(tmp_path / "beside", SWITCH, truth, rows)
    assert beside.last_frame == alone.last_frame == 36
    for picture in (alone, beside):
        picture.path.parent.mkdir()
        draw(picture)
    one, other = (cv2.imread(str(picture.path)) for picture in (alone, beside))
    first = one[HEADER : HEADER + PANEL_HEIGHT]
    np.testing.assert_array_equal(first, other[HEADER + LABEL : HEADER + LABEL + PANEL_HEIGHT])


def test_ids_in_the_panels(truth: BoxTable, rows: list[TrackedRow], tmp_path: Path) -> None:
    picture = SwitchRows(tmp_path, SWITCH, truth, rows)
    assert [picture.ids(row) for row in rows] == [[1, None, 2], [5, 5, 5]]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([5, None, 5], "id 5 before and after"),
        ([1, 1, 2], "id 1 before, id 2 after"),
        ([None, 3, 2], "no id before, id 2 after"),
        ([None, None, None], "no id before, no id after"),
    ],
)
def test_what_became_of_the_id(ids: list[int | None], words: str) -> None:
    assert describe_ids(ids) == words


def test_a_switch_that_was_not_reached_leaves_no_picture(
    truth: BoxTable, rows: list[TrackedRow], tmp_path: Path
) -> None:
    picture = SwitchRows(tmp_path, SWITCH, truth, rows)
    picture.add(5, np.zeros((300, 300, 3), np.uint8))
    picture.close()
    assert not list(tmp_path.iterdir())
