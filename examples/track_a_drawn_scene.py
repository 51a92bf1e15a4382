"""Track a drawn street scene without and with appearance, and score both.

    python examples/track_a_drawn_scene.py

The scene is a sequence like any other: put `open_sequence("MOT16/train/MOT16-11")` in its place to track your own.
"""

from __future__ import annotations

import numpy as np

from flatsort import BoxTable, Descriptor, Sequence, Tracker, TrackerConfig, describe, load_descriptor, score_sequence
from flatsort.data.walkers.scene import walkers_scene


def track(sequence: Sequence, descriptor: Descriptor | None) -> BoxTable:
    """The tracks of a sequence as a table of boxes."""
    config = TrackerConfig()
    if descriptor is not None:
        config = TrackerConfig(distance=descriptor.distance, gate=descriptor.gate)
    tracker = Tracker(config)
    rows = []
    for frame in sequence:
        embeddings = None if descriptor is None else describe(descriptor, frame)
        tracks = tracker.update(frame.detections.boxes, frame.detections.scores, embeddings)
        rows.append(np.column_stack([np.full(len(tracks.ids), frame.index), tracks.ids, tracks.boxes, tracks.scores]))
    table = np.concatenate(rows)
    whole = table[:, :2].astype(np.int64)
    classes, visibility = np.full(len(table), -1), np.ones(len(table))
    return BoxTable(whole[:, 0], whole[:, 1], table[:, 2:6], table[:, 6], classes, visibility)


def main() -> None:
    scene = walkers_scene(frames=180)
    for name in ("none", "hsv"):
        scores = score_sequence(scene.ground_truth, track(scene, load_descriptor(name)), scene.length)
        print(f"{name}: {scores['IDs']:.0f} identity switches, IDF1 {scores['IDF1']:.1f}, HOTA {scores['HOTA']:.1f}")


if __name__ == "__main__":
    main()
