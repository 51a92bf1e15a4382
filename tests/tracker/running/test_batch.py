"""Several sequences, each into its own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data import Detections, InputError, read_tracks
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.settings import TrackSettings


def one_person(stand_in: Any, **changes: Any) -> Any:
    boxes = np.array([[10.0, 10, 30, 60]])
    return stand_in(detections=[Detections(boxes, np.ones(1))] * 6, **changes)


def test_tracks_are_written_and_watched(stand_in: Any, tmp_path: Path) -> None:
    seen = []

    def watch(frames: Any) -> Any:
        for frame in frames:
            seen.append(frame.index)
            yield frame

    run = TrackSettings(preset="sort").on(one_person(stand_in))
    assert write_tracks(run, tmp_path / "t.txt", watch) == 6
    assert seen == [1, 2, 3, 4, 5, 6]
    assert read_tracks(tmp_path / "t.txt").frames.tolist() == seen


def test_a_failure_midway_keeps_the_frames_before_it(stand_in: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frame 4"):
        write_tracks(TrackSettings(preset="sort").on(one_person(stand_in, fails_at=4)), tmp_path / "t.txt")
    assert read_tracks(tmp_path / "t.txt").frames.tolist() == [1, 2, 3]


def test_a_failure_at_once_keeps_the_file_of_an_earlier_run(stand_in: Any, tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_text("earlier")
    with pytest.raises(InputError, match="frame 1 "):
        write_tracks(TrackSettings().on(one_person(stand_in, fails_at=1)), tmp_path / "t.txt")
    assert (tmp_path / "t.txt").read_text() == "earlier"
