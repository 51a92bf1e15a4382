"""Save a tracker in the middle of a sequence and go on with a restored one: the ids and boxes are the same.

python examples/save_and_restore.py
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from flatsort import Detections, Tracker, TrackerConfig, Tracks
from flatsort.data.walkers.scene import walkers_scene


def follow(tracker: Tracker, frames: list[Detections]) -> list[Tracks]:
    return [tracker.update(detections.boxes, detections.scores) for detections in frames]


def main() -> None:
    table = walkers_scene(frames=60).detections
    frames = [table.detections(index) for index in range(1, 61)]
    whole = follow(Tracker(TrackerConfig.sort(max_age=10)), frames)

    first = Tracker(TrackerConfig.sort(max_age=10))
    follow(first, frames[:30])
    with TemporaryDirectory() as folder:
        file = Path(folder) / "tracker.npz"
        np.savez(file, **first.state_dict())  # plain arrays: nothing is pickled
        with np.load(file) as state:
            second = Tracker.from_state_dict(state)
    rest = follow(second, frames[30:])

    for expected, found in zip(whole[30:], rest, strict=True):
        assert np.array_equal(expected.ids, found.ids)
        assert np.array_equal(expected.boxes, found.boxes)
    print(f"restored at frame 30; {len(rest)} frames later still the same: people {rest[-1].ids.tolist()}")


if __name__ == "__main__":
    main()
