"""Ended tracks: searched exactly, renewed, forgotten; against brute force over all that happened."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.memory.ended import MOST_VIEWS, EndedTracks


def integers(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


@pytest.mark.parametrize("seed", range(10))
def test_searches_equal_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    ended = EndedTracks()
    owned: dict[int, list[np.ndarray]] = {}
    last: dict[int, int] = {}
    living = integers(2, 5)
    for frame in range(1, 40):
        ids = np.unique(random.integers(1, 25, random.integers(1, 4)))
        counts = random.integers(1, 9, len(ids))
        views = random.normal(size=(counts.sum(), 4)).astype(np.float32)
        at = np.full(len(ids), frame)
        ended.add(ids, at - 1, at, 0 * at, views, ids.repeat(counts))
        for identity, own in zip(ids.tolist(), np.split(views, counts.cumsum()[:-1]), strict=True):
            there = identity in owned
            owned[identity] = [*owned.get(identity, []), *own]
            owned[identity] = owned[identity][-MOST_VIEWS:] if there else owned[identity]
            last[identity] = frame
        if frame % 7 == 0:
            ended.forget(frame - 10, living)
            for identity in [one for one in last if last[one] < frame - 10 and one not in living]:
                del last[identity], owned[identity]
        queries = random.normal(size=(3, 4)).astype(np.float32)
        rows, places, distances = ended.within(queries, 1.5)
        found = dict(zip(zip(rows.tolist(), ended.ids[places].tolist(), strict=True), distances, strict=True))
        nearest = {
            (row, identity): float(np.linalg.norm(np.array(own, np.float64) - query, axis=1).min())
            for row, query in enumerate(queries)
            for identity, own in owned.items()
        }
        expected = {key: value for key, value in nearest.items() if value <= 1.5}
        assert found.keys() == expected.keys()
        np.testing.assert_allclose([found[key] for key in expected], list(expected.values()), rtol=1e-6)
        assert dict(zip(ended.ids.tolist(), ended.last.tolist(), strict=True)) == last


def test_nothing_is_found_where_nothing_ended() -> None:
    rows, places, distances = EndedTracks().within(np.zeros((2, 4), np.float32), 1.0)
    assert len(rows) == len(places) == len(distances) == 0


def test_who_was_there_at_the_same_time() -> None:
    ended = EndedTracks()
    views = np.ones((3, 2), np.float32)
    ended.add(integers(1, 2, 4), integers(1, 5, 9), integers(6, 8, 12), integers(0, 0, 0), views, integers(1, 2, 4))
    assert ended.beside(integers(0, 1, 2)).tolist() == [[False, True, False], [True, False, False], [False] * 3]
    assert ended.beside(integers(2)).tolist() == [[False]]


def test_what_is_forgotten_takes_no_memory() -> None:
    ended = EndedTracks()
    for k in range(1, 200):
        ended.add(integers(k), integers(k), integers(k), integers(0), np.ones((8, 4), np.float32), np.full(8, k))
        ended.forget(k - 3, integers())
    assert len(ended.state_dict()["memory_views"]) <= 2 * 8 * 5


@pytest.mark.parametrize(
    ("change", "complaint"),
    {
        "an id that was not given": (
            {"memory_ids": np.array([[9], [1], [1], [0]])},
            "memory_ids that are not ascending",
        ),
        "an id twice": (
            {"memory_ids": np.array([[1, 1], [1, 1], [1, 1], [0, 0]])},
            "memory_ids that are not ascending",
        ),
        "seen in the future": ({"memory_ids": np.array([[1], [9], [99], [0]])}, "or not seen yet"),
        "another shape": ({"memory_ids": np.zeros((2, 1), np.int64)}, r"memory_ids \(2, 1\)"),
        "views of nobody": ({"memory_owners": integers(7, 7)}, "memory_owners that are not among memory_ids"),
        "views without owners": ({"memory_owners": integers(1)}, r"memory_views \(2, 3\) and memory_owners \(1,\)"),
        "views beyond all bounds": ({"memory_views": np.full((2, 3), 1e30)}, "numbers that are too large"),
    }.values(),
)
def test_refuses_a_damaged_state(change: dict[str, np.ndarray], complaint: str) -> None:
    ended = EndedTracks()
    ended.add(integers(1), integers(2), integers(5), integers(0), np.ones((2, 3), np.float32), integers(1, 1))
    EndedTracks().load_state_dict(ended.state_dict(), frame=6, last_id=2)
    with pytest.raises(ValueError, match=complaint):
        EndedTracks().load_state_dict(ended.state_dict() | change, frame=6, last_id=2)
