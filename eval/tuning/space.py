"""Which settings are tried, and in which ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from flatsort.data import BoxTable
from flatsort.tracker.running.presets import PRESETS
from flatsort.tracker.running.settings import TrackSettings

Values = Mapping[str, float]

# `--min-confidence` is tried up to this quantile of the scores: more detections than that are seldom false.
_MOST_DROPPED = 0.7
_AFTER_THE_SECOND = ("bytetrack", "botsort")  # confirm with the second detection, whatever --n-init says


@dataclass(frozen=True)
class Range:
    """From low to high, both included, and where to start: the value as it stands, or the nearest to it.

    whole: integers. log: as likely between 10 and 20 as between 20 and 40.
    """

    low: float
    high: float
    start: float
    whole: bool = False
    log: bool = False


def space_of(settings: TrackSettings, detections: Iterable[BoxTable]) -> dict[str, Range]:
    """The ranges of the settings that are left to choose, by their name.

    settings: one that is given here stays. detections: the range of `min_confidence` is that of their scores.
    """
    scores = np.concatenate([np.empty(0), *(table.scores for table in detections)])
    preset, config = PRESETS[settings.preset_name], settings.config()
    ranges: dict[str, Range] = {}
    if len(scores) and scores.min() < (most := float(np.quantile(scores, _MOST_DROPPED))):
        ranges["min_confidence"] = Range(float(scores.min()), most, preset.min_confidence or 0.0)
    ranges["nms"] = Range(0.4, 1.0, preset.nms or 1.0)  # 1 drops nothing
    ranges["max_age"] = Range(1, 150, config.longest_miss, whole=True, log=True)
    if config.association not in _AFTER_THE_SECOND:
        ranges["n_init"] = Range(1, 6, config.n_init, whole=True)
    if config.association == "appearance":
        ranges["motion_weight"] = Range(0.0, 0.9, config.motion_weight)
    return {
        name: replace(known, start=float(np.clip(known.start, known.low, known.high)))
        for name, known in ranges.items()
        if getattr(settings, name) is None
    }


def with_values(settings: TrackSettings, values: Values) -> TrackSettings:
    """The settings with some values of a space; raises `InputError` as `TrackSettings`."""
    changes: dict[str, Any] = {name: int(value) if name in _WHOLE else value for name, value in values.items()}
    return replace(settings, **changes)


def as_options(settings: TrackSettings) -> str:
    """The settings as options of `flatsort track`, those that differ from its defaults."""
    parts = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if value != field.default:
            flag = f"--{field.name.replace('_', '-')}"
            parts.append(
                flag if value is True else f"{flag} {value:g}" if isinstance(value, float) else f"{flag} {value}"
            )
    return " ".join(parts)


_WHOLE = ("max_age", "n_init")
