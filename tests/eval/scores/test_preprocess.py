"""MOTChallenge's rules, one scene each; a box is 10 wide and 20 high and stands at `x`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flatsort.data import BoxTable
from flatsort.eval.scores.preprocess import DISTRACTORS, MOT20_DISTRACTORS, preprocess

Table = Callable[[Any], BoxTable]


def truth(identity: int, x: float, conf: float, kind: int) -> tuple[float, ...]:
    return (1, identity, x, 0, 10, 20, conf, kind)


def track(identity: int, x: float) -> tuple[float, ...]:
    return (1, identity, x, 0, 10, 20)


@pytest.mark.parametrize(
    ("objects", "reported", "kept"),
    [
        pytest.param([truth(1, 0, 1, 1)], [track(1, 0), track(2, 50)], (1, 2), id="pedestrian, hit and false box"),
        pytest.param([truth(1, 0, 0, 1)], [track(1, 0)], (0, 1), id="pedestrian not to be counted: box stays"),
        pytest.param([truth(1, 0, 0, 7)], [track(1, 0)], (0, 0), id="static person: box goes"),
        pytest.param([truth(1, 0, 1, 2)], [track(1, 0)], (0, 0), id="distractor with conf 1 is no pedestrian"),
        pytest.param([truth(1, 0, 0, 8)], [track(1, 5)], (0, 1), id="distractor overlapped by a third: box stays"),
        pytest.param([truth(1, 0, 0, 12)], [track(1, 0), track(2, 1)], (0, 1), id="one distractor takes one box"),
        pytest.param([truth(1, 0, 0, 3)], [track(1, 0)], (0, 1), id="car is no distractor: box stays"),
        pytest.param([truth(1, 0, 0, 9)], [track(1, 0)], (0, 1), id="occluder is no distractor: box stays"),
        pytest.param(
            [truth(1, 0, 1, 1), truth(2, 2, 0, 7)], [track(1, 0)], (1, 1), id="pedestrian nearer than distractor"
        ),
        pytest.param(
            [truth(1, 2, 1, 1), truth(2, 0, 0, 7)], [track(1, 0)], (1, 0), id="distractor nearer than pedestrian"
        ),
        pytest.param(
            [truth(1, 0, 1, 1), truth(2, 0, 0, 10)], [track(1, 0)], (1, 1), id="occluder on the same spot, listed later"
        ),
        pytest.param([truth(1, 0, 0.5, 1)], [track(1, 0)], (0, 1), id="conf is read as an integer"),
        pytest.param([truth(1, 0, 1, -1), truth(2, 50, 0, -1)], [track(1, 50)], (1, 1), id="no classes: conf alone"),
        pytest.param([], [track(1, 0)], (0, 1), id="no ground truth"),
        pytest.param([truth(1, 0, 1, 1)], [], (1, 0), id="no tracks"),
        pytest.param([], [], (0, 0), id="nothing"),
    ],
)
def test_what_counts(table: Table, objects: list[Any], reported: list[Any], kept: tuple[int, int]) -> None:
    overlaps = preprocess(table(objects), table(reported))
    assert (int(overlaps.truth_boxes.sum()), int(overlaps.track_boxes.sum())) == kept
    assert (overlaps.truth_identities, overlaps.track_identities) == kept


@pytest.mark.parametrize(("distractors", "kept"), [(DISTRACTORS, 1), (MOT20_DISTRACTORS, 0)])
def test_mot20_has_one_distractor_more(table: Table, distractors: tuple[int, ...], kept: int) -> None:
    overlaps = preprocess(table([truth(1, 0, 0, 6)]), table([track(1, 0)]), distractors=distractors)
    assert overlaps.track_identities == kept


def test_length_counts_empty_frames(table: Table) -> None:
    assert preprocess(table([truth(1, 0, 1, 1)]), table([]), 30).length == 30
    assert preprocess(table([truth(1, 0, 1, 1)]), table([(7, 1, 0, 0, 1, 1)])).length == 7


@pytest.mark.parametrize(
    ("objects", "reported", "length", "message"),
    [
        ([truth(1, 0, 1, 14)], [], None, r"truth\.classes: 14 in frame 1, expected classes 1 to 13"),
        ([truth(1, 0, 1, 1), truth(2, 0, 1, -1)], [], None, r"truth\.classes: -1"),
        ([truth(1, 0, 1, 1), truth(1, 5, 1, 1)], [], None, r"truth\.ids: 1 stands twice in frame 1"),
        ([], [track(4, 0), track(4, 9)], None, r"tracks\.ids: 4 stands twice in frame 1"),
        ([], [(6, 1, 0, 0, 1, 1)], 5, "length: 5 frames, but there is a box in frame 6"),
    ],
)
def test_refused(table: Table, objects: list[Any], reported: list[Any], length: int | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        preprocess(table(objects), table(reported), length)
