"""One tracker's identity switches beside what others made of them: scenes whose answers are plain, and real tracks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flatsort.data import BoxTable, InputError, read_tracks
from flatsort.eval.figures.switch_comparison import compare_trackers
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.eval.scores.switches import follow
from flatsort.tracker.drawing.switch_pictures import Switch

Rows = list[tuple[float, ...]]


def span(identity: int, first: int, last: int, left: float) -> Rows:
    return [(frame, identity, left, 0, 20, 50) for frame in range(first, last + 1)]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    path = tmp_path / "gt.txt"
    rows = sorted(span(1, 1, 20, 0) + span(2, 1, 20, 100))
    path.write_text("\n".join(",".join(map(str, [*map(int, row), 1])) for row in rows) + "\n")
    return path


SWITCHES = span(5, 1, 9, 0) + span(6, 12, 20, 0) + span(7, 1, 20, 100)
KEEPS = span(3, 1, 9, 0) + span(3, 12, 20, 0)
ABSENT = span(3, 1, 5, 0) + span(3, 15, 20, 0) + span(4, 1, 20, 100)


@pytest.mark.parametrize(
    ("others", "summary"),
    [
        pytest.param({}, "1", id="one tracker alone"),
        pytest.param({"b": KEEPS}, "a 1, b 0 (keeps 1 of those that a changes)", id="one that keeps the id"),
        pytest.param({"b": SWITCHES}, "a 1, b 1 (keeps 0 of those that a changes)", id="one that does the same"),
        pytest.param({"b": ABSENT}, "a 1, b 0 (keeps 0 of those that a changes)", id="one that is not there then"),
    ],
)
def test_plain_scenes(table: Callable[..., BoxTable], truth: Path, others: dict[str, Rows], summary: str) -> None:
    tables = {"a": table(SWITCHES)} | {label: table(rows) for label, rows in others.items()}
    seen = compare_trackers(truth, tables, "scene", 20)
    assert seen.switches == [Switch(person=1, old_id=5, new_id=6, last=9, first=12)]
    assert seen.summary == summary
    assert [row.label for row in seen.rows] == (["a", "b"] if others else [])


def test_who_follows_whom(table: Callable[..., BoxTable], truth: Path) -> None:
    seen = compare_trackers(truth, {"a": table(SWITCHES), "b": table(KEEPS)}, "scene", 20)
    expected = {(frame, 1): 3 for frame in (*range(1, 10), *range(12, 21))}
    assert seen.rows[1].held == expected == follow(seen.truth, table(KEEPS), 20)


def test_tracks_that_cannot_be_scored(table: Callable[..., BoxTable], truth: Path) -> None:
    bad: Any = table([(1, 1, 0, 0, 20, 50), (1, 1, 5, 0, 20, 50)])
    with pytest.raises(InputError, match=r"gt\.txt and tracks b: tracks\.ids: 1 stands twice in frame 1"):
        compare_trackers(truth, {"a": table(SWITCHES), "b": bad}, "scene", 20)


def test_real_switches_as_many_as_the_scores_count(real_data: Path) -> None:
    source, name = real_data / "MOT15/train/TUD-Campus", "TUD-Campus.txt"
    paths = {"SORT": "sort_mot15", "OSNet": "deepsort_osnet"}
    tables = {label: read_tracks(real_data / "reference" / folder / name) for label, folder in paths.items()}
    seen = compare_trackers(source, tables, "TUD-Campus", 71)
    counts = [score_sequence(seen.truth, tracks, 71)["IDs"] for tracks in tables.values()]
    assert seen.summary.startswith(f"SORT {counts[0]:.0f}, OSNet {counts[1]:.0f} (keeps ")
