"""Views: means of embeddings in a row, spread over the life of a track, all rows at once."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.kalman import MOTION_MODELS
from flatsort.tracker.memory import views
from flatsort.tracker.track_table import TrackTable


def table_of(tracks: int) -> TrackTable:
    table = TrackTable(MOTION_MODELS["xywh"], views.columns())
    table.start(np.arange(tracks), np.tile([50.0, 50, 20, 40], (tracks, 1)), np.ones(tracks))
    return table


def grow(table: TrackTable, rows: np.ndarray, vectors: np.ndarray, frame: int) -> None:
    whole, looks = views.add(table, rows, vectors, unit=False)
    views.keep(table, whole, looks, frame)


@pytest.mark.parametrize("seed", range(5))
def test_rows_grow_as_each_would_alone(seed: int) -> None:
    """Against one list a track: every view is a mean, and every second one goes where there is no room."""
    random = np.random.default_rng(seed)
    table = table_of(4)
    parts: list[list[np.ndarray]] = [[] for _ in range(4)]
    kept: list[list[tuple[int, np.ndarray]]] = [[] for _ in range(4)]
    number, stride = [0] * 4, [1] * 4
    for frame in range(1, 200):
        rows = np.flatnonzero(random.random(4) < [0.9, 0.5, 0.1, 1.0])
        vectors = random.normal(size=(len(rows), 3)).astype(np.float32)
        grow(table, rows, vectors, frame)
        for row, vector in zip(rows.tolist(), vectors, strict=True):
            parts[row].append(vector)
            if len(parts[row]) < views.LENGTH:
                continue
            if number[row] % stride[row] == 0:
                if len(kept[row]) == views.VIEWS:
                    kept[row], stride[row] = kept[row][::2], 2 * stride[row]
                kept[row].append((frame, np.mean(parts[row], axis=0)))
            number[row] += 1
            parts[row] = []
    there = views.known(table, np.arange(4))
    for row in range(4):
        count = len(kept[row])
        assert there[row].tolist() == [True] * count + [False] * (views.VIEWS - count)
        assert table.extra["view_frames"][row, :count].tolist() == [frame for frame, _ in kept[row]]
        np.testing.assert_allclose(table.extra["views"][row, :count], [view for _, view in kept[row]], atol=1e-6)
        assert table.extra["view_number"][row] == number[row]


def test_views_are_spread_over_the_whole_life() -> None:
    table = table_of(1)
    for frame in range(1, 1001):
        grow(table, np.array([0]), np.ones((1, 2), np.float32), frame)
    frames = table.extra["view_frames"][0, : int(table.extra["view_count"][0])]
    assert frames[0] == views.LENGTH
    assert frames[-1] > 700
    assert len(set(np.diff(frames).tolist())) == 1


def test_views_of_directions_are_directions() -> None:
    table = table_of(1)
    for vector in ([1, 0], [0, 1], [1, 0]):
        whole, looks = views.add(table, np.array([0]), np.array([vector], np.float32), unit=True)
    assert whole.tolist() == [0]
    np.testing.assert_allclose(looks, [[2 / 5**0.5, 1 / 5**0.5]], atol=1e-6)


def test_only_views_until_a_frame() -> None:
    table = table_of(2)
    for frame in range(1, 10):
        grow(table, np.array([0]), np.ones((1, 2), np.float32), frame)
    assert views.known(table, np.array([0, 1]), until=6).sum(axis=1).tolist() == [2, 0]


def test_who_is_covered_shows_two_people() -> None:
    boxes = np.array([[0.0, 0, 40, 100], [30, 0, 70, 100], [200, 0, 240, 100], [210, 10, 220, 20]])
    assert views.uncovered(boxes).tolist() == [False, False, True, False]
