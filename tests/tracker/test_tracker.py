"""The tracker's behaviour: scenarios, invariants, saved state, and what it refuses."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig, Tracks
from flatsort.tracker.track_table import AGE, HITS, ID, MISSES, SLOT

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


REFUSED = {
    "three columns": ({"boxes": [[1, 2, 3]]}, r"boxes has shape \(1, 3\), expected \(n, 4\)"),
    "one box as a vector": ({"boxes": [1, 2, 3, 4]}, r"boxes has shape \(4,\)"),
    "text": ({"boxes": [["a", "b", "c", "d"]]}, "boxes has dtype <U1, expected numbers"),
    "ragged": ({"boxes": [[1, 2, 3, 4], [1]]}, "boxes is ragged"),
    "not a number": ({"boxes": [[1, 2, float("nan"), 4]]}, "boxes row 0 is .*expected finite"),
    "turned around": ({"boxes": [[5, 2, 3, 4]]}, "boxes row 0 is .*expected left <= right"),
    "too many scores": ({"scores": [1, 1]}, r"scores has shape \(2,\), expected \(1,\)"),
    "infinite score": ({"scores": [float("inf")]}, "scores row 0"),
    "embeddings missing": ({"embeddings": None}, "embeddings are missing"),
    "embeddings of another count": (
        {"embeddings": np.ones((2, 4))},
        r"embeddings has shape \(2, 4\), expected \(1, d\)",
    ),
    "embeddings not finite": ({"embeddings": [[1, float("nan")]]}, "embeddings row 0"),
    "a box that no camera sees": (
        {"boxes": [[0, 0, 1e160, 4]]},
        r"boxes row 0 is \[0.0, 0.0, 1e\+160, 4.0\], expected pix",
    ),
    "a wild embedding": ({"embeddings": [[1, 0, 0, 1e30]]}, "embeddings row 0 is .*, at most 1e"),
    "a wild camera": ({"motion": [[1e9, 0, 0], [0, 1, 0]]}, "motion row 0 is .*, expected an affine map"),
    "motion of a wrong shape": ({"motion": np.eye(3)}, r"motion has shape \(3, 3\), expected \(2, 3\)"),
}


@pytest.mark.parametrize(("change", "complaint"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses(change: dict, complaint: str) -> None:
    tracker = Tracker(TrackerConfig.deepsort_original())
    good = {"boxes": [[1, 2, 3, 4]], "scores": [1], "embeddings": [[1, 0, 0, 0]]}
    with pytest.raises(ValueError, match=complaint):
        tracker.update(**(good | change))
    assert tracker.frame == 0


def test_sort_refuses_embeddings_rather_than_ignore_them() -> None:
    with pytest.raises(ValueError, match="embeddings are given"):
        Tracker(TrackerConfig.sort()).update([[1, 2, 3, 4]], [1], [[1, 0]])


DAMAGED = {
    "an entry is missing": ({"counts": None}, "no entry 'counts'"),
    "another version": ({"version": np.array(99)}, "version 99"),
    "shapes that do not fit": ({"scores": np.ones(3)}, "state has filters"),
    "a frame that is no number": ({"frame": np.zeros(3)}, r"state has frame \[0. 0. 0.\], expected a whole number"),
    "a frame that is not finite": ({"frame": np.array(np.inf)}, "state has frame with numbers that are not finite"),
    "a frame beyond all bounds": ({"frame": np.array(2**62)}, "state has frame 4611686018427387904, expected a whole"),
    "a negative last id": ({"last_id": np.array(-3)}, "state has last_id -3, expected a whole number from 0"),
    "scores that are no array": ({"scores": np.array("zz")}, "state has scores of dtype <U2"),
    "scores in a list": ({"scores": [0.5]}, "state has scores of type list, expected an array"),
    "settings nested without end": ({"config": np.array("[" * 5000)}, "state is damaged"),
    "a setting beyond all bounds": ({"config": np.array('{"max_age": ' + "9" * 30 + "}")}, "max_age is beyond"),
    "a setting of a wrong type": ({"config": np.array('{"gate": "x"}')}, "gate is 'x', expected a number"),
    "settings that are no JSON": ({"config": np.array("{")}, "state is damaged"),
    "an unknown setting": ({"config": np.array('{"speed": 3}')}, "no setting speed"),
}


@pytest.mark.parametrize(("change", "complaint"), DAMAGED.values(), ids=DAMAGED.keys())
def test_refuses_a_damaged_state(change: dict, complaint: str) -> None:
    tracker = Tracker(TrackerConfig.sort())
    state = {key: value for key, value in (tracker.state_dict() | change).items() if value is not None}
    with pytest.raises(ValueError, match=complaint):
        Tracker.from_state_dict(state)


IMPOSSIBLE = {
    "NaN in a filter": ("filters", (0, 0, 0), np.nan, "state has filters with numbers that are not finite"),
    "a filter beyond all bounds": ("filters", (1, 0, 0), 1e31, "filters with numbers that are not finite, or beyond"),
    "a negative height": ("filters", (0, 0, 3), -50.0, "state has filters with a size that is not positive"),
    "a negative aspect": ("filters", (0, 1, 2), -1.0, "state has filters with a size that is not positive"),
    "a negative variance": ("filters", (2, 0, 3), -1e6, "state has filters with a negative variance"),
    "an id twice": ("counts", (ID, 1), 1, "state has counts with an id twice"),
    "a negative id": ("counts", (ID, 0), -7, "state has counts with the id -7, expected at least 0"),
    "an id that was not given": ("counts", (ID, 0), 9, "state has counts with the id 9, and last_id is 2"),
    "an age before the first frame": ("counts", (AGE, 0), 77, "do not fit frame 5"),
    "misses for longer than it lives": ("counts", (MISSES, 0), 2**60, "do not fit frame 5"),
    "no hit": ("counts", (HITS, 0), 0, "state has counts with the hits 0, expected at least 1"),
    "a slot below none": ("counts", (SLOT, 0), -2, "state has counts with a slot or a detection below -1"),
    "a score that is not finite": ("scores", 0, np.nan, "state has scores with numbers that are not finite"),
    "NaN in the gallery": ("gallery_vectors", (0, 0, 0), np.nan, "gallery_vectors with numbers that are not finite"),
    "no unit vectors": ("gallery_vectors", (0, 0, 0), 3.0, "gallery_vectors with numbers that are too large"),
    "a gallery without end": ("gallery_counts", 0, 2**62, "state has gallery_counts that are no counts"),
}


@pytest.mark.parametrize(("entry", "place", "value", "complaint"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_refuses_a_state_that_no_run_reaches(entry: str, place: object, value: float, complaint: str) -> None:
    tracker = Tracker(TrackerConfig.deepsort_original())
    for k in range(5):
        tracker.update([[10 + k, 10, 60, 110], [300 + k, 10, 350, 110]], [0.9, 0.9], np.eye(2, 4))
    state = tracker.state_dict()
    Tracker.from_state_dict(state)
    state[entry][place] = value
    with pytest.raises(ValueError, match=complaint):
        Tracker.from_state_dict(state)


@pytest.mark.parametrize("shape", [(1, 3, 4), (3, 100), (0, 100, 4)])
def test_refuses_a_gallery_of_another_shape(shape: tuple[int, ...]) -> None:
    tracker = Tracker(TrackerConfig.deepsort_original())
    tracker.update([[10.0, 10, 50, 90]], [0.9], [[1.0, 0]])
    with pytest.raises(ValueError, match="state has gallery_vectors "):
        Tracker.from_state_dict(tracker.state_dict() | {"gallery_vectors": np.zeros(shape)})


def test_a_damaged_state_file_is_a_value_error(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "state.npz", **Tracker(TrackerConfig.sort()).state_dict())
    content = bytearray((tmp_path / "state.npz").read_bytes())
    content[60:90] = b"\xff" * 30
    (tmp_path / "state.npz").write_bytes(content)
    with np.load(tmp_path / "state.npz") as state, pytest.raises(ValueError, match="entry version that cannot be read"):
        Tracker.from_state_dict(state)


@pytest.mark.parametrize(
    ("entry", "value"),
    [("gallery_free", -5), ("gallery_free", 0), ("gallery_counts", 0)],
    ids=["slots that are not there", "slots that are taken", "tracks without embeddings"],
)
def test_refuses_a_gallery_of_other_tracks(entry: str, value: int) -> None:
    tracker = Tracker(TrackerConfig.deepsort_original())
    tracker.update([[10.0, 10, 50, 90]], [0.9], [[1.0, 0]])
    state = tracker.state_dict()
    with pytest.raises(ValueError, match="state has a gallery of 16 slots that does not fit its 1 tracks"):
        Tracker.from_state_dict(state | {entry: np.full_like(state[entry], value)})


@pytest.mark.parametrize(
    "change",
    [
        {"min_iou": 1.5},
        {"max_age": -1},
        {"n_init": 0},
        {"gate": float("nan")},
        {"distance": "manhattan"},
        {"budget": 2.5},
        {"motion_weight": 1.5},
    ],
    ids=str,
)
def test_config_refuses(change: dict) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(change))} is"):
        TrackerConfig.deepsort_original(**change)
