"""ByteTrack's stages and BoT-SORT's, one scenario each; what they do on sequences is in test_originals.py."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig

BOX, FAR = [100.0, 100, 140, 200], [400.0, 100, 440, 200]
Rows = list[tuple[list[float], float]]


def ids(tracker: Tracker, *frames: Rows) -> list[list[int]]:
    """The id of each detection of each frame, -1 for none."""
    return [
        tracker.update(np.array([box for box, _ in rows]).reshape(-1, 4), [s for _, s in rows]).detection_ids.tolist()
        for rows in frames
    ]


SCENARIOS: dict[str, tuple[list[Rows], list[list[int]]]] = {
    "the first frame confirms, later ones with the second detection": (
        [[(BOX, 0.9)], [(BOX, 0.9), (FAR, 0.9)], [(BOX, 0.9), (FAR, 0.9)]],
        [[1], [1, -1], [1, 2]],
    ),
    "an unsure detection keeps a track": ([[(BOX, 0.9)], [(BOX, 0.3)], [(BOX, 0.9)]], [[1], [1], [1]]),
    "an unsure detection starts none": ([[(BOX, 0.3)], [(BOX, 0.3)], [(BOX, 0.3)]], [[-1]] * 3),
    "a detection between the thresholds starts none": ([[(BOX, 0.65)], [(BOX, 0.65)]], [[-1], [-1]]),
    "a detection of exactly the threshold is neither": ([[(BOX, 0.9)], [(BOX, 0.6)]], [[1], [-1]]),
    "an unsure detection does not bring back a lost track": (
        [[(BOX, 0.9)], [], [(BOX, 0.3)], [(BOX, 0.9)]],
        [[1], [], [-1], [1]],
    ),
    "a tentative track ends with its first miss": (
        [[], [(BOX, 0.9)], [], [(BOX, 0.9)], [(BOX, 0.9)]],
        [[], [-1], [], [-1], [1]],
    ),
    "sure detections come first": ([[(BOX, 0.9)], [(BOX, 0.5), (BOX, 0.8)]], [[1], [-1, 1]]),
}


@pytest.mark.parametrize(("frames", "expected"), SCENARIOS.values(), ids=SCENARIOS.keys())
def test_stages(frames: list[Rows], expected: list[list[int]]) -> None:
    assert ids(Tracker(TrackerConfig.bytetrack()), *frames) == expected


def test_botsort_reports_tentative_tracks() -> None:
    assert ids(Tracker(TrackerConfig.botsort()), [], [(BOX, 0.9)], [], [(BOX, 0.9)]) == [[], [1], [], [2]]


def test_lost_tracks_are_reported_while_they_coast() -> None:
    tracker = Tracker(TrackerConfig.bytetrack(coast=2))
    tracker.update([BOX], [0.9])
    assert [tracker.update(np.empty((0, 4)), []).ids.tolist() for _ in range(4)] == [[1], [1], [], []]


@pytest.mark.parametrize(
    ("missed", "again"),
    [
        pytest.param(31, [1, 1], id="within max_age, and the frame in which it ends"),
        pytest.param(32, [-1, 2], id="later"),
    ],
)
def test_how_long_a_track_is_remembered(missed: int, again: list[int]) -> None:
    nothing: list[Rows] = [[] for _ in range(missed)]
    seen: list[Rows] = [[(BOX, 0.9)], [(BOX, 0.9)]]
    assert ids(Tracker(TrackerConfig.bytetrack()), *seen, *nothing, *seen)[-2:] == [[again[0]], [again[1]]]


@pytest.mark.parametrize(("missed", "id_"), [(30, 1), (31, 2)])
def test_who_came_back_in_the_last_frame_ends_with_the_next_miss(missed: int, id_: int) -> None:
    """As in the authors' code, where such a track stays on the list of the removed."""
    nothing: list[Rows] = [[] for _ in range(missed)]
    seen: list[Rows] = [[(BOX, 0.9)], [(BOX, 0.9)]]
    assert ids(Tracker(TrackerConfig.bytetrack()), *seen, *nothing, *seen, [], *seen)[-1] == [id_]


def test_of_two_tracks_in_one_place_the_one_seen_for_longer_stays() -> None:
    """The one that is left is lost, and its double sits where it was: gone, though `max_age` is not over."""
    near = [101.0, 101, 141, 201]
    both: Rows = [(BOX, 0.9), (near, 0.8)]
    tracker = Tracker(TrackerConfig.bytetrack())
    assert ids(tracker, [(BOX, 0.9)], both, both, [(BOX, 0.9)], both, both) == [
        [1],
        [1, -1],
        [1, 2],
        [1],
        [1, -1],
        [1, 3],
    ]


def turning(frames: int) -> list[np.ndarray]:
    random = np.random.default_rng(3)
    return [
        np.column_stack((np.eye(2) + random.normal(0, 0.02, (2, 2)), random.normal(0, 3, 2))) for _ in range(frames)
    ]


def crowd(frames: int) -> list[tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)
    centre, velocity = random.uniform(0, 500, (20, 2)), random.normal(0, 3, (20, 2))
    out = []
    for _ in range(frames):
        centre += velocity
        seen = random.permutation(20)[: 20 - random.integers(0, 5)]
        boxes = np.concatenate((centre[seen] - (15, 40), centre[seen] + (15, 40)), 1) + random.normal(
            0, 1, (len(seen), 4)
        )
        out.append((boxes, random.uniform(0.2, 1, len(seen))))
    return out


def test_botsort_before_a_turning_camera_is_restored_bit_for_bit_in_any_order() -> None:
    frames, motions, random = crowd(60), turning(60), np.random.default_rng(1)
    whole, first = Tracker(TrackerConfig.botsort()), Tracker(TrackerConfig.botsort())
    expected = [whole.update(boxes, s, motion=m) for (boxes, s), m in zip(frames, motions, strict=True)]
    for (boxes, scores), motion in zip(frames[:30], motions, strict=False):
        first.update(boxes, scores, motion=motion)
    file = io.BytesIO()
    state: dict[str, Any] = first.state_dict()
    assert abs(state["track_coupling"]).max() > 0
    np.savez(file, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as saved:
        restored = Tracker.from_state_dict(saved)
    for (boxes, scores), motion, tracks in zip(frames[30:], motions[30:], expected[30:], strict=True):
        order = random.permutation(len(boxes))
        again = restored.update(boxes[order], scores[order], motion=motion)
        np.testing.assert_array_equal(again.ids, tracks.ids)
        np.testing.assert_array_equal(again.boxes, tracks.boxes)
        np.testing.assert_array_equal(again.detection_ids, tracks.detection_ids[order])
