"""Identity switches one by one, against the count of them and against scenes whose switches are plain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.data import BoxTable
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.tracks import read_tracks
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.eval.scores.switches import identity_switches
from flatsort.tracker.drawing.switch_pictures import Switch


def table(rows: list[tuple[int, int, float]]) -> BoxTable:
    """(frame, id, left): boxes of 20 by 50 pixels."""
    values = np.array(sorted(rows), float).reshape(-1, 3)
    n, left = len(values), values[:, 2]
    boxes = np.stack([left, np.zeros(n), left + 20, np.full(n, 50.0)], axis=1)
    frames, ids = values[:, 0].astype(np.int64), values[:, 1].astype(np.int64)
    return BoxTable(frames, ids, boxes, np.ones(n), np.full(n, -1), np.ones(n))


def span(identity: int, first: int, last: int, left: float) -> list[tuple[int, int, float]]:
    return [(frame, identity, left) for frame in range(first, last + 1)]


TRUTH = span(1, 1, 20, 0) + span(2, 1, 20, 100)


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        pytest.param(span(5, 1, 20, 0), [], id="none"),
        pytest.param(span(5, 1, 9, 0) + span(6, 10, 20, 0), [Switch(1, 5, 6, 9, 10)], id="from frame to frame"),
        pytest.param(span(5, 1, 9, 0) + span(6, 15, 20, 0), [Switch(1, 5, 6, 9, 15)], id="over a gap"),
        pytest.param(span(5, 1, 9, 0) + span(5, 15, 20, 0), [], id="a gap alone"),
        pytest.param(
            span(5, 1, 9, 0) + span(6, 1, 9, 100) + span(6, 10, 20, 0) + span(5, 10, 20, 100),
            [Switch(1, 5, 6, 9, 10), Switch(2, 6, 5, 9, 10)],
            id="two people trade ids",
        ),
        pytest.param(
            span(5, 1, 4, 0) + span(6, 5, 6, 0) + span(5, 7, 20, 0),
            [Switch(1, 5, 6, 4, 5), Switch(1, 6, 5, 6, 7)],
            id="away and back",
        ),
    ],
)
def test_plain_scenes(tracks: list[tuple[int, int, float]], expected: list[Switch]) -> None:
    assert identity_switches(table(TRUTH), table(tracks)) == expected


@pytest.mark.parametrize("seed", range(5))
def test_as_many_as_the_score_counts(seed: int) -> None:
    random = np.random.default_rng(seed)
    truth = [(frame, person, 40.0 * person + frame) for frame in range(1, 40) for person in range(6)]
    names = np.arange(6)
    tracks = []
    for frame in range(1, 40):
        if random.random() < 0.4:
            random.shuffle(names)
        tracks += [(frame, 10 + int(names[p]), 40.0 * p + frame) for p in range(6) if random.random() < 0.8]
    found = identity_switches(table(truth), table(tracks))
    assert len(found) == score_sequence(table(truth), table(tracks))["IDs"] > 0


def test_real_switches_as_many_as_the_score_counts(real_data: Path) -> None:
    truth = read_ground_truth(real_data / "MOT16/train/MOT16-11/gt/gt.txt", 900)
    tracks = read_tracks(real_data / "reference/sort_mot16_frcnn/MOT16-11.txt", 900)
    found = identity_switches(truth, tracks, 900)
    assert len(found) == score_sequence(truth, tracks, 900)["IDs"]
    assert all(switch.last < switch.first and switch.old_id != switch.new_id for switch in found)
