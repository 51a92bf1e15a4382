"""Frames that nobody looked at pass between two updates."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig

BOX = np.array([[100.0, 50, 140, 150]])
CONFIGS = [TrackerConfig(), TrackerConfig.sort(max_age=3), TrackerConfig.ocsort(), TrackerConfig.bytetrack()]


def moved(frame: int) -> np.ndarray:
    return BOX + 4.0 * frame * np.array([1, 0, 1, 0])


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.association)
def test_who_walks_on_keeps_the_id_over_frames_that_were_left_out(config: TrackerConfig) -> None:
    tracker = Tracker(config)
    for frame in range(8):
        tracks = tracker.update(moved(frame), [0.9])
    assert tracks.ids.tolist() == [1]
    tracks = tracker.update(moved(17), [0.9], steps=10)
    assert tracks.ids.tolist() == [1]
    assert tracker.frame == 18
    np.testing.assert_allclose(tracks.boxes, moved(17), atol=4)


def test_frames_left_out_are_no_misses() -> None:
    """SORT's track ends with its second miss; five frames left out are none."""
    tracker = Tracker(TrackerConfig.sort())
    for frame in range(5):
        tracker.update(moved(frame), [0.9])
    tracker.update(moved(10), [0.9], steps=6)
    assert tracker.update(moved(11), [0.9]).ids.tolist() == [1]


def test_after_longer_than_a_track_may_be_missed_all_tracks_have_ended() -> None:
    tracker = Tracker()
    for _ in range(5):
        tracker.update(BOX, [0.9])
    tracker.update(BOX, [0.9], steps=1000)
    for _ in range(3):
        tracks = tracker.update(BOX, [0.9])
    assert tracks.ids.tolist() == [2]


@pytest.mark.parametrize("steps", [0, -1, 1.5, "2"])
def test_steps_that_are_none(steps: object) -> None:
    with pytest.raises(ValueError, match="steps is"):
        Tracker().update(BOX, [0.9], steps=steps)  # type: ignore[arg-type]
