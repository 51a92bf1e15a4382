"""Cameras that overlap: where people stand tells apart who looks alike."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.offline.linking import link, stand_together
from tests.tracker.offline.linking.conftest import TwoViews

# Twelve people, of whom two each look the same.
TWINS = np.random.default_rng(1).normal(size=(6, 8)).repeat(2, axis=0)


@pytest.mark.parametrize("seed", range(4))
def test_twins_are_told_apart_by_where_they_stand(two_views: TwoViews, seed: int) -> None:
    videos = two_views(seed, TWINS)
    stands = stand_together(videos, "euclidean", (25.0, 25.0))
    assert list(stands) == [(0, 1)]
    one, two = link(videos, "euclidean", overlap=stands)
    np.testing.assert_array_equal(one, two)
    assert len(set(one.tolist())) == len(TWINS)
    alone = link(videos, "euclidean")
    assert (alone[0] == alone[1]).sum() < len(TWINS)


def test_cameras_in_any_order(two_views: TwoViews) -> None:
    one, two = two_views(0, TWINS)
    found = link([two, one], "euclidean", overlap=stand_together([two, one], "euclidean", (25.0, 25.0)))
    np.testing.assert_array_equal(found[0], found[1])


def test_a_pair_of_cameras_without_common_ground_is_left_out(two_views: TwoViews) -> None:
    one, two = two_views(0, TWINS)
    _, elsewhere = two_views(50, TWINS)
    stands = stand_together([one, two, elsewhere], "euclidean", (25.0, 25.0, 25.0))
    assert list(stands) == [(0, 1)]


def test_two_of_one_video_stay_two(two_views: TwoViews) -> None:
    """The exclusion within a video holds: a track drawn twice in one view is linked once."""
    one, two = two_views(0, TWINS)
    doubled = [*one, one[3]]
    videos = [doubled, two]
    found = link(videos, "euclidean", overlap=stand_together(videos, "euclidean", (25.0, 25.0)))
    assert len(set(found[0].tolist())) == len(doubled)


def test_too_few_to_learn_from(two_views: TwoViews) -> None:
    assert stand_together(two_views(0, TWINS[:2]), "euclidean", (25.0, 25.0)) == {}
