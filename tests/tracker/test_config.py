"""The configuration refuses what is out of range or of another type, naming the setting."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from flatsort import Tracker, TrackerConfig
from flatsort.tracker.config import FASTEST


@pytest.mark.parametrize(
    ("changes", "message"),
    {
        "no motion gate": ({"motion_gate": None}, "motion_gate is None, expected a number"),
        "an endless motion gate": (
            {"motion_gate": float("inf")},
            "motion_gate is inf, expected a number from 1e-09 to",
        ),
        "a motion gate next to nothing": (
            {"motion_gate": 1e-320},
            "motion_gate is 1e-320, expected a number from 1e-09",
        ),
        "no gate where costs are in units of it": ({"gate": float("inf")}, "gate is inf, expected a number from 1e-09"),
        "a rate of a time base": ({"frame_rate": 1e308}, r"frame_rate is 1e\+308, expected above 0 and at most 1e\+06"),
        "a rate that is text": ({"frame_rate": "25"}, "frame_rate is '25', expected a number"),
        "a gate that is a list": ({"gate": [0.2]}, r"gate is \[0.2\], expected a number"),
        "a gate beyond every float": ({"gate": 10**400}, "gate is beyond every float"),
        "an overlap that is text": ({"min_iou": "0.3"}, "min_iou is '0.3', expected a number"),
        "an overlap that is true": ({"min_iou": True}, "min_iou is True, expected a number"),
        "a cascade that is a number": ({"cascade": 1}, "cascade is 1, expected true or false"),
    }.values(),
)
def test_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrackerConfig.from_dict(asdict(TrackerConfig.deepsort_original()) | changes)


def test_the_fastest_camera_is_tracked() -> None:
    tracker = Tracker(TrackerConfig(frame_rate=FASTEST))
    tracker.update([[10, 10, 50, 90]], [0.9])
    assert len(tracker.update([[10, 10, 50, 90]], [0.9]).boxes) == 1


def test_the_default_takes_a_gate_that_is_not_known() -> None:
    assert TrackerConfig(gate=float("inf")).gate == float("inf")
    with pytest.raises(ValueError, match="gate is 0, expected a number from 1e-09 to inf"):
        TrackerConfig(gate=0)
