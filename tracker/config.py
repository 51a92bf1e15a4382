"""What a tracker does: one frozen configuration, with the published trackers as named constructors."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import inf, isfinite
from numbers import Real
from typing import Any, Literal

from flatsort.tracker.checks import LARGEST_COUNT

# Of embeddings a track; the gallery takes its memory at once.
LARGEST_BUDGET = 10_000
# The 95 % quantile of the chi-square distribution with four degrees of freedom: a true match is gated out once in 20.
CHI_SQUARE_95 = 9.4877
# The least and the largest gate: beyond, quotients by it overflow, and nothing or everything passes in any case.
GATES = (1e-9, 1e9)
PUBLISHED = ("overlap", "appearance", "bytetrack", "botsort", "ocsort", "hybridsort")
WITH_EMBEDDINGS = ("calibrated", "appearance")
# The default keeps a lost track for so many seconds, at least for so many frames, and for so many where the frame rate
# is not known.
LONGEST_MISS, FEWEST_FRAMES, UNKNOWN_RATE = 2.0, 30, 60
# Frames a second of the fastest cameras; more is a time base read as a rate.
FASTEST = 1e6


@dataclass(frozen=True)
class TrackerConfig:
    """Settings of a `Tracker`: the default as it stands, or a published tracker by its named constructor.

    association: the strategy: "calibrated", the default; "overlap" of all tracks (SORT); "appearance" of confirmed
        tracks under a gate of motion, overlap for the rest (DeepSORT); or a published tracker by its name.
    motion: the filter's state, "xywh", SORT's "xysr" or DeepSORT's "xyah".
    frame_rate: frames a second, where it is known; the default measures by it how long a lost track is kept.
    max_age: frames that a track may stay unmatched before it ends; None, in the default: 2 seconds.
    min_iou: pairs below this intersection over union never match (not of the default).
    n_init: detections in a row that confirm a track. "overlap" counts them after the first, anew after each miss;
        "appearance" counts the first too, and a confirmed track stays confirmed (as the originals do).
    coast: a confirmed track is still reported (at its predicted box) if it was missed for at most this many frames.
    distance: "euclidean" or "cosine", between embeddings.
    gate: the largest distance at which two embeddings may be one person's; to the default, until it has calibrated
        itself, the distance at which they are as likely two people's; infinite where nothing is known.
    budget: embeddings kept a track, the newest.
    search: how the gallery finds the nearest embedding, "brute", "kdtree" or "auto".
    motion_gate: the largest squared Mahalanobis distance of a match by appearance.
    motion_weight: share of motion, against appearance, in the cost of a match (DeepSORT's lambda), in units of gates.
    cascade: whether tracks missed for fewer frames match first (DeepSORT's matching cascade).
    high_score: detections above it are sure, those below it, but above `low_score`, unsure (ByteTrack and after).
    start_score: the least score that starts a track (ByteTrack, BoT-SORT).
    inertia: weight of a consistent direction against overlap (OC-SORT, Hybrid-SORT).
    across_classes: whether a track may go on with a detection of another class.
    remember: seconds for which ended tracks are remembered by their looks: a new track that is one of them takes its id
        back (`tracker.memory`; needs embeddings); infinite: for ever; None: not at all.

    Raises ValueError where a value is out of its range.
    """

    association: Literal["calibrated", "overlap", "appearance", "bytetrack", "botsort", "ocsort", "hybridsort"] = (
        "calibrated"
    )
    motion: Literal["xywh", "xysr", "xyah"] = "xywh"
    frame_rate: float | None = None
    max_age: int | None = None
    min_iou: float = 0.3
    n_init: int = 3
    coast: int = 1
    distance: Literal["euclidean", "cosine"] = "cosine"
    gate: float = inf
    budget: int = 100
    search: Literal["auto", "brute", "kdtree"] = "auto"
    motion_gate: float = CHI_SQUARE_95
    motion_weight: float = 0.0
    cascade: bool = True
    high_score: float = 0.6
    low_score: float = 0.1
    start_score: float = 0.7
    inertia: float = 0.2
    across_classes: bool = False
    remember: float | None = None

    def __post_init__(self) -> None:
        self._one_of("motion", "xywh", "xysr", "xyah")
        self._one_of("association", "calibrated", *PUBLISHED)
        if self.max_age is None and self.association != "calibrated":
            raise ValueError(f"max_age is None, expected an integer with association {self.association!r}")
        self._one_of("distance", "euclidean", "cosine")
        self._one_of("search", "auto", "brute", "kdtree")
        self._between("min_iou", 0, 1)
        self._between("motion_weight", 0, 1)
        counts = (("max_age", 0, LARGEST_COUNT), ("n_init", 1, LARGEST_COUNT), ("coast", 0, LARGEST_COUNT))
        for name, least, most in (*counts, ("budget", 1, LARGEST_BUDGET)):
            value = getattr(self, name)
            if value is None and name == "max_age":
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise ValueError(f"{name} is {value!r}, expected an integer of at least {least}")
            if value > most:
                raise ValueError(f"{name} is beyond {most}")
        for name in ("high_score", "low_score", "start_score", "inertia"):
            if not isfinite(self._number(name)):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected a finite number")
        self._between("motion_gate", *GATES)
        if self.frame_rate is not None and not 0 < self._number("frame_rate") <= FASTEST:
            raise ValueError(f"frame_rate is {self.frame_rate!r}, expected above 0 and at most {FASTEST:g}")
        if self.remember is not None:
            if not self._number("remember") > 0:
                raise ValueError(f"remember is {self.remember!r}, expected a number above 0, or None")
            if self.association not in WITH_EMBEDDINGS:
                raise ValueError(f"remember needs embeddings, which association {self.association!r} does not take")
        # Costs of DeepSORT's association are in units of the gate; the default takes an infinite one for "not known".
        self._between("gate", GATES[0], GATES[1] if self.association == "appearance" else inf)
        for name in ("cascade", "across_classes"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} is {getattr(self, name)!r}, expected true or false")

    @property
    def longest_miss(self) -> int:
        """Frames that a track may stay unmatched before it ends: `max_age`, or what it is by default."""
        if self.max_age is not None:
            return self.max_age
        if self.frame_rate is None:
            return UNKNOWN_RATE
        return max(FEWEST_FRAMES, round(LONGEST_MISS * self.frame_rate))

    def _one_of(self, name: str, *allowed: str) -> None:
        if getattr(self, name) not in allowed:
            raise ValueError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(allowed)}")

    def _number(self, name: str) -> float:
        value: object = getattr(self, name)
        if type(value) is bool or not isinstance(value, Real):
            raise ValueError(f"{name} is {value!r}, expected a number")
        try:
            return float(value)
        except OverflowError:
            raise ValueError(f"{name} is beyond every float") from None

    def _between(self, name: str, low: float, high: float) -> None:
        if not low <= self._number(name) <= high:
            raise ValueError(f"{name} is {getattr(self, name)!r}, expected a number from {low} to {high}")

    @classmethod
    def sort(cls, **changes: Any) -> TrackerConfig:
        """SORT (Bewley et al., ICIP 2016) with its published settings: max_age 1, three hits, IoU 0.3."""
        return replace(cls(association="overlap", motion="xysr", max_age=1, coast=0), **changes)

    @classmethod
    def deepsort_original(cls, **changes: Any) -> TrackerConfig:
        """DeepSORT (Wojke et al., ICIP 2017) as published: cosine distance within 0.2, 30 frames, matching cascade."""
        return replace(cls(association="appearance", motion="xyah", max_age=30, gate=0.2), **changes)

    @classmethod
    def bytetrack(cls, **changes: Any) -> TrackerConfig:
        """ByteTrack (Zhang et al., ECCV 2022) as published; `min_iou` is of overlap times score."""
        return replace(cls(association="bytetrack", motion="xyah", max_age=30, min_iou=0.1, coast=0), **changes)

    @classmethod
    def botsort(cls, **changes: Any) -> TrackerConfig:
        """BoT-SORT (Aharon et al. 2022) as published, without appearance; `min_iou` is of overlap times score."""
        return replace(cls(association="botsort", motion="xywh", max_age=30, min_iou=0.2, coast=0), **changes)

    @classmethod
    def ocsort(cls, **changes: Any) -> TrackerConfig:
        """OC-SORT (Cao et al., CVPR 2023) as published."""
        return replace(cls(association="ocsort", motion="xysr", max_age=30, coast=0), **changes)

    @classmethod
    def hybridsort(cls, **changes: Any) -> TrackerConfig:
        """Hybrid-SORT (Yang et al., AAAI 2024) as published for MOT17; for DanceTrack its authors take min_iou 0.15."""
        return replace(
            cls(association="hybridsort", motion="xysr", max_age=30, min_iou=0.25, inertia=0.05, coast=0), **changes
        )

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> TrackerConfig:
        """A configuration from `dataclasses.asdict`; ValueError names a key that does not exist."""
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"no setting {', '.join(sorted(unknown))} in TrackerConfig")
        return cls(**values)
