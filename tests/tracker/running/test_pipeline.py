"""The pipeline: which detections reach the tracker, in which order, with which descriptors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from flatsort.data import Detections, InputError
from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.running.pipeline import keep_detections, track_sequence

# Three boxes in file order: a tall sure one, the same again less sure, and a small unsure one apart.
BOXES = np.array([[10.0, 10, 50, 110], [12, 10, 52, 110], [200, 50, 220, 80]])
SCORES = np.array([0.6, 0.9, 0.2])
DETECTIONS = Detections(BOXES, SCORES)


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        pytest.param({}, [0, 1, 2], id="none"),
        pytest.param({"min_confidence": 0.2}, [0, 1, 2], id="the limit itself passes"),
        pytest.param({"min_confidence": 0.21}, [0, 1], id="confidence"),
        pytest.param({"min_height": 30}, [0, 1, 2], id="a height at the limit"),
        pytest.param({"min_height": 31}, [0, 1], id="height"),
        pytest.param({"nms": 0.5}, [1, 2], id="the surer of two, in file order"),
        pytest.param({"nms": 1.0}, [0, 1, 2], id="full overlap allowed"),
        pytest.param({"nms": 0.5, "min_confidence": 0.95}, [], id="nothing left"),
    ],
)
def test_filters(filters: dict[str, float], kept: list[int]) -> None:
    assert keep_detections(DETECTIONS, **filters).tolist() == kept


def test_confidence_and_height_filter_before_nms() -> None:
    # The surest box is too small to count. If it suppressed first, it would take the other with it.
    boxes = np.array([[0.0, 0, 100, 100], [0, 0, 100, 99]])
    detections = Detections(boxes, np.array([0.5, 0.9]))
    assert keep_detections(detections, nms=0.5, min_height=99.5).tolist() == [0]


def naive_filter(boxes: np.ndarray, scores: np.ndarray, confidence: float, overlap: float, height: float) -> list[int]:
    """DeepSORT's filters in plain loops (deep_sort_app.py, preprocessing.py), one box at a time."""
    left = [i for i in range(len(boxes)) if boxes[i, 3] - boxes[i, 1] >= height and scores[i] >= confidence]
    kept: list[int] = []
    for i in sorted(left, key=lambda i: -scores[i]):
        x1, y1, x2, y2 = boxes[i]
        area = (x2 - x1 + 1) * (y2 - y1 + 1)
        covered = 0.0
        for j in kept:
            width = max(0.0, min(x2, boxes[j, 2]) - max(x1, boxes[j, 0]) + 1)
            tall = max(0.0, min(y2, boxes[j, 3]) - max(y1, boxes[j, 1]) + 1)
            covered = max(covered, width * tall / area)
        if covered <= overlap:
            kept.append(i)
    return sorted(kept)


@settings(max_examples=60)
@given(
    corners=arrays(np.int64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 60)),
    seed=st.integers(0, 1000),
    confidence=st.sampled_from([0.0, 0.3, 0.6]),
    overlap=st.sampled_from([0.1, 0.5, 0.7, 1.0]),
    height=st.sampled_from([0.0, 10.0]),
)
def test_filters_equal_deepsorts_in_plain_loops(
    corners: np.ndarray, seed: int, confidence: float, overlap: float, height: float
) -> None:
    boxes = corners.astype(float)
    boxes[:, 2:] += boxes[:, :2] + 1
    scores = np.random.default_rng(seed).permutation(np.linspace(0, 1, len(boxes)))  # no two alike: one right answer
    kept = keep_detections(Detections(boxes, scores), min_confidence=confidence, nms=overlap, min_height=height)
    assert kept.tolist() == naive_filter(boxes, scores, confidence, overlap, height)


class RecordingTracker(Tracker):
    """Keeps what it is given."""

    def __init__(self) -> None:
        super().__init__(TrackerConfig.sort())
        self.given: list[tuple[Any, Any, Any, Any]] = []

    def update(self, boxes: Any, scores: Any, embeddings: Any = None, classes: Any = None, **motion: Any) -> Any:
        self.given.append((boxes, scores, embeddings, motion["motion"]))
        return super().update(boxes, scores, None, classes, **motion)


