"""What is tried: ranges for each tracker, and the options that say the same."""

from __future__ import annotations

import shlex

import numpy as np
import pytest

from flatsort.data import BoxTable
from flatsort.eval.tuning.space import as_options, space_of, with_values
from flatsort.tracker.running.presets import PRESETS
from flatsort.tracker.running.settings import TrackSettings


def scored(*scores: float) -> BoxTable:
    count = len(scores)
    whole = np.ones(count, np.int64)
    return BoxTable(whole, -whole, np.ones((count, 4)), np.array(scores), -whole, np.ones(count))


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({}, {"min_confidence", "nms", "max_age", "n_init"}),
        ({"max_age": 7, "nms": 0.8}, {"min_confidence", "n_init"}),
        ({"preset": "bytetrack"}, {"min_confidence", "nms", "max_age"}),
        (
            {"preset": "deepsort-original", "descriptor": "hsv"},
            {"min_confidence", "nms", "max_age", "n_init", "motion_weight"},
        ),
    ],
)
def test_what_is_left_to_choose(given: dict[str, object], names: set[str]) -> None:
    assert set(space_of(TrackSettings(**given), [scored(0.1, 0.5, 0.9)])) == names  # type: ignore[arg-type]


def test_confidence_is_tried_where_scores_are() -> None:
    known = space_of(TrackSettings(), [scored(10, 20, 30), scored(5, 40)])["min_confidence"]
    assert (known.low, known.high, known.start) == (5, pytest.approx(28), 5)
    assert "min_confidence" not in space_of(TrackSettings(), [scored(1, 1, 1)])


@pytest.mark.parametrize("preset", [name for name in PRESETS if name != "default"])
def test_every_corner_of_every_space_is_a_setting(preset: str) -> None:
    association = PRESETS[preset].config().association
    settings = TrackSettings(preset=preset, descriptor="hsv" if association == "appearance" else "none")
    space = space_of(settings, [scored(0.1, 0.9)])
    for side in ("low", "high", "start"):
        changed = with_values(settings, {name: getattr(known, side) for name, known in space.items()})
        changed.config()
        for name, known in space.items():
            assert known.low <= known.start <= known.high
            assert getattr(changed, name) == getattr(known, side)


def test_options_say_what_the_settings_say() -> None:
    settings = TrackSettings(preset="sort", max_age=12, nms=0.75, across_classes=True)
    assert shlex.split(as_options(settings)) == [
        *("--preset", "sort", "--nms", "0.75", "--max-age", "12", "--across-classes")
    ]
    assert as_options(TrackSettings()) == ""
