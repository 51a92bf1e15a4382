"""OC-SORT's and Hybrid-SORT's parts, each against its formula; what they do on sequences is in test_originals.py."""

from __future__ import annotations

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter

from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.association.hybridsort import HybridSORT
from flatsort.tracker.association.ocsort import lead_over_gap
from flatsort.tracker.boxes import xyxy_to_xysr
from flatsort.tracker.kalman import POSITION, VELOCITY, XYSR

CONFIGS = {"ocsort": TrackerConfig.ocsort(), "hybridsort": TrackerConfig.hybridsort()}


def dense_sort(state: np.ndarray) -> KalmanFilter:
    """SORT's seven states."""
    dense = KalmanFilter(dim_x=7, dim_z=4)
    dense.F[[0, 1, 2], [4, 5, 6]] = 1
    dense.H = np.eye(4, 7)
    dense.R = np.diag([1.0, 1, 10, 10])
    dense.P = np.diag([10.0, 10, 10, 10, 1e4, 1e4, 1e4])
    dense.Q = np.diag([1.0, 1, 1, 1, 0.01, 0.01, 0.0001])
    dense.x[:4, 0] = state
    return dense


def test_a_filter_is_led_over_the_gap_as_if_it_had_been_observed() -> None:
    """Against the dense filter, one track at a time, for gaps of different lengths at once."""
    random = np.random.default_rng(0)
    before = np.array([[10.0, 20, 50, 120], [300, 40, 330, 110], [100, 100, 160, 260]])
    after, gap = before + random.normal(0, 15, (3, 4)), np.array([2, 7, 4])
    filters = XYSR.initiate(xyxy_to_xysr(before))
    dense = [dense_sort(state) for state in xyxy_to_xysr(before)]
    XYSR.predict(filters)
    lead_over_gap(XYSR, filters, before, after, gap)
    for track, start, end, frames in zip(dense, before, after, gap, strict=True):
        for frame in range(1, frames + 1):
            track.predict()
            track.update(xyxy_to_xysr((start + frame / frames * (end - start))[None])[0][:, None])
    states = np.array([track.x[:, 0] for track in dense])
    np.testing.assert_allclose(filters[POSITION], states[:, :4], rtol=1e-9)
    np.testing.assert_allclose(filters[VELOCITY, :, :3], states[:, 4:], rtol=1e-9)


def walking(start: float, speed: float, frames: int) -> list[list[float]]:
    return [[start + speed * frame, 0.0, start + speed * frame + 40, 100.0] for frame in range(frames)]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_a_track_is_reported_where_it_was_observed(config: TrackerConfig) -> None:
    tracker = Tracker(config)
    for box in walking(0, 9, 8):
        tracks = tracker.update([box], [0.9])
        np.testing.assert_array_equal(tracks.boxes, [box] * len(tracks.ids))
    assert tracks.ids.tolist() == [1]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_the_last_place_brings_back_who_stopped(config: TrackerConfig) -> None:
    """Its filter walked on while nobody looked; SORT with the same patience loses it."""
    walk, nothing = walking(0, 12, 8), np.empty((0, 4))
    found = []
    for settings in (config, TrackerConfig.sort(max_age=30)):
        tracker = Tracker(settings)
        for box in walk:
            tracker.update([box], [0.9])
        for _ in range(8):
            tracker.update(nothing, [])
        found.append([tracker.update([walk[-1]], [0.9]).detection_ids.tolist() for _ in range(4)][-1])
    assert found[0] == [1]
    assert found[1] != [1]


def test_direction_decides_where_overlap_does_not() -> None:
    """One who walks right is between two detections that overlap alike: the one ahead is taken, with inertia alone."""
    walk = walking(0, 4, 8)
    middle = np.array([walk[-1][0] + 4, 0, walk[-1][0] + 44, 100])  # where the filter expects the box
    step = np.array([9.0, 0, 9, 0])
    ahead, behind = middle + step, middle - step
    taken = []
    for inertia in (0.2, -0.2):
        tracker = Tracker(TrackerConfig.ocsort(inertia=inertia))
        for box in walk:
            tracker.update([box], [0.9])
        taken.append(tracker.update(np.array([behind, ahead]), [0.9, 0.9]).detection_ids.tolist())
    assert taken == [[-1, 1], [1, -1]]


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_camera_motion_is_refused(config: TrackerConfig) -> None:
    with pytest.raises(ValueError, match="motion is given"):
        Tracker(config).update(np.empty((0, 4)), [], motion=np.eye(2, 3))


def test_unsure_detections_are_for_hybridsort_alone() -> None:
    seen = []
    for config in CONFIGS.values():
        tracker = Tracker(config)
        for box in walking(0, 3, 6):
            tracker.update([box], [0.65])
        seen.append(tracker.update([walking(0, 3, 7)[-1]], [0.55]).detection_ids.tolist())
    assert seen == [[-1], [1]]


def test_overlap_of_hybridsort_counts_the_height() -> None:
    overlap = HybridSORT(CONFIGS["hybridsort"]).overlap(
        np.array([[0.0, 0, 10, 10]]), np.array([[0.0, 5, 10, 15], [5, 0, 15, 10], [20, 0, 30, 10]])
    )
    np.testing.assert_allclose(overlap, [[1 / 3 * 1 / 3, 1 / 3, 0]])
