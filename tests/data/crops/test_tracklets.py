"""Tracklets: which detections are linked, by scenario, and that links are right on real data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.data import BoxTable, open_sequence, read_ground_truth
from flatsort.data.crops.tracklets import mine_tracklets


def table(rows: list[tuple[int, float, float]], scores: list[float] | None = None) -> BoxTable:
    """Boxes of 20 x 40 pixels: (frame, left, top)."""
    n = len(rows)
    corner = np.array([row[1:] for row in rows], float).reshape(n, 2)
    return BoxTable(
        np.array([row[0] for row in rows], np.int64),
        np.full(n, -1),
        np.concatenate([corner, corner + np.array([20, 40])], axis=1),
        np.ones(n) if scores is None else np.array(scores),
        np.full(n, -1),
        np.ones(n),
    )


SCENARIOS = {
    "one person walks": ([(1, 0, 0), (2, 2, 0), (3, 4, 1)], [0, 0, 0]),
    "two far apart": ([(1, 0, 0), (1, 99, 0), (2, 1, 0), (2, 98, 0)], [0, 1, 0, 1]),
    "a gap ends it": ([(1, 0, 0), (2, 0, 0), (4, 0, 0), (5, 0, 0)], [0, 0, 1, 1]),
    "a jump is no link": ([(1, 0, 0), (2, 15, 0)], [-1, -1]),
    "a rival in the later frame": ([(1, 0, 0), (2, 1, 0), (2, 12, 0)], [-1, -1, -1]),
    "a rival in the earlier frame": ([(1, 0, 0), (1, 12, 0), (2, 1, 0)], [-1, -1, -1]),
    "two boxes of one person": ([(1, 0, 0), (1, 1, 0), (2, 0, 0), (2, 1, 0)], [-1, -1, -1, -1]),
    "nothing": ([], []),
}


@pytest.mark.parametrize(("rows", "expected"), SCENARIOS.values(), ids=SCENARIOS.keys())
def test_links(rows: list[tuple[int, float, float]], expected: list[int]) -> None:
    np.testing.assert_array_equal(mine_tracklets(table(rows)), expected)


def test_low_scores_link_nothing_but_are_rivals() -> None:
    rows = [(1, 0.0, 0.0), (2, 1.0, 0.0), (2, 12.0, 0.0)]
    np.testing.assert_array_equal(mine_tracklets(table(rows, [1, 1, 0.1]), min_confidence=0.5), [-1, -1, -1])
    rows[2] = (2, 90.0, 0.0)
    np.testing.assert_array_equal(mine_tracklets(table(rows, [1, 1, 0.1]), min_confidence=0.5), [0, 0, -1])
    np.testing.assert_array_equal(mine_tracklets(table(rows[:2], [1, 0.1]), min_confidence=0.5), [-1, -1])


def test_real_tracklets_hold_one_person(real_data: Path) -> None:
    """Against ground truth: of the links between detections that lie on people, 99 in 100 join the same person."""
    folder = real_data / "MOT16" / "train" / "MOT16-09"
    detections = open_sequence(folder, images=False).detections
    truth = read_ground_truth(folder / "gt" / "gt.txt")
    tracklets = mine_tracklets(detections, min_confidence=0.3)
    people = np.full(len(detections), -1)
    for row in range(len(detections)):
        rows = truth.rows_of(int(detections.frames[row]))
        gap = np.abs(truth.boxes[rows] - detections.boxes[row]).max(axis=1)
        if len(gap) and gap.min() < 40:
            people[row] = truth.ids[rows][gap.argmin()]
    order = np.lexsort((detections.frames, tracklets))
    linked = (np.diff(tracklets[order]) == 0) & (tracklets[order][1:] >= 0)
    known = linked & (people[order][1:] >= 0) & (people[order][:-1] >= 0)
    same = people[order][1:][known] == people[order][:-1][known]
    assert known.sum() > 1000
    assert same.mean() > 0.99
    assert np.bincount(tracklets[tracklets >= 0]).max() > 50
