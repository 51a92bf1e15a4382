"""The likelihood ratio at long lags: learnt from pairs, modest, and silent where looks say nothing."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.memory.long_lags import FEWEST_TRACKS, LEAST, LongLags, nearest_of


def learnt(same: np.ndarray, different: np.ndarray, tracks: int = FEWEST_TRACKS) -> LongLags:
    lags = LongLags()
    lags.observe(same, different, tracks)
    return lags


def drawn(mean: float, count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 0.1, count).clip(0.01)


def test_distances_that_separate_are_known() -> None:
    lags = learnt(drawn(0.4, 300), drawn(1.0, 900))
    assert lags.knows
    near, far = lags.ratio(np.array([0.4, 1.0]))
    assert near > 3
    assert far < -2
    np.testing.assert_allclose(lags.ratio(np.array([lags.radius])), LEAST, atol=1e-9)


@pytest.mark.parametrize(
    ("same", "different", "tracks"),
    {
        "the same distances": (drawn(1.0, 300), drawn(1.0, 900, 1), 5),
        "upside down": (drawn(1.0, 300), drawn(0.4, 900), 5),
        "too few pairs": (drawn(0.4, 10), drawn(1.0, 900), 5),
        "nobody else there": (drawn(0.4, 300), np.empty(0), 5),
        "two tracks": (drawn(0.4, 300), drawn(1.0, 900), 2),
    }.values(),
)
def test_what_says_nothing_is_not_asked(same: np.ndarray, different: np.ndarray, tracks: int) -> None:
    assert not learnt(same, different, tracks).knows


def test_few_pairs_cannot_be_sure() -> None:
    """Who has seen 30 pairs of two people cannot say that a distance is a thousand times rarer among them."""
    few, many = learnt(drawn(0.3, 30), drawn(1.5, 30)), learnt(drawn(0.3, 3000), drawn(1.5, 3000))
    assert few.ratio(np.array([0.0])) == pytest.approx(np.log(31))
    assert many.ratio(np.array([0.0])) > few.ratio(np.array([0.0]))


def test_a_few_pairs_of_the_wrong_kind_do_not_flatten_the_line() -> None:
    """One person followed twice is a pair of two people at a distance of one."""
    clean = learnt(drawn(0.4, 300), drawn(1.0, 900))
    spoilt = learnt(drawn(0.4, 300), np.concatenate((drawn(1.0, 900), drawn(0.4, 30, 2))))
    ratio = spoilt.ratio(np.array([0.4, 1.0])) / clean.ratio(np.array([0.4, 1.0]))
    assert (ratio > 0.8).all()


def test_the_nearest_of_the_views_that_are_there() -> None:
    looks = np.array([[[0.0, 0], [3, 4], [9, 9]], [[1, 0], [0, 0], [0, 0]]], np.float32)
    there = np.array([[False, True, True], [True, False, False]])
    np.testing.assert_allclose(nearest_of(looks, there, np.zeros((2, 2), np.float32)), [5, 1])


def test_a_restored_one_goes_on() -> None:
    lags, again = learnt(drawn(0.4, 300), drawn(1.0, 900)), LongLags()
    again.load_state_dict(lags.state_dict())
    for one in (lags, again):
        one.observe(drawn(0.5, 400), drawn(1.1, 900), 1)
    at = np.linspace(0, 2, 50)
    np.testing.assert_array_equal(lags.ratio(at), again.ratio(at))
    with pytest.raises(ValueError, match="state has memory_pairs or memory_line"):
        again.load_state_dict(lags.state_dict() | {"memory_line": np.array([1.0, -1.0, -5.0, 3.0])})
