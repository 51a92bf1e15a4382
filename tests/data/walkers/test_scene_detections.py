"""The walkers scene's detections: the truth without errors, and with the errors that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort import Tracker, TrackerConfig, score_sequence
from flatsort.data import BoxTable
from flatsort.data.overlap import overlap
from flatsort.data.walkers.detector_noise import DetectorNoise
from flatsort.data.walkers.scene import WalkersScene, walkers_scene


def test_detector_without_errors_reports_the_truth() -> None:
    noise = DetectorNoise(miss=0, half_seen=0, blind=0, jitter=0, false_alarms=0)
    scene = walkers_scene(frames=40, noise=noise)
    truth = scene.ground_truth[scene.ground_truth.visibility > 0.5]
    limits = np.array([960, 540, 960, 540])
    found = list(zip(scene.detections.frames, map(tuple, scene.detections.boxes.round(6)), strict=True))
    expected = list(zip(truth.frames, map(tuple, truth.boxes.clip(0, limits).round(6)), strict=True))
    assert len(expected) > 100
    assert set(expected) <= set(found)


def test_detector_errors_are_those_asked_for() -> None:
    scene = walkers_scene(frames=400, noise=DetectorNoise(miss=0.1, jitter=0.02, false_alarms=0))
    truth = scene.ground_truth
    full = (truth.visibility == 1) & (truth.boxes[:, 0] > 8) & (truth.boxes[:, 2] < 952)
    hits, errors = 0, []
    for frame, box in zip(truth.frames[full], truth.boxes[full], strict=True):
        found = scene.detections.detections(int(frame)).boxes
        off = np.abs(found - box).max(axis=1, initial=0) / (box[3] - box[1])
        if len(found) and off.min() < 0.12:
            hits += 1
            errors.append((found[off.argmin()] - box) / (box[2:] - box[:2])[[0, 1, 0, 1]])
    assert hits / full.sum() == pytest.approx(0.9, abs=0.02)
    assert np.std(errors) == pytest.approx(0.02, rel=0.1)


def test_false_alarms_come_as_often_as_asked_for() -> None:
    scene = walkers_scene(frames=600, noise=DetectorNoise(miss=1, false_alarms=0.5))
    assert len(scene.detections) / 600 == pytest.approx(0.5, abs=0.08)


def test_detections_lie_within_the_image_and_are_not_in_the_order_of_the_truth(scene: WalkersScene) -> None:
    boxes = scene.detections.boxes
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= (960, 540)).all()
    assert ((boxes[:, 2:] - boxes[:, :2]) >= 4).all()
    assert ((scene.detections.scores > 0) & (scene.detections.scores < 1)).all()
    heights = [scene.detections.detections(frame).boxes[:, 3] for frame in range(1, 100)]
    assert any((np.diff(rows) < 0).any() for rows in heights)
    assert any((np.diff(rows) > 0).any() for rows in heights)


@pytest.mark.parametrize(("name", "value"), [("miss", 1.5), ("blind", -0.1), ("jitter", -1), ("false_alarms", -1)])
def test_noise_has_ranges(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is {value}"):
        DetectorNoise(**{name: value})


def test_motion_alone_loses_whom_known_identities_keep() -> None:
    """What the scene is for: SORT loses people at poles and crossings; told who is who, a tracker keeps them."""
    scene = walkers_scene(frames=300)
    truth = scene.ground_truth
    switches = {}
    for name, config in (("motion", TrackerConfig.sort()), ("known", TrackerConfig.deepsort_original(gate=0.3))):
        running, rows = Tracker(config), []
        for frame in range(1, 301):
            detections, own = scene.detections.detections(frame), truth.rows_of(frame)
            # One direction for each person; false alarms share another.
            closest = overlap(detections.boxes, truth.boxes[own])
            known = np.eye(16, dtype=np.float32)[
                [truth.ids[own][row.argmax()] if row.max(initial=0) > 0.4 else 0 for row in closest]
            ].reshape(-1, 16)
            tracks = running.update(detections.boxes, detections.scores, known if name == "known" else None)
            rows.append((np.full(len(tracks.ids), frame), tracks.ids, tracks.boxes, tracks.scores))
        frames, ids, where, confidence = (np.concatenate(column) for column in zip(*rows, strict=True))
        table = BoxTable(frames, ids, where, confidence, np.full(len(ids), -1), np.ones(len(ids)))
        switches[name] = score_sequence(truth, table, 300)["IDs"]
    assert switches["motion"] > 30
    assert switches["known"] < switches["motion"] / 4
