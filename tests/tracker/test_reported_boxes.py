"""Whatever is reported has area and is finite, whatever is written is read: boxes of every kind, in every preset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flatsort.data import open_writer, read_tracks
from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.boxes import FARTHEST
from flatsort.tracker.running.presets import PRESETS

CONFIGS = {
    **{name: preset.config() for name, preset in PRESETS.items()},
    "sort that coasts": TrackerConfig.sort(max_age=9, coast=9),
    "deepsort that coasts": TrackerConfig.deepsort_original(coast=30, n_init=1),
}
WITHOUT_CAMERA = ("ocsort", "hybridsort")  # they refuse its motion
# How a box may change from a frame to the next: factors of its width and height, its way in its own widths.
SHAPES = st.tuples(*[st.sampled_from([1.0, 1.0, 0.9, 0.55, 0.3, 0.01, 1e-5, 1.1, 2.0, 9.0, 1e5])] * 2)
WAYS = st.tuples(*[st.sampled_from([0.0, 0.0, 0.1, -0.5, 1.0, -30.0, 1e4])] * 2)
STEP = st.tuples(SHAPES, WAYS, st.integers(0, 3))  # and for how many frames it then fades
STARTS = st.tuples(
    *[st.floats(-FARTHEST / 2, FARTHEST / 2) | st.sampled_from([0.0, 300.0])] * 2,
    *[st.sampled_from([1e-6, 0.004, 1.0, 40.0, 200.0, 1e6])] * 2,
)
LIVES = st.lists(st.tuples(STARTS, st.lists(STEP, max_size=12)), min_size=1, max_size=3)


def frames_of(lives: list[tuple[tuple[float, ...], list[tuple]]]) -> list[np.ndarray]:
    """The boxes (n, 4) of each frame, all within what a tracker accepts."""
    frames: dict[int, list[np.ndarray]] = {}
    for (x, y, width, height), steps in lives:
        at = 0
        for (wider, higher), (right, down), fades in [((1.0, 1.0), (0.0, 0.0), 0), *steps]:
            width, height = width * wider, height * higher
            x, y = x + right * width, y + down * height
            box = np.array([x - width / 2, y - height / 2, x + width / 2, y + height / 2])
            if not np.abs(box).max() <= FARTHEST:
                break
            frames.setdefault(at, []).append(box)
            at += 1 + fades
    return [np.array(frames.get(at, [])).reshape(-1, 4) for at in range(max(frames, default=0) + 3)]


@pytest.mark.parametrize("name", CONFIGS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(lives=LIVES, camera=st.sampled_from([None, None, 1.0, 0.0, 1e-3, 1e4]))
def test_reported_boxes_have_area(name: str, lives: list, camera: float | None) -> None:
    tracker = Tracker(CONFIGS[name])
    for boxes in frames_of(lives):
        vectors = np.ones((len(boxes), 2)) if CONFIGS[name].association == "appearance" else None
        motion = (
            None
            if camera is None or CONFIGS[name].association in WITHOUT_CAMERA
            else np.array([[camera, 0, 3.0], [0, camera, 0]])
        )
        tracks = tracker.update(boxes, np.ones(len(boxes)), vectors, motion=motion)
        assert np.isfinite(tracks.boxes).all()
        assert (tracks.boxes[:, 2:] > tracks.boxes[:, :2]).all()
        assert np.abs(tracks.boxes).max(initial=0) <= 1e9
        again = Tracker.from_state_dict(tracker.state_dict())  # every state that a run reaches is accepted
        assert again.frame == tracker.frame


def shrinking(height: float, factor: float, frames: int, before: int = 0) -> list[np.ndarray]:
    heights = height * factor ** np.append(np.zeros(before), np.arange(frames))
    return [np.array([[100 - h / 5, 300 - h / 2, 100 + h / 5, 300 + h / 2]]) for h in heights] + [np.empty((0, 4))] * 5


READ = [".txt"]

SHRUNK = {
    "in four frames": shrinking(400, 0.55, 4),  # cases/attack/inverted-box
    "to six pixels": shrinking(200, 0.73, 12),  # cases/users/negative-height
    "to a millionth": shrinking(200, 0.3, 15, before=5),
}


@pytest.mark.parametrize("scene", SHRUNK)
@pytest.mark.parametrize("name", CONFIGS)
def test_what_is_written_of_a_shrinking_box_is_read(tmp_path: Path, name: str, scene: str) -> None:
    config = CONFIGS[name]
    for suffix in READ:
        tracker, shown = Tracker(config), 0
        with open_writer(tmp_path / f"a{suffix}") as writer:
            for frame, boxes in enumerate(SHRUNK[scene], start=1):
                vectors = np.ones((len(boxes), 2)) if config.association == "appearance" else None
                tracks = tracker.update(boxes, np.ones(len(boxes)), vectors)
                writer.write(frame, tracks.ids, tracks.boxes, tracks.scores)
                shown += len(tracks.ids)
        table = read_tracks(tmp_path / f"a{suffix}")
        assert len(table) == shown > 0
        sides = table.boxes[:, 2:] - table.boxes[:, :2]
        assert (sides > 0.009).all()
