"""How tracks look, and what their distances teach."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.association.calibrated import Calibrated
from flatsort.tracker.association.evidence import Evidence
from flatsort.tracker.association.looks import KEPT, Looks

PLACES = np.array([[0.0, 0, 40, 100], [100, 0, 140, 100], [200, 0, 240, 100]])


def looks_of(tracker: Tracker) -> Looks:
    association = tracker._association
    assert isinstance(association, Calibrated)
    return association.looks


@pytest.mark.parametrize(
    ("before", "now", "complaint"),
    {
        "they end": (np.ones((2, 3)), None, "embeddings are missing"),
        "they begin": (None, np.ones((2, 3)), "embeddings are given, and there were none"),
        "another dimension": (np.ones((2, 3)), np.ones((2, 4)), r"shape \(2, 4\), expected \(n, 3\)"),
        "another count": (None, np.ones((3, 3)), r"shape \(3, 3\), expected \(2, d\)"),
        "no direction": (np.ones((2, 3)), np.array([[1, 0, 0], [0, 0, 0]]), "row 1 has length 0"),
    }.values(),
)
def test_refuses(before: np.ndarray | None, now: np.ndarray | None, complaint: str) -> None:
    looks = Looks("cosine", Evidence(float("inf")))
    looks.prepare(None, 0)  # a frame without detections decides nothing
    if before is not None or now is None or len(now) == 2:
        looks.prepare(before, 2)
    with pytest.raises(ValueError, match=complaint):
        looks.prepare(now, 2)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_the_average_moves_a_tenth_of_the_way(distance: str) -> None:
    tracker = Tracker(TrackerConfig(distance=distance))  # type: ignore[arg-type]
    first, second = np.array([[1.0, 0]]), np.array([[0.0, 1]])
    for vector in (first, second):
        tracker.update(PLACES[:1], [1], vector)
    expected = KEPT * first + (1 - KEPT) * second
    if distance == "cosine":
        expected /= np.linalg.norm(expected)
    np.testing.assert_allclose(tracker.state_dict()["track_look"], expected, rtol=1e-6)


def test_learns_from_people_apart_and_not_from_people_in_one_place() -> None:
    random = np.random.default_rng(0)
    identity = random.normal(size=(3, 8))
    taught = {}
    for name, places in (("apart", PLACES), ("together", PLACES * [0.1, 1, 0.1, 1] + [0, 0, 36, 0])):
        tracker = Tracker(TrackerConfig(distance="euclidean"))
        for _ in range(60):
            tracker.update(places, np.ones(3), identity + random.normal(0, 0.1, (3, 8)))
        taught[name] = looks_of(tracker).evidence
    assert taught["apart"].pairs > 100
    assert taught["apart"](np.array([0.3, 4.0])).tolist() == [4, -4]
    assert taught["together"].pairs == 0
    assert not taught["together"].ready
