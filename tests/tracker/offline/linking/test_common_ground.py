"""The ground that two cameras share: the homography against OpenCV's, and what is found without a map."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from flatsort.tracker.offline.linking.common_ground import at_once, find_ground, homography, projected
from tests.tracker.offline.linking.conftest import FRONT, SIDE, TwoViews

FACES = np.random.default_rng(1).normal(size=(10, 8))
TRUE = SIDE @ np.linalg.inv(FRONT)


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_homography_is_opencvs(noise: float) -> None:
    random = np.random.default_rng(3)
    one = random.uniform(0, 900, (40, 2))
    two = projected(TRUE * np.sign(TRUE[2, 2]), one) + random.normal(0, noise, (40, 2))
    ours, theirs = homography(one, two), cv2.findHomography(one, two, 0)[0]
    # OpenCV goes on from the linear solution to the least error in pixels.
    np.testing.assert_allclose(projected(ours, one), projected(theirs, one), atol=1e-4 if noise == 0 else 0.5)


def test_what_lies_beyond_the_horizon_is_nowhere() -> None:
    ground = np.array([[1.0, 0, 0], [0, 1, 0], [0, 1, -10]])
    assert projected(ground, np.array([[5.0, 20], [5, 5]])).tolist() == [[0.5, 2], [np.inf, np.inf]]


@pytest.mark.parametrize("seed", range(4))
def test_the_map_is_found_from_a_few_who_look_alike(two_views: TwoViews, seed: int) -> None:
    """Looks point at the right pair of but half of the people, and at a wrong one of the others."""
    pairs = at_once(*two_views(seed, FACES), (25, 25))
    random = np.random.default_rng(seed)
    alike = np.where(np.arange(10) % 2, np.arange(10), random.permutation(10))
    ground = find_ground(pairs, np.where(pairs.columns == alike[pairs.rows], 3.0, -1.0))
    assert ground is not None
    same = pairs.rows == pairs.columns
    assert pairs.apart(ground)[same].max() < 0.1
    assert np.median(pairs.apart(ground)[~same]) > 0.5


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_found_where_other_people_walk(two_views: TwoViews, seed: int) -> None:
    one, _ = two_views(seed, FACES)
    _, two = two_views(seed + 100, FACES)
    pairs = at_once(one, two, (25, 25))
    assert find_ground(pairs, np.where(pairs.rows == pairs.columns, 3.0, -1.0)) is None


def test_few_people_are_not_enough(two_views: TwoViews) -> None:
    pairs = at_once(*two_views(0, FACES[:5]), (25, 25))
    assert find_ground(pairs, np.where(pairs.rows == pairs.columns, 3.0, -1.0)) is None


@pytest.mark.parametrize("rates", [(25.0, 25.0), (25.0, 10.0), (29.97, 25.0)])
def test_videos_are_compared_by_their_time(two_views: TwoViews, rates: tuple[float, float]) -> None:
    pairs = at_once(*two_views(0, FACES, rates=rates), rates)
    assert len(pairs) == 100
    same = pairs.rows == pairs.columns
    true = TRUE * np.sign(TRUE[2, 2])
    assert pairs.apart(true)[same].max() < 0.1
    if rates[0] != rates[1]:
        by_frame = at_once(*two_views(0, FACES, rates=rates), (25, 25))
        assert by_frame.apart(true)[by_frame.rows == by_frame.columns].max() > 0.1


def test_who_is_never_in_view_at_once_is_no_pair(two_views: TwoViews) -> None:
    one, two = two_views(0, FACES)
    early = [part.between(1, 100) for part in one]
    late = [part.between(91, 300) for part in two]
    assert len(at_once(early, late, (25, 25))) == 100  # ten moments are enough
    assert len(at_once(early, [part.between(92, 300) for part in two], (25, 25))) == 0
