"""Classes: tracking a mixture is tracking each class by itself, up to the ids."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.boxes import overlapping_pairs, points_in_boxes

# The default shares its scales of scores and looks over classes, and so is not here.
PUBLISHED = {
    "sort": TrackerConfig.sort(),
    "deepsort-original": TrackerConfig.deepsort_original(),
    "deepsort-original, all ages at once": TrackerConfig.deepsort_original(cascade=False),
    "bytetrack": TrackerConfig.bytetrack(),
    "botsort": TrackerConfig.botsort(),
    "ocsort": TrackerConfig.ocsort(),
    "hybridsort": TrackerConfig.hybridsort(),
}
FRAMES = 60


class Seen(NamedTuple):
    """Detections of a frame: boxes (n, 4), scores (n,), embeddings (n, 8), classes (n,)."""

    boxes: np.ndarray
    scores: np.ndarray
    vectors: np.ndarray
    classes: np.ndarray

    def of(self, keep: np.ndarray) -> Seen:
        return Seen(*(array[keep] for array in self))


def crowd(seed: int, objects: int = 18, classes: int = 3) -> list[Seen]:
    """Objects of several classes that walk through each other, with gaps and unsure detections."""
    random = np.random.default_rng(seed)
    centres, speed = random.uniform(60, 260, (objects, 2)), random.normal(0, 3, (objects, 2))
    sizes = random.uniform(40, 60, (objects, 2)) * [1, 2]
    looks = random.normal(size=(objects, 8))
    kinds = random.integers(0, classes, objects) * 7
    frames = []
    for _ in range(FRAMES):
        centres += speed
        speed[(centres < 0) | (centres > 320)] *= -1
        seen = np.flatnonzero(random.random(objects) > 0.12)
        middle = centres[seen] + random.normal(0, 1.5, (len(seen), 2))
        side = sizes[seen] * random.uniform(0.95, 1.05, (len(seen), 2))
        vectors = looks[seen] + random.normal(0, 0.1, (len(seen), 8))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        boxes = np.column_stack((middle - side / 2, middle + side / 2))
        frames.append(Seen(boxes, random.uniform(0.3, 1, len(seen)), vectors, kinds[seen]))
    return frames


def tracked(frames: list[Seen], config: TrackerConfig, classes: bool = True) -> list[np.ndarray]:
    """Rows (frame, id, box, score, class) of each frame."""
    tracker, out = Tracker(config), []
    for number, seen in enumerate(frames):
        vectors = seen.vectors if config.association in ("appearance", "calibrated") else None
        found = tracker.update(seen.boxes, seen.scores, vectors, seen.classes if classes else None)
        rows = (np.full(len(found.ids), number), found.ids, found.boxes, found.scores, found.classes)
        out.append(np.column_stack(rows))
    return out


def lives(rows: np.ndarray) -> list[list[list[float]]]:
    """The tracks of rows as lists of (frame, box, score, class), without their ids, in an order of their own."""
    found = [np.round(rows[rows[:, 1] == identity][:, [0, *range(2, 8)]], 6).tolist() for identity in set(rows[:, 1])]
    return sorted(found)


@pytest.mark.parametrize("config", PUBLISHED.values(), ids=PUBLISHED)
@settings(max_examples=8)
@given(seed=st.integers(0, 10_000))
def test_a_mixture_is_tracked_as_each_class_by_itself(config: TrackerConfig, seed: int) -> None:
    frames = crowd(seed)
    together = np.concatenate(tracked(frames, config))
    apart = []
    for number in (0, 7, 14):
        apart += lives(np.concatenate(tracked([seen.of(seen.classes == number) for seen in frames], config)))
    assert lives(together) == sorted(apart)
    assert len(np.unique(together[:, 1])) == len(apart)  # ids are unique over all classes


ALL = {"default": TrackerConfig(), **PUBLISHED}


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
def test_one_class_or_matching_across_is_tracking_without_classes(config: TrackerConfig) -> None:
    frames = crowd(3)
    without = np.concatenate(tracked(frames, config, classes=False))
    one = [seen._replace(classes=np.full_like(seen.classes, 5)) for seen in frames]
    across = replace(config, across_classes=True)
    for rows in (tracked(one, config), tracked(frames, across)):
        found = np.concatenate(rows)
        np.testing.assert_array_equal(found[:, :7], without[:, :7])
    assert set(without[:, 7]) == {-1}
    assert len(np.unique(np.concatenate(tracked(frames, across))[:, 7])) == 3


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
def test_no_track_changes_its_class(config: TrackerConfig) -> None:
    rows = np.concatenate(tracked(crowd(4), config))
    assert len(np.unique(rows[:, [1, 7]], axis=0)) == len(np.unique(rows[:, 1]))
    assert set(rows[:, 7]) == {0, 7, 14}


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
def test_a_restored_tracker_knows_the_classes(config: TrackerConfig) -> None:
    frames = crowd(5)
    whole = tracked(frames, config)
    tracker = Tracker(config)
    for number, seen in enumerate(frames):
        if number == 25:
            tracker = Tracker.from_state_dict(tracker.state_dict())
        vectors = seen.vectors if config.association in ("appearance", "calibrated") else None
        found = tracker.update(seen.boxes, seen.scores, vectors, seen.classes)
        np.testing.assert_array_equal(found.boxes, whole[number][:, 2:6])
        np.testing.assert_array_equal(found.classes, whole[number][:, 7])


@pytest.mark.parametrize(
    ("classes", "message"),
    {
        "another count": ([1], r"classes has shape \(1,\), expected \(2,\)"),
        "fractions": ([1, 1.5], "expected whole numbers"),
        "names": (["a", "b"], "expected whole numbers"),
        "not a number": ([1, np.nan], "expected whole numbers"),
        "too large": ([1, 2**40], "classes has numbers beyond"),
    }.values(),
)
def test_refuses(classes: list[object], message: str) -> None:
    tracker = Tracker()
    with pytest.raises(ValueError, match=message):
        tracker.update([[0, 0, 9, 9], [50, 0, 59, 9]], [1, 1], None, classes)  # type: ignore[arg-type]
    assert tracker.frame == 0


def test_classes_do_not_come_and_go() -> None:
    tracker, boxes = Tracker(), [[0, 0, 9, 9]]
    tracker.update(np.empty((0, 4)), [])
    tracker.update(boxes, [1], classes=[2.0])
    tracker.update(np.empty((0, 4)), [])
    with pytest.raises(ValueError, match="classes are missing, and there were some"):
        tracker.update(boxes, [1])
    without = Tracker()
    without.update(boxes, [1])
    with pytest.raises(ValueError, match="classes are given, and there were none"):
        without.update(boxes, [1], classes=[1])


def test_pairs_of_one_class_alone() -> None:
    random = np.random.default_rng(0)
    corners = random.uniform(0, 50, (2, 40, 2))
    a, b = np.concatenate((corners, corners + 30), axis=2)
    kinds = random.integers(0, 3, 40), random.integers(0, 3, 40)
    for pairs, few in (
        (overlapping_pairs(a, b), overlapping_pairs(a, b, kinds)),
        (points_in_boxes(a, b[:, :2]), points_in_boxes(a, b[:, :2], kinds)),
    ):
        same = kinds[0][pairs[0]] == kinds[1][pairs[1]]
        assert 0 < same.sum() < len(same)
        for every, some in zip(pairs, few, strict=True):
            np.testing.assert_array_equal(every[same], some)
