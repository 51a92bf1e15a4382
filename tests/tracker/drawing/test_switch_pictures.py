"""Identity switches as pictures: which frames the panels show, and what is in them."""

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
    inside,
)

BOX = (100.0, 100.0, 140.0, 200.0)


def person(table_of: Any, frames: range) -> BoxTable:
    return table_of([(frame, 7, *BOX) for frame in frames])


def two_tracks(table_of: Any, last: int, first: int, end: int) -> BoxTable:
    """Track 1 up to frame `last`, track 2 from `first` to `end`, both on the person."""
    rows = [(frame, 1, *BOX) for frame in range(1, last + 1)]
    return table_of(rows + [(frame, 2, *BOX) for frame in range(first, end + 1)])


@pytest.mark.parametrize(
    ("last", "first", "moments"),
    [
        pytest.param(40, 41, [30, 41, 51], id="from one frame to the next"),
        pytest.param(40, 60, [30, 50, 70], id="after an occlusion"),
        pytest.param(4, 6, [1, 5, 16], id="early: as far back as the track goes"),
        pytest.param(70, 78, [60, 74, 80], id="late: as far on as the track goes"),
    ],
)
def test_panels_stand_before_during_and_after(
    table_of: Any, tmp_path: Path, last: int, first: int, moments: list[int]
) -> None:
    truth, tracks = person(table_of, range(1, 81)), two_tracks(table_of, last, first, 80)
    picture = SwitchPicture(tmp_path, Switch(7, 1, 2, last, first), truth, tracks)
    assert [panel.frame for panel in picture._panels] == moments
    assert picture.last_frame == moments[-1]


def test_panels_show_the_person_in_the_colours_of_the_tracks(table_of: Any, tmp_path: Path) -> None:
    truth, tracks = person(table_of, range(1, 41)), two_tracks(table_of, 15, 26, 40)
    picture = SwitchPicture(tmp_path, Switch(7, 1, 2, 15, 26), truth, tracks)
    for index in range(1, 41):
        picture.add(index, np.zeros((300, 300, 3), np.uint8))
    picture.close()
    sheet = cv2.imread(str(tmp_path / "switch-000026-person-7.png"))
    panels = [
        sheet[HEADER : HEADER + PANEL_HEIGHT, x : x + PANEL_WIDTH]
        for x in (MARGIN + place * (PANEL_WIDTH + GAP) for place in range(3))
    ]
    seen = [[bool((panel == colour_of(identity)).all(axis=2).any()) for identity in (1, 2)] for panel in panels]
    assert seen == [[True, False], [False, False], [False, True]]
    # Where no track holds the person, the ground truth is seen, dashed in white.
    assert (panels[1] == 255).all(axis=2).any()


@pytest.mark.parametrize(
    ("region", "moved"),
    [
        pytest.param([10, 10, 60, 90], [10, 10, 60, 90], id="inside"),
        pytest.param([-10, 30, 40, 110], [0, 20, 50, 100], id="over two edges"),
        pytest.param([-10, -10, 190, 50], [-10, 0, 190, 60], id="wider than the picture"),
    ],
)
def test_panels_are_moved_into_the_picture(region: list[float], moved: list[float]) -> None:
    assert inside(np.array(region, float), np.zeros((100, 160, 3), np.uint8)).tolist() == moved


def test_while_the_person_is_away_the_panel_shows_when_it_was_last_near(table_of: Any, tmp_path: Path) -> None:
    # In the scene until frame 22 and from 38 on; tracked until 20 and from 40 on: 30 is the middle.
    truth = table_of([(frame, 7, *BOX) for frame in (*range(1, 23), *range(38, 61))])
    picture = SwitchPicture(tmp_path, Switch(7, 1, 2, 20, 40), truth, two_tracks(table_of, 20, 40, 60))
    assert picture._panels[1].frame in (22, 38)


def test_a_switch_that_was_not_reached_leaves_no_picture(table_of: Any, tmp_path: Path) -> None:
    truth, tracks = person(table_of, range(1, 41)), two_tracks(table_of, 15, 26, 40)
    picture = SwitchPicture(tmp_path, Switch(7, 1, 2, 15, 26), truth, tracks)
    picture.add(5, np.zeros((300, 300, 3), np.uint8))
    picture.close()
    assert not list(tmp_path.iterdir())
