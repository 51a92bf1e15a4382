"""Identities of a table of tracks, and how many there are over time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from flatsort.data import BoxTable
from flatsort.eval.report.identities import identities_of, people_over_time


def table(rows: list[tuple[int, int, float, float, float, float]]) -> BoxTable:
    values = np.array(sorted(rows), float)
    n = len(values)
    whole = values[:, :2].astype(np.int64)
    return BoxTable(whole[:, 0], whole[:, 1], values[:, 2:], np.ones(n), np.full(n, -1), np.ones(n))


ROWS = [
    *((frame, 7, 10.0, 10.0, 20.0, 30.0 + frame) for frame in (2, 3, 6)),
    (1, 3, 0.0, 0.0, 5.0, 9.0),
    (4, 3, -50.0, 0.0, 5.0, 90.0),  # large, but nearly all of it outside
    (5, 3, 0.0, 0.0, 6.0, 9.0),
]


def test_spans_and_moments() -> None:
    first, second = identities_of(table(ROWS), (100, 100), 2)
    assert (first.number, first.spans, first.frames, first.gaps) == (3, [(1, 1), (4, 5)], 3, 1)
    assert (second.number, second.spans, second.first, second.last) == (7, [(2, 3), (6, 6)], 2, 6)
    tracks = table(ROWS)
    assert [int(tracks.frames[row]) for row in second.moments] == [2, 6]
    assert int(tracks.frames[second.best]) == 6  # the largest


def test_an_identity_is_called_what_it_mostly_is() -> None:
    tracks = table(ROWS)
    assert [one.kind for one in identities_of(tracks, None, 1)] == ["", ""]
    classes = np.where(tracks.ids == 7, 2, np.where(tracks.frames == 1, 2, 1))
    mixed = replace(tracks, classes=classes, names={1: "cow", 2: "horse"})
    assert [(one.number, one.kind) for one in identities_of(mixed, None, 1)] == [(3, "cow"), (7, "horse")]


def test_the_best_crop_is_the_largest_within_the_picture() -> None:
    tracks = table(ROWS)
    inside = identities_of(tracks, (100, 100), 3)[0]
    unknown = identities_of(tracks, None, 3)[0]
    assert int(tracks.frames[inside.best]) == 5
    assert int(tracks.frames[unknown.best]) == 4


def test_people_over_time() -> None:
    assert people_over_time(table(ROWS), 8).tolist() == [1, 1, 1, 1, 1, 1, 0, 0]


def test_no_tracks() -> None:
    assert identities_of(BoxTable.none(), None, 5) == []
    assert people_over_time(BoxTable.none(), 3).tolist() == [0, 0, 0]
