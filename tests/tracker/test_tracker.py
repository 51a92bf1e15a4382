"""The tracker's behaviour: scenarios, invariants and saved state."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig, Tracks

CONFIGS = {
    "default": TrackerConfig(),
    "default, euclidean, at 7 frames a second": TrackerConfig(distance="euclidean", gate=0.7, frame_rate=7),
    "default, with a long memory": TrackerConfig(distance="euclidean", remember=float("inf"), max_age=2, frame_rate=5),
    "deepsort, with a long memory": TrackerConfig.deepsort_original(remember=4.0, max_age=2, frame_rate=5),
    "sort": TrackerConfig.sort(),
    "sort, coasting": TrackerConfig.sort(max_age=10, coast=3),
    "deepsort": TrackerConfig.deepsort_original(),
    "deepsort, euclidean, k-d tree": TrackerConfig.deepsort_original(
        distance="euclidean", gate=0.7, search="kdtree", budget=9
    ),
    "deepsort, all ages at once, motion weighed": TrackerConfig.deepsort_original(cascade=False, motion_weight=0.3),
    "bytetrack": TrackerConfig.bytetrack(),
    "botsort": TrackerConfig.botsort(),
    "ocsort": TrackerConfig.ocsort(),
    "hybridsort": TrackerConfig.hybridsort(),
}
Frames = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def crowd(frames: int, people: int = 25, seed: int = 0, dimension: int = 16) -> Frames:
    """Walkers in a small field, so that they cross: boxes, scores and noisy embeddings of each frame."""
    random = np.random.default_rng(seed)
    centre, velocity = random.uniform(0, 500, (people, 2)), random.normal(0, 3, (people, 2))
    identity = random.normal(size=(people, dimension))
    sequence = []
    for _ in range(frames):
        centre += velocity
        velocity[(centre < 0) | (centre > 500)] *= -1
        seen = random.permutation(people)[: people - random.integers(0, 6)]
        middle = centre[seen] + random.normal(0, 1, (len(seen), 2))
        half = np.array([20.0, 50.0])
        boxes = np.concatenate([middle - half, middle + half], 1)
        vectors = identity[seen] + random.normal(0, 0.2, (len(seen), dimension))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        sequence.append((boxes, random.uniform(0.3, 1, len(seen)), vectors.astype(np.float32)))
    return sequence


def run(tracker: Tracker, frames: Frames) -> Iterator[Tracks]:
    for boxes, scores, vectors in frames:
        appearance = tracker.config.association == "appearance" or tracker.config.distance == "euclidean"
        yield tracker.update(boxes, scores, vectors if appearance else None)


def same(a: Tracks, b: Tracks) -> bool:
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for name in ("detection_ids", "ids", "boxes", "scores", "ages")
    )


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_same_input_same_output(config: TrackerConfig) -> None:
    frames = crowd(60)
    assert all(same(a, b) for a, b in zip(run(Tracker(config), frames), run(Tracker(config), frames), strict=True))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("seed", range(3))
def test_permuting_detections_permutes_the_answer(config: TrackerConfig, seed: int) -> None:
    random = np.random.default_rng(seed)
    frames = crowd(80, seed=seed)
    orders = [random.permutation(len(boxes)) for boxes, _, _ in frames]
    shuffled = [(b[order], s[order], v[order]) for (b, s, v), order in zip(frames, orders, strict=True)]
    for plain, moved, order in zip(run(Tracker(config), frames), run(Tracker(config), shuffled), orders, strict=True):
        np.testing.assert_array_equal(plain.detection_ids[order], moved.detection_ids)
        np.testing.assert_array_equal(plain.ids, moved.ids)
        np.testing.assert_array_equal(plain.boxes, moved.boxes)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_translating_the_scene_translates_the_answer(config: TrackerConfig) -> None:
    frames = crowd(60)
    shift = np.array([1024.0, -512, 1024, -512])
    moved = [(boxes + shift, scores, vectors) for boxes, scores, vectors in frames]
    for a, b in zip(run(Tracker(config), frames), run(Tracker(config), moved), strict=True):
        np.testing.assert_array_equal(a.detection_ids, b.detection_ids)
        np.testing.assert_allclose(a.boxes + shift, b.boxes, atol=1e-6)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
@pytest.mark.parametrize("stop", [0, 1, 37])
def test_a_restored_tracker_continues_bit_for_bit(config: TrackerConfig, stop: int) -> None:
    frames = crowd(80)
    whole = list(run(Tracker(config), frames))
    first = Tracker(config)
    list(run(first, frames[:stop]))
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **first.state_dict())  # type: ignore[arg-type]
    file.seek(0)
    with np.load(file, allow_pickle=False) as state:
        restored = Tracker.from_state_dict(state)
    assert restored.config == config
    assert all(same(a, b) for a, b in zip(whole[stop:], run(restored, frames[stop:]), strict=True))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_what_every_frame_holds(config: TrackerConfig) -> None:
    """Ids start at 1 and do not skip; every detection's id is reported; inputs stay as they were."""
    seen: set[int] = set()
    frames = crowd(80)
    copies = [tuple(array.copy() for array in frame) for frame in frames]
    for tracks in run(Tracker(config), frames):
        assert (np.diff(tracks.ids) > 0).all()
        given = tracks.detection_ids[tracks.detection_ids >= 0]
        assert len(set(given.tolist())) == len(given)
        assert set(given.tolist()) <= set(tracks.ids.tolist())
        seen |= set(tracks.ids.tolist())
    assert seen == set(range(1, len(seen) + 1))
    for frame, copy in zip(frames, copies, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(frame, copy, strict=True))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_frames_without_detections(config: TrackerConfig) -> None:
    frames = crowd(12)
    nothing = (np.empty((0, 4)), np.empty(0), np.empty((0, 16), np.float32))
    tracker = Tracker(config)
    tracks = list(run(tracker, [nothing, *frames[:8], *[nothing] * 80]))[-1]
    assert len(tracks.ids) == len(tracks.detection_ids) == 0
    assert len(tracker.state_dict()["scores"]) == 0


