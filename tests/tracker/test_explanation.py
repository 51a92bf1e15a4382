"""What the tracker will do, said before it does it."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig, explain

# One stands still, two meet.
START = np.array([[0.0, 0, 40, 100], [200, 0, 240, 100], [330, 0, 370, 100]])
STEP = np.array([[0.0, 0, 0, 0], [6, 0, 6, 0], [-6, 0, -6, 0]])
LOOKS = np.eye(3)


def walked(frames: int, config: TrackerConfig | None = None) -> Tracker:
    tracker = Tracker(config or TrackerConfig(distance="euclidean"))
    for frame in range(frames):
        tracker.update(START + frame * STEP, np.full(3, 0.9), LOOKS)
    return tracker


@pytest.mark.parametrize("frames", [3, 8, 12])
def test_says_what_update_then_does_and_changes_nothing(frames: int) -> None:
    tracker = walked(frames)
    boxes, scores = START + frames * STEP, np.full(3, 0.9)
    before = tracker.state_dict()
    said = explain(tracker, boxes, scores, LOOKS)
    for name, value in tracker.state_dict().items():
        np.testing.assert_array_equal(before[name], value)
    done = tracker.update(boxes, scores, LOOKS)
    taken = dict(zip(said.columns[said.chosen].tolist(), said.tracks[said.rows[said.chosen]].tolist(), strict=True))
    assert taken == dict(enumerate(done.detection_ids.tolist()))


def test_terms_add_up_and_tell_rivals_apart() -> None:
    tracker = walked(10)
    said = explain(tracker, START + 10 * STEP, [0.9, 0.9, 0.2], LOOKS)
    assert said.counts.tolist() == [True, True, False]
    terms = said.terms
    total = terms.overlap + terms.direction + terms.score + terms.appearance - said.threshold
    np.testing.assert_allclose(terms.gain, total)
    best, *others = said.of_track(2).tolist()
    assert said.columns[best] == 1
    assert said.chosen[best]
    assert all(terms.gain[other] < terms.gain[best] for other in others)
    rivals = said.of_detection(1).tolist()
    assert said.tracks[said.rows[rivals]].tolist()[0] == 2


def test_published_trackers_have_no_terms() -> None:
    with pytest.raises(ValueError, match='associates by "overlap" has no terms'):
        explain(Tracker(TrackerConfig.sort()), [[0, 0, 1, 1]], [1])
