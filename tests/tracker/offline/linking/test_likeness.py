"""How alike tracks look: what two cameras add to the distance of looks is taken off."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.offline.likelihood import FEWEST_LOOKS, between
from flatsort.tracker.offline.linking.likeness import likeness
from flatsort.tracker.offline.tracklets import Tracklet, tracklets

PEOPLE, LENGTH = 12, 30


def video(seed: int, shift: float, length: int = LENGTH) -> list[Tracklet]:
    """People seen at once by a camera that moves all looks by a shift, along an axis in which people do not differ."""
    own = np.random.default_rng(7).normal(size=(PEOPLE, 16))
    own[:, 0] = shift
    looks = np.tile(own, (length, 1)) + np.random.default_rng(seed).normal(0, 0.4, (length * PEOPLE, 16))
    frames, ids = np.arange(1, length + 1).repeat(PEOPLE), np.tile(np.arange(PEOPLE), length)
    boxes = np.tile([0.0, 0.0, 10.0, 20.0], (len(ids), 1))
    known = np.ones(len(ids), bool)
    return tracklets(frames, ids, boxes, np.full(len(ids), -1), looks.astype(np.float32), known)


def test_a_second_camera_costs_no_likeness() -> None:
    """Different people of two cameras are as unlike as those of one; within a video nothing changes."""
    plain, shifted = (likeness([video(1, 0.0), video(2, shift)], "euclidean") for shift in (0.0, 3.0))
    assert plain is not None
    assert shifted is not None
    np.testing.assert_allclose(plain, plain.T)
    np.testing.assert_allclose(shifted, shifted.T)
    off = ~np.eye(PEOPLE, dtype=bool)
    within, across = shifted[:PEOPLE, :PEOPLE][off], shifted[:PEOPLE, PEOPLE:]
    assert np.median(across) == pytest.approx(np.median(within), abs=0.2 * np.ptp(within))
    np.testing.assert_allclose(shifted[:PEOPLE, :PEOPLE], plain[:PEOPLE, :PEOPLE], rtol=0.05)
    assert (across.argmax(axis=1) == np.arange(PEOPLE)).all()
    assert np.diag(across).min() > across[off].max()


def test_likeness_is_never_taken_off() -> None:
    """A second camera before which all look more alike is no reason to think less alike who looks the same."""
    one, two = video(1, 0.0), video(1, 0.0)
    found = likeness([one, two], "euclidean")
    assert found is not None
    np.testing.assert_allclose(found[:PEOPLE, PEOPLE:], found[:PEOPLE, :PEOPLE], atol=1e-6)


def test_tracks_of_few_looks_are_not_known() -> None:
    few = [part.between(1, FEWEST_LOOKS - 1) for part in video(3, 0.0)[:2]]
    found = likeness([video(1, 0.0), few], "euclidean")
    assert found is not None
    assert np.isnan(found[:, PEOPLE:]).all()
    assert not np.isnan(found[:PEOPLE, :PEOPLE]).any()


def test_distances() -> None:
    one, two = np.array([[1.0, 0], [0, 1]]), np.array([[0.6, 0.8]])
    np.testing.assert_allclose(between(one, two, "cosine"), [[0.4], [0.2]])
    np.testing.assert_allclose(between(one, two, "euclidean"), np.linalg.norm(one[:, None] - two[None], axis=2))
