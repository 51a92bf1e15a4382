"""What the tracker refuses: bad frames, settings and saved states, each in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.track_table import AGE, HITS, ID, MISSES, SLOT

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
