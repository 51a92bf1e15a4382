"""Trackers by name, each with the filters on detections that it was published with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from flatsort.tracker.config import TrackerConfig


@dataclass(frozen=True)
class Preset:
    """A tracker with the filters on detections that it was published with."""

    config: Callable[[], TrackerConfig]
    min_confidence: float | None = None
    nms: float | None = None
    # Whose distance and gate: the descriptor's, or the preset's; "named": the preset's, unless a user names others.
    gate: Literal["descriptor", "named", "preset"] = "preset"


PRESETS: dict[str, Preset] = {
    "default": Preset(TrackerConfig, gate="descriptor"),
    "sort": Preset(TrackerConfig.sort),
    # Wojke et al. 2017 as published: deep_sort_app.py with the settings of its README; a gate stands for its
    # --max_cosine_distance.
    "deepsort-original": Preset(TrackerConfig.deepsort_original, min_confidence=0.3, gate="named"),
    # Chen et al. 2020, App. A.3.
    "paper": Preset(TrackerConfig.deepsort_original, min_confidence=0.3, nms=0.7),
    # As published, without the appearance that BoT-SORT and Hybrid-SORT can add.
    "bytetrack": Preset(TrackerConfig.bytetrack),
    "ocsort": Preset(TrackerConfig.ocsort),
    "botsort": Preset(TrackerConfig.botsort),
    "hybridsort": Preset(TrackerConfig.hybridsort),
}


def one_of(names: Iterable[str]) -> str:
    """The names as a sentence lists them: `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
