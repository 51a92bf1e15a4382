"""Several videos of the same people as one: a video that was cut scores as the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatsort.data import BoxTable, InputError
from flatsort.data.errors import Remark
from flatsort.eval import score_across, score_sequence
from flatsort.eval.across.scores import one_after_another
from flatsort.eval.scores.preprocess import preprocess
from flatsort.eval.scores.sequence_scores import count_overlaps

LENGTH = 9
TRUTH = "1,1,0,0,10,20,1,1,1\n1,2,50,0,10,20,1,1,1\n"


def part(table: BoxTable, first: int, last: int) -> BoxTable:
    kept = table[(table.frames >= first) & (table.frames <= last)]
    return replace(kept, frames=kept.frames - first + 1)


boxes = st.lists(st.tuples(st.integers(1, LENGTH), st.integers(1, 4), st.integers(0, 3)), unique_by=lambda row: row[:2])


@given(boxes, boxes, st.integers(1, 4), st.integers(5, 8))
def test_a_video_that_was_cut_scores_as_the_whole(
    table: Callable[[Any], BoxTable], truth: Any, tracks: Any, one: int, two: int
) -> None:
    objects, reported = (table([(*row[:2], 6 * row[2], 0, 10, 20) for row in rows]) for rows in (truth, tracks))
    cuts = [(1, one), (one + 1, two), (two + 1, LENGTH)]
    parts = [
        preprocess(part(objects, first, last), part(reported, first, last), last - first + 1) for first, last in cuts
    ]
    together = count_overlaps(one_after_another(parts)).scores()
    assert together == pytest.approx(score_sequence(objects, reported, LENGTH))


def write(root: Path, tracks: dict[str, str], truth: dict[str, str]) -> None:
    for name, text in tracks.items():
        (root / "tracks").mkdir(exist_ok=True)
        (root / "tracks" / f"{name}.txt").write_text(text)
    for name, text in truth.items():
        (root / "gt" / name / "gt").mkdir(parents=True)
        (root / "gt" / name / "gt" / "gt.txt").write_text(text)


@pytest.mark.parametrize(("second", "idf1"), [((5, 6), 100), ((6, 5), 50), ((7, 8), 50), ((5, 8), 75)])
def test_other_ids_in_the_next_video_cost(tmp_path: Path, second: tuple[int, int], idf1: float) -> None:
    rows = "1,{},0,0,10,20\n1,{},50,0,10,20\n"
    write(tmp_path, {"a": rows.format(5, 6), "b": rows.format(*second)}, dict.fromkeys("ab", TRUTH))
    scores = score_across(tmp_path / "gt", tmp_path / "tracks")
    assert scores.overall["IDF1"] == idf1
    assert [own["IDF1"] for own in scores.sequences.values()] == [100, 100]


def test_nobody_in_two_videos_is_remarked(tmp_path: Path) -> None:
    other = TRUTH.replace("1,1,0", "1,3,0").replace("1,2,", "1,4,")
    write(tmp_path, dict.fromkeys("ab", "1,5,0,0,10,20\n"), {"a": TRUTH, "b": other})
    with pytest.warns(Remark, match="no id of the ground truth is in two videos"):
        score_across(tmp_path / "gt", tmp_path / "tracks")


def test_one_video_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"a": "1,5,0,0,10,20\n"}, {"a": TRUTH})
    with pytest.raises(InputError, match="nothing across"):
        score_across(tmp_path / "gt", tmp_path / "tracks")
