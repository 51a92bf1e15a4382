"""Checks without ground truth: each finds what it is about, and nothing where nothing is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.eval.tuning.self_checks import self_checks
from flatsort.tracker.running.settings import TrackSettings
from tests.cli.two_people import write_sequence

FRAMES = 12  # as `write_sequence` says; ten a second


def rows(*people: tuple[range, int, int]) -> list[str]:
    """People who stand at (left, top), 20 by 50, in some frames."""
    return [f"{frame},-1,{left},{top},20,50,0.9" for frames, left, top in people for frame in frames]


ALWAYS = range(1, FRAMES + 1)
SCENES: dict[str, tuple[list[tuple[range, int, int]], dict[str, float]]] = {
    "two people": (
        [(ALWAYS, 10, 20), (ALWAYS, 90, 20)],
        {"tracks": 2, "frames": 12, "gaps": 0, "breaks": 0, "doubled": 0},
    ),
    "one track that breaks": ([(range(1, 6), 10, 20), (range(8, 13), 10, 20)], {"tracks": 2, "breaks": 50, "gaps": 0}),
    "one leaves, another comes": ([(range(1, 6), 10, 20), (range(8, 13), 90, 20)], {"tracks": 2, "breaks": 0}),
    "two boxes of one person": ([(ALWAYS, 10, 20), (ALWAYS, 12, 20)], {"tracks": 2, "doubled": 100}),
    "nobody": ([], {"tracks": 0, "frames": np.nan, "gaps": np.nan, "breaks": np.nan, "at once": np.nan}),
}


@pytest.mark.parametrize(("people", "expected"), SCENES.values(), ids=SCENES)
def test_what_tracks_tell(tmp_path: Path, people: list[tuple[range, int, int]], expected: dict[str, float]) -> None:
    source = write_sequence(tmp_path / "s", rows=rows(*people))
    checks = self_checks(TrackSettings(preset="sort").open(source))
    assert {name: checks[name] for name in expected} == pytest.approx(expected, nan_ok=True)
    assert np.isnan(checks["linked at once"])


@pytest.mark.parametrize(("alike", "share"), [(True, 100.0), (False, 0.0)])
def test_links_between_people_in_sight_at_once(tmp_path: Path, alike: bool, share: float) -> None:
    """Two people side by side, then two others: who looks like whom decides on the links."""
    people = [(range(1, 6), 10, 20), (range(1, 6), 90, 20), (range(9, 13), 130, 65), (range(9, 13), 45, 65)]
    source = write_sequence(tmp_path / "s", rows=rows(*people))
    looks = np.eye(4)[[0, 0, 1, 1] if alike else [0, 1, 0, 1]]
    stored = []
    for (frames, left, top), vector in zip(people, looks, strict=True):
        stored += [[frame, -1, left, top, 20, 50, 0.9, -1, -1, -1, *vector] for frame in frames]
    np.save(tmp_path / "s.npy", np.array(sorted(stored, key=lambda row: row[0]), np.float32))
    settings = TrackSettings(descriptor=f"npy:{tmp_path / 's.npy'},distance=euclidean,gate=0.5", n_init=1, max_age=1)
    checks = self_checks(settings.open(source))
    assert checks["tracks"] == 4
    assert checks["linked at once"] == share
    assert checks["at once"] == pytest.approx(100 * 4 / 12)
