"""What is fuzzed of the tracker: configurations, saved states, boxes that no detector should find."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from flatsort import Tracker, TrackerConfig
from flatsort.tracker.running.presets import PRESETS
from tests.fuzz.mutations import Random, damaged_array, damaged_json, drawn, times

DIMENSION = 3  # of embeddings


def configurations(random: Random, folder: Path) -> bool:
    name = str(random.choice([*PRESETS]))
    try:
        config = TrackerConfig.from_dict(damaged_json(random, asdict(PRESETS[name].config())))
    except ValueError:
        return False
    tracker = Tracker(config)
    for _ in range(4):
        _step(random, tracker, [[10, 10, 50, 90], [200, 50, 240, 140]])
    return True


def saved_states(random: Random, folder: Path) -> bool:
    tracker = Tracker(PRESETS[str(random.choice([*PRESETS]))].config())
    for step in range(6):
        _step(random, tracker, [[10 + step, 10, 50 + step, 90], [200, 50, 240, 140]])
    state: dict[str, Any] = dict(tracker.state_dict())
    for name in random.permutation(sorted(state))[: times(random)].tolist():
        if name == "config":
            state[name] = np.array(json.dumps(damaged_json(random, json.loads(str(state[name])))))
        elif random.random() < 0.05:
            del state[name]
        else:
            state[name] = damaged_array(random, np.asarray(state[name]))
    try:
        restored = Tracker.from_state_dict(state)
    except ValueError:
        return False
    for step in range(3):
        _step(random, restored, [[16 + step, 10, 56 + step, 90], [200, 50, 240, 140]])
    return True


def wild_boxes(random: Random, folder: Path) -> bool:
    tracker = Tracker(PRESETS[str(random.choice([*PRESETS]))].config())
    accepted = False
    for _ in range(8):
        n = int(random.integers(0, 5))
        corner = drawn(random, {0.0: 8, 10.0: 8, -50.0: 8, 300.0: 10, 1e5: 2, -1e9: 1, 1e151: 1}, (n, 2))
        side = drawn(random, {40.0: 16, 400.0: 10, 1.0: 8, 0.0: 1, 1e-9: 1, 1e6: 1, 1e160: 1, -3.0: 1}, (n, 2))
        scores = drawn(random, {0.9: 16, 0.5: 8, 0.1: 8, -3.0: 2, 7.0: 2, np.nan: 1}, (n,))
        vectors = drawn(random, {0.0: 9, 1.0: 9, -0.5: 9, 1e-30: 2, 1e14: 1, 1e30: 1, np.nan: 1}, (n, DIMENSION))
        try:
            _check(tracker.update(np.concatenate([corner, corner + side], axis=1), scores, _fitting(tracker, vectors)))
            accepted = True
        except ValueError:
            continue
    return accepted


def _step(random: Random, tracker: Tracker, boxes: list[list[int]]) -> None:
    vectors = random.normal(size=(len(boxes), DIMENSION)) + np.eye(DIMENSION)[: len(boxes)] * 4
    try:
        tracks = tracker.update(boxes, [0.9, 0.8], _fitting(tracker, vectors))
    except ValueError as error:
        # What was saved may be of vectors of another length; a frame may be beyond the last.
        if "embeddings" not in str(error) and "frame" not in str(error):
            raise AssertionError(f"ordinary boxes are refused: {error}") from error
        return
    _check(tracks)


def _fitting(tracker: Tracker, vectors: Any) -> Any:
    return vectors if tracker.config.association in ("appearance", "calibrated") else None


def _check(tracks: Any) -> None:
    assert np.isfinite(tracks.boxes).all(), tracks.boxes
    assert (tracks.boxes[:, 2:] > tracks.boxes[:, :2]).all(), tracks.boxes
