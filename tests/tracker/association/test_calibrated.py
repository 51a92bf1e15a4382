"""The default tracker: scenarios that each of its parts is for."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.association import FrameDetections
from flatsort.tracker.association.calibrated import Calibrated

THREE = np.array([[40.0, 60, 90, 180], [190, 100, 240, 220], [340, 140, 390, 260]])
COLOURS = np.eye(3)


def followed(frames: list[np.ndarray], looks: np.ndarray | None = None, **config: object) -> list[int]:
    """The ids of the last frame's detections."""
    tracker = Tracker(TrackerConfig(distance="euclidean", **config))  # type: ignore[arg-type]
    for boxes in frames:
        tracks = tracker.update(boxes, np.full(len(boxes), 0.9), None if looks is None else looks[: len(boxes)])
    return tracks.detection_ids.tolist()


def test_who_moves_more_than_a_width_a_frame_is_known_by_looks() -> None:
    frames = [THREE + 70 * frame * np.array([1, 0, 1, 0]) for frame in range(8)]
    assert followed(frames, looks=COLOURS, gate=0.8) == [1, 2, 3]
    assert followed(frames) == [-1, -1, -1]


def test_who_moves_more_than_a_width_a_frame_is_expected_to_at_one_frame_a_second() -> None:
    frames = [THREE + 70 * frame * np.array([1, 0, 1, 0]) for frame in range(8)]
    assert followed(frames, frame_rate=1) == [1, 2, 3]


def test_a_detector_that_runs_on_every_fifth_frame() -> None:
    nothing = np.empty((0, 4))
    frames = [THREE + 3 * frame * np.array([1, 0, 1, 0]) if frame % 5 == 0 else nothing for frame in range(60)]
    tracker, shown = Tracker(), []
    for boxes in frames:
        shown.append(tracker.update(boxes, np.full(len(boxes), 0.9)).ids.tolist())
    assert shown[11:] == [[1, 2, 3]] * 49


def test_an_empty_scene_is_empty() -> None:
    tracker = Tracker()
    for _ in range(20):
        tracker.update(THREE, np.full(3, 0.9))
    shown = [len(tracker.update(np.empty((0, 4)), []).ids) for _ in range(5)]
    assert shown == [3, 0, 0, 0, 0]


def test_scores_far_below_the_others_start_nothing() -> None:
    tracker = Tracker()
    for _ in range(10):
        tracks = tracker.update(THREE, [0.9, 0.9, 0.1])
    assert tracks.detection_ids.tolist() == [1, 2, -1]


def test_a_second_box_on_a_person_starts_nothing() -> None:
    double = THREE[:1] + np.array([6, 4, 6, 4])
    frames = [THREE] * 5 + [np.concatenate([THREE, double])] * 10
    assert followed(frames) == [1, 2, 3, -1]


def test_looks_bring_a_lost_person_back_where_overlap_does_not() -> None:
    random = np.random.default_rng(0)
    identity = random.normal(size=(3, 16)).astype(np.float32)
    tracker = Tracker(TrackerConfig(distance="euclidean"))
    for _ in range(60):
        tracker.update(THREE, np.full(3, 0.9), identity + random.normal(0, 0.1, (3, 16)))
    for _ in range(20):
        tracker.update(THREE[1:], np.full(2, 0.9), identity[1:])
    moved = THREE + np.array([55, 0, 55, 0])  # a width and more
    for person, expected in ((0, 1), (1, -1)):
        state = Tracker.from_state_dict(tracker.state_dict())
        vectors = identity[[person, 1, 2]]
        assert state.update([moved[0], *THREE[1:]], np.full(3, 0.9), vectors).detection_ids[0] == expected


def test_equal_boxes_fall_the_same_way_in_any_order() -> None:
    """Two boxes in one place, with other scores: which one is taken does not depend on the rows' order."""
    boxes = np.concatenate([THREE, THREE])
    scores = np.r_[np.full(3, 0.9), np.full(3, 0.8)]
    one, other = Tracker(), Tracker()
    order = np.array([5, 0, 4, 2, 1, 3])
    for _ in range(6):
        plain, turned = one.update(boxes, scores), other.update(boxes[order], scores[order])
    assert plain.detection_ids[order].tolist() == turned.detection_ids.tolist()
    np.testing.assert_array_equal(plain.boxes, turned.boxes)


@pytest.mark.parametrize("seed", range(3))
def test_settled_pairs_are_not_asked_but_would_answer_the_same(seed: int) -> None:
    random = np.random.default_rng(seed)
    tracker = Tracker(TrackerConfig(distance="euclidean"))
    centre, velocity = random.uniform(0, 600, (20, 2)), random.normal(0, 4, (20, 2))
    identity, half = random.normal(size=(20, 16)), np.array([20, 50])
    association = tracker._association
    assert isinstance(association, Calibrated)
    for frame in range(60):
        centre += velocity
        boxes = np.concatenate([centre - half, centre + half], 1)
        vectors = (identity + random.normal(0, 0.1, identity.shape)).astype(np.float32)
        if frame > 40:
            detections = FrameDetections(
                np.arange(20), boxes, np.full(20, 0.9), association.model.measure(boxes), vectors
            )
            lazy = association.terms(tracker._table, detections)
            every = association.terms(tracker._table, detections, every=True)
            assert (lazy.appearance == 0).sum() > 5
            asked = dict(zip(zip(every.rows.tolist(), every.columns.tolist(), strict=True), every.gain, strict=True))
            for place, pair in enumerate(zip(lazy.rows.tolist(), lazy.columns.tolist(), strict=True)):
                settled = lazy.appearance[place] == 0
                assert asked[pair] > 0 if settled else asked[pair] == pytest.approx(lazy.gain[place])
        tracker.update(boxes, np.full(20, 0.9), vectors)


def test_time_is_in_seconds_where_the_frame_rate_is_known() -> None:
    assert TrackerConfig().longest_miss == 60
    assert TrackerConfig(frame_rate=60).longest_miss == 120
    assert TrackerConfig(frame_rate=7).longest_miss == 30
    assert TrackerConfig(frame_rate=60, max_age=5).longest_miss == 5


DAMAGED = {
    "looks of another dimension": ({"looks": np.array([5, 0])}, "state has track_look"),
    "no looks at all": ({"looks": None}, "no entry 'looks'"),
    "observations of another count": ({"track_observations": np.ones(7)}, "state has track_observations"),
    "a score level of other length": ({"level_scores": np.ones(7)}, "state has a score level"),
}


@pytest.mark.parametrize(("change", "complaint"), DAMAGED.values(), ids=DAMAGED.keys())
def test_refuses_a_damaged_state(change: dict, complaint: str) -> None:
    tracker = Tracker()
    tracker.update(THREE, np.full(3, 0.9), COLOURS)
    state = {name: value for name, value in (tracker.state_dict() | change).items() if value is not None}
    with pytest.raises(ValueError, match=complaint):
        Tracker.from_state_dict(state)
