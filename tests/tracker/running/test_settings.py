"""From names and numbers to a tracker: presets, changes, and what contradicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data import Detections, InputError
from flatsort.tracker import TrackerConfig
from flatsort.tracker.running.presets import PRESETS
from flatsort.tracker.running.settings import TrackSettings


class FlatDescriptor:
    """A Euclidean descriptor with a gate of its own."""

    name, dimension, distance, gate = "flat", 1, "euclidean", 1.7

    def __call__(self, image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        return boxes[:, :1].astype(np.float32)


FLAT = FlatDescriptor()


@pytest.mark.parametrize(
    ("given", "preset"),
    [
        pytest.param({}, "default", id="no descriptor"),
        pytest.param({"descriptor": "hsv"}, "default", id="a descriptor"),
        pytest.param({"descriptor": "hsv", "preset": "paper"}, "paper", id="as asked"),
    ],
)
def test_the_preset_in_force(given: dict[str, Any], preset: str) -> None:
    assert TrackSettings(**given).preset_name == preset


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        pytest.param(None, TrackerConfig(), id="default"),
        pytest.param("sort", TrackerConfig.sort(), id="sort"),
        pytest.param("deepsort-original", TrackerConfig.deepsort_original(), id="cosine 0.2, whatever the descriptor"),
        pytest.param("paper", TrackerConfig.deepsort_original(), id="the paper's too"),
        pytest.param("bytetrack", TrackerConfig.bytetrack(), id="bytetrack"),
        pytest.param("ocsort", TrackerConfig.ocsort(), id="ocsort"),
        pytest.param("botsort", TrackerConfig.botsort(), id="botsort"),
        pytest.param("hybridsort", TrackerConfig.hybridsort(), id="hybridsort"),
    ],
)
def test_the_configuration_of_a_preset(preset: Any, expected: TrackerConfig) -> None:
    alone = expected.association != "appearance"
    config = TrackSettings(preset=preset, descriptor="none" if alone else "flat").config(None if alone else FLAT)
    assert config == expected


def test_published_filters() -> None:
    filters = {name: (preset.min_confidence, preset.nms) for name, preset in PRESETS.items()}
    # Wojke et al. (confidence 0.3, no NMS) and Chen et al. (NMS 0.7); SORT filters nothing.
    published = {"sort": (None, None), "deepsort-original": (0.3, None), "paper": (0.3, 0.7)}
    assert {name: filters[name] for name in published} == published  # type: ignore[index]


def test_changes_reach_the_configuration() -> None:
    settings = TrackSettings(preset="deepsort-original", descriptor="flat", max_age=7, n_init=5, motion_weight=0.25)
    config = settings.config(FLAT)
    assert (config.max_age, config.n_init, config.motion_weight) == (7, 5, 0.25)


@pytest.mark.parametrize(
    ("preset", "descriptor", "expected"),
    [
        pytest.param("default", "flat", ("euclidean", 1.7), id="the default takes the descriptor's"),
        pytest.param("deepsort-original", "flat", ("cosine", 0.2), id="DeepSORT has its own"),
        pytest.param("deepsort-original", "flat,gate=1.7", ("euclidean", 1.7), id="but for one that is named"),
        pytest.param("paper", "flat", ("cosine", 0.2), id="the paper has its own"),
    ],
)
def test_whose_distance_and_gate(preset: str, descriptor: str, expected: tuple[str, float]) -> None:
    config = TrackSettings(preset=preset, descriptor=descriptor).config(FLAT)
    assert (config.distance, config.gate) == expected


@pytest.mark.parametrize(("given", "seconds"), [(None, None), ("30", 30.0), ("0.5", 0.5), ("all", float("inf"))])
def test_how_long_ended_tracks_are_remembered(given: str | None, seconds: float | None) -> None:
    assert TrackSettings(descriptor="flat", remember=given).config(FLAT).remember == seconds


@pytest.mark.parametrize(
    ("settings", "widths"),
    [
        pytest.param(TrackSettings(), [10, 20, 26], id="sort: all"),
        pytest.param(TrackSettings(preset="paper", descriptor="hsv"), [20], id="paper: confidence, then NMS"),
        pytest.param(TrackSettings(preset="deepsort-original", descriptor="hsv"), [20, 26], id="original: confidence"),
        pytest.param(
            TrackSettings(preset="paper", descriptor="hsv", nms=1.0, min_confidence=0.0), [10, 20, 26], id="own filters"
        ),
    ],
)
def test_filters_of_a_preset_can_be_replaced(
    stand_in: Any, monkeypatch: pytest.MonkeyPatch, settings: TrackSettings, widths: list[int]
) -> None:
    boxes = np.array([[100.0, 10, 110, 60], [10, 10, 30, 100], [7, 10, 33, 100]])
    scores = np.array([0.2, 0.9, 0.8])
    given: list[list[int]] = []

    class Recording:
        def __init__(self, config: TrackerConfig) -> None:
            pass

        def update(
            self, boxes: np.ndarray, scores: np.ndarray, embeddings: Any, classes: Any, *, motion: Any, steps: int
        ) -> Any:
            given.append((boxes[:, 2] - boxes[:, 0]).astype(int).tolist())
            raise StopIteration

    monkeypatch.setattr("flatsort.tracker.running.track_run.Tracker", Recording)
    sequence = stand_in(detections=[Detections(boxes, scores)], length=1)
    with pytest.raises(RuntimeError):  # StopIteration inside a generator
        list(settings.on(sequence))
    assert given == [widths]


def test_a_run_can_be_repeated_and_starts_anew(stand_in: Any) -> None:
    boxes = np.array([[10.0, 10, 30, 60]])
    run = TrackSettings().on(stand_in(detections=[Detections(boxes, np.ones(1))] * 6, has_images=False))
    first, second = ([frame.ids.tolist() for frame in run] for _ in range(2))
    assert first == second
    assert first[-1] == [1]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        pytest.param({"preset": "best"}, "use one of default, sort", id="unknown preset"),
        pytest.param({"preset": "deepsort-original"}, "matches by appearance", id="appearance without descriptor"),
        pytest.param({"preset": "sort", "descriptor": "hsv"}, "uses no descriptor", id="descriptor unused"),
        pytest.param({"motion_weight": 0.5}, "does not weigh", id="weight unused"),
        pytest.param({"preset": "paper", "descriptor": "hsv,gate=0.5"}, "gate of its own", id="a gate of the preset"),
        pytest.param({"preset": "bytetrack", "descriptor": "hsv"}, "bytetrack uses no desc", id="as in sort"),
        pytest.param({"preset": "botsort", "n_init": 2}, "confirms with the second", id="hits unused"),
        pytest.param({"camera_motion": "orb"}, "none, flow, ecc, or an existing", id="unknown camera motion"),
        pytest.param({"preset": "ocsort", "camera_motion": "flow"}, "not move its obs", id="camera motion unused"),
        pytest.param({"nms": -0.1}, "from 0 to 1", id="overlap out of range"),
        pytest.param({"min_height": float("nan")}, "--min-height", id="NaN"),
        pytest.param({"max_age": -3}, "max_age", id="a negative age"),
        pytest.param({"remember": "all"}, "give a --descriptor", id="a memory without looks"),
        pytest.param({"remember": "ever", "descriptor": "hsv"}, "seconds, or all", id="no time to remember"),
        pytest.param({"remember": "-1", "descriptor": "hsv"}, "seconds, or all", id="a negative time to remember"),
        pytest.param({"remember": "nan", "descriptor": "hsv"}, "seconds, or all", id="a time that is no number"),
        pytest.param({"remember": "9", "preset": "bytetrack"}, "remember needs embeddings", id="memory of boxes"),
    ],
)
def test_contradictions_are_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        TrackSettings(**given)


def test_a_video_without_detections_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        TrackSettings().open(tmp_path / "nonesuch.mp4")