class LeftEdges:
    """A descriptor that answers with the mean grey of the image and each box's left edge."""

    name, dimension, distance, gate = "left-edges", 2, "euclidean", 1.0

    def __call__(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        return np.stack([np.full(len(boxes), image.mean()), boxes[:, 0]], axis=1).astype(np.float32)


class FixedMotion:
    """A camera that moves by the frame's number of calls; keeps the boxes that it was given."""

    def __init__(self) -> None:
        self.boxes: list[np.ndarray] = []

    def estimate(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        self.boxes.append(boxes)
        return np.array([[1.0, 0, len(self.boxes)], [0, 1, 0]])


def test_the_tracker_sees_the_kept_detections_in_file_order_and_every_frame(stand_in: Any) -> None:
    sequence = stand_in(detections=[DETECTIONS, Detections.none(), DETECTIONS], length=4, has_images=False)
    tracker = RecordingTracker()
    frames = list(track_sequence(sequence, tracker, min_confidence=0.5))
    assert [frame.index for frame in frames] == [1, 2, 3, 4]
    assert [len(boxes) for boxes, *_ in tracker.given] == [2, 0, 2, 0]
    np.testing.assert_array_equal(tracker.given[0][0], BOXES[:2])
    np.testing.assert_array_equal(tracker.given[0][1], SCORES[:2])
    assert all(embeddings is None and motion is None for *_, embeddings, motion in tracker.given)


def test_only_kept_detections_are_described(stand_in: Any) -> None:
    sequence = stand_in(detections=[DETECTIONS, Detections.none()], length=2)
    tracker = RecordingTracker()
    list(track_sequence(sequence, tracker, LeftEdges(), nms=0.5))
    expected = np.array([[sequence.image(1).mean()] * 2, [12, 200]], np.float32).T
    np.testing.assert_array_equal(tracker.given[0][2], expected)
    assert tracker.given[1][2].shape == (0, 2)


def test_the_camera_motion_sees_all_boxes_and_reaches_the_tracker(stand_in: Any) -> None:
    motion = FixedMotion()
    tracker = RecordingTracker()
    sequence = stand_in(detections=[DETECTIONS] * 3, length=3)
    list(track_sequence(sequence, tracker, min_confidence=0.5, camera_motion=motion))
    assert [given[3][0, 2] for given in tracker.given] == [1, 2, 3]
    np.testing.assert_array_equal(motion.boxes[0], BOXES)


@pytest.mark.parametrize("part", ["descriptor", "camera_motion"])
def test_a_missing_image_is_named_where_something_needs_it(stand_in: Any, part: str) -> None:
    sequence = stand_in(detections=[DETECTIONS] * 2, has_images=False)
    needs: dict[str, Any] = {"descriptor": LeftEdges(), "camera_motion": FixedMotion()}
    with pytest.raises(InputError, match=r"frame 1.*image"):
        list(track_sequence(sequence, Tracker(TrackerConfig.sort()), **{part: needs[part]}))


def test_tracks_are_those_of_the_tracker(stand_in: Any) -> None:
    sequence = stand_in(detections=[DETECTIONS] * 5, length=5, has_images=False)
    direct = Tracker(TrackerConfig.sort())
    for frame in track_sequence(sequence, Tracker(TrackerConfig.sort())):
        tracks = direct.update(BOXES, SCORES)
        for ours, theirs in ((frame.ids, tracks.ids), (frame.boxes, tracks.boxes), (frame.scores, tracks.scores)):
            np.testing.assert_array_equal(ours, theirs)
    assert len(direct.update(BOXES, SCORES).ids) == 3


def test_each_track_names_its_detection_before_the_filters(stand_in: Any) -> None:
    """In the fourth frame the surest two come in another order, behind an unsure one; in the fifth one is missing."""
    other = Detections(np.array([[0.0, 0, 9, 9], BOXES[1], BOXES[2] + 1]), np.array([0.1, 0.9, 0.8]))
    sequence = stand_in(
        detections=[Detections(BOXES[1:], np.array([0.9, 0.8]))] * 3 + [other, other[np.array([0, 2])]],
        length=5,
        has_images=False,
    )
    config = TrackerConfig.sort(max_age=2, coast=1)
    frames = list(track_sequence(sequence, Tracker(config), min_confidence=0.5))
    assert [frame.detections.tolist() for frame in frames] == [[1, 0], [1, 0], [1, 0], [2, 1], [1, -1]]
    np.testing.assert_array_equal(frames[3].detected, other.boxes[[2, 1]])
    np.testing.assert_array_equal(frames[4].detected, [other.boxes[2], [np.nan] * 4])


def test_frames_are_tracked_as_they_come(stand_in: Any) -> None:
    sequence = stand_in(detections=[DETECTIONS] * 6, fails_at=4)
    frames: Iterator[Any] = track_sequence(sequence, Tracker(TrackerConfig.sort()))
    seen = []
    with pytest.raises(InputError, match="frame 4"):
        seen.extend(frame.index for frame in frames)
    assert seen == [1, 2, 3]