def test_sort_confirms_after_three_hits_and_drops_after_a_miss() -> None:
    tracker = Tracker(TrackerConfig.sort())
    box, nothing = [[10.0, 10, 50, 90]], np.empty((0, 4))
    reported = [len(tracker.update(nothing, []).ids) for _ in range(4)]
    reported += [len(tracker.update(box, [0.9]).ids) for _ in range(5)]
    assert reported == [0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert len(tracker.update(nothing, []).ids) == 0
    assert len(tracker.update(nothing, []).ids) == 0
    assert len(tracker.state_dict()["scores"]) == 0


def test_appearance_brings_an_identity_back() -> None:
    """Two people swap places while hidden: overlap would swap their ids, appearance does not."""
    left, right = [0.0, 0, 40, 100], [60.0, 0, 100, 100]
    a, b = [1.0, 0, 0], [0.0, 1, 0]
    tracker = Tracker(TrackerConfig.deepsort_original(n_init=1))
    before = tracker.update([left, right], [1, 1], [a, b]).detection_ids
    for _ in range(20):
        tracker.update(np.empty((0, 4)), [], np.empty((0, 3)))
    after = tracker.update([left, right], [1, 1], [b, a]).detection_ids
    assert after.tolist() == before[::-1].tolist()


@pytest.mark.parametrize("gate", [1, np.float32(1)], ids=["int", "float32"])
def test_a_gate_may_be_any_number(gate: float) -> None:
    config = TrackerConfig.deepsort_original(distance="euclidean", gate=gate)
    plain = TrackerConfig.deepsort_original(distance="euclidean", gate=1.0)
    frames = crowd(30)
    assert all(same(a, b) for a, b in zip(run(Tracker(config), frames), run(Tracker(plain), frames), strict=True))


def test_motion_decides_between_looks_that_are_alike_by_its_weight() -> None:
    """DeepSORT's lambda: two tracks look alike, and one detection is nearer to the second."""
    matched = {}
    for weight in (0.0, 0.9):
        tracker = Tracker(TrackerConfig.deepsort_original(motion_weight=weight))
        places, looks = [[0.0, 0, 40, 100], [12.0, 0, 52, 100]], [[1.0, 0], [0.95, 0.31]]
        for _ in range(5):
            first, second = tracker.update(places, [1, 1], looks).detection_ids.tolist()
        matched[weight] = tracker.update([[11, 0, 51, 100]], [1], looks[:1]).detection_ids.tolist()
    assert matched == {0.0: [first], 0.9: [second]}


def test_camera_motion_is_followed() -> None:
    """The camera jumps by half a width each frame; with its motion given, nobody is lost."""
    tracker = Tracker(TrackerConfig.sort())
    boxes = np.array([[100.0, 100, 140, 200], [145, 100, 185, 200], [190, 100, 230, 200]])
    ids = []
    for frame in range(12):
        motion = [[1, 0, 60.0], [0, 1, 0]] if frame else None
        ids.append(tracker.update(boxes + [60 * frame, 0] * 2, np.ones(3), motion=motion).detection_ids.tolist())
    assert ids == [[1, 2, 3]] * 12


def test_a_box_without_area_starts_nothing() -> None:
    tracker = Tracker(TrackerConfig.sort())
    tracks = tracker.update([[5, 5, 5, 9], [1, 1, 3, 9]], [1, 1])
    assert tracks.detection_ids.tolist() == [-1, 1]
