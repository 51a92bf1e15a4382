"""Batches across views: matched tracklets side by side, each tracklet once, the same for the same seed and step."""

from __future__ import annotations

import numpy as np

from flatsort.train_embedding.batches.view_batches import ViewBatches

VIEWS = np.array([0, 1] * 10 + [-1] * 5)
TRACKLETS = np.random.default_rng(0).permutation(np.repeat(np.arange(25), [1, *[3] * 24]))
NOBODY = np.full(25, -1)


def batches(count: int = 12, others: int = 3, seed: int = 0) -> ViewBatches:
    return ViewBatches(TRACKLETS, VIEWS, count, others, seed)


def test_two_crops_of_each_tracklet_once() -> None:
    for step in range(20):
        batch = batches().draw(step, NOBODY)
        assert len(np.unique(batch.tracklets)) == len(batch.tracklets) == 15
        np.testing.assert_array_equal(TRACKLETS[batch.rows], np.repeat(batch.tracklets, 2))
        assert (VIEWS[batch.tracklets] < 0).sum() == 3
        pairs = batch.rows.reshape(-1, 2)
        several = batch.tracklets != 0  # the first has one crop alone
        assert (pairs[several, 0] != pairs[several, 1]).all()


def test_matches_come_together() -> None:
    match = NOBODY.copy()
    match[:20] = np.arange(20) ^ 1  # 0 with 1, 2 with 3, ...
    for step in range(10):
        chosen = set(batches().draw(step, match).tracklets.tolist()) - set(range(20, 25))
        assert chosen == {tracklet ^ 1 for tracklet in chosen}


def test_a_step_is_a_function_of_seed_and_step() -> None:
    one, again = batches().draw(3, NOBODY), batches().draw(3, NOBODY)
    np.testing.assert_array_equal(one.rows, again.rows)
    assert not np.array_equal(one.rows, batches().draw(4, NOBODY).rows)
    assert not np.array_equal(one.rows, batches(seed=1).draw(3, NOBODY).rows)


def test_small_sets_give_what_they_have() -> None:
    assert len(batches(count=99, others=99).draw(0, NOBODY).tracklets) == 25
    assert len(batches(others=0).draw(0, NOBODY).tracklets) == 12
