"""Scores of small scenes: known answers, TrackEval and motmetrics as oracles, invariants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flatsort.data import BoxTable
from flatsort.eval.scores.sequence_scores import COLUMNS, COUNTS, combine, count_sequence, score_sequence

Table = Callable[[Any], BoxTable]
Oracle = Callable[..., dict[str, float]]


def walk(identity: int, frames: Any, x: float = 0) -> list[tuple[float, ...]]:
    """One person who stands at x."""
    return [(frame, identity, x, 0, 10, 20) for frame in frames]


TEN = range(1, 11)
SCENARIOS = {
    # name: (ground truth, tracks, the columns that tell it)
    "perfect": (
        walk(1, TEN) + walk(2, TEN, 50),
        walk(7, TEN) + walk(3, TEN, 50),
        dict.fromkeys(("IDF1", "IDP", "IDR", "Rcll", "Prcn", "MOTA", "MOTP", "MOTAL", "HOTA", "DetA", "AssA"), 100)
        | {"FAR": 0, "MT": 2, "PT": 0, "ML": 0, "FP": 0, "FN": 0, "IDs": 0, "FM": 0},
    ),
    "no tracks": (
        walk(1, TEN),
        [],
        dict.fromkeys(COLUMNS, 0) | {"FN": 10, "ML": 1},
    ),
    "no ground truth": (
        [],
        walk(1, TEN),
        dict.fromkeys(COLUMNS, 0) | {"FP": 10, "FAR": 1},
    ),
    "nothing": ([], [], dict.fromkeys(COLUMNS, 0)),
    "one switch": (
        walk(1, TEN),
        walk(1, range(1, 6)) + walk(2, range(6, 11)),
        # Each track has half of the object's boxes: A(c) = 5 / (10 + 5 - 5).
        {"IDs": 1, "FM": 0, "MOTA": 90, "MOTAL": 100, "IDF1": 50, "AssA": 50, "DetA": 100, "HOTA": 100 * 0.5**0.5},
    ),
    "a gap in one track": (
        walk(1, TEN) + walk(2, TEN, 50),
        walk(1, (1, 2, 3, 6, 7, 8, 9, 10)) + walk(2, TEN, 50),
        {"IDs": 0, "FM": 1, "FN": 2, "MOTA": 90, "MT": 1, "PT": 1},  # 8 of 10 boxes is not yet mostly tracked
    ),
    "a frame without any track does not fragment": (
        walk(1, TEN),
        walk(1, (1, 2, 3, 6, 7, 8, 9, 10)),
        {"IDs": 0, "FM": 0, "FN": 2, "MOTA": 80},
    ),
    "another track after a gap is a switch": (
        walk(1, TEN) + walk(2, TEN, 50),
        walk(1, (1, 2)) + walk(3, (9, 10)) + walk(2, TEN, 50),
        {"IDs": 1, "FM": 1, "FN": 6},
    ),
    "found once in ten frames": (walk(1, TEN), walk(1, [4]), {"ML": 1, "PT": 0, "Rcll": 10}),
    "found in two of ten frames": (walk(1, TEN), walk(1, [4, 5]), {"ML": 0, "PT": 1, "Rcll": 20}),
    "overlap of exactly one half counts": (
        walk(1, TEN),
        [(frame, 1, 0, 0, 10, 10) for frame in TEN],
        {"Rcll": 100, "MOTP": 50, "IDF1": 100, "DetA": 100 * 10 / 19},
    ),
    "a pairing goes on though another box is nearer": (
        walk(1, (1, 2)),
        [(1, 1, 0, 0, 10, 20), (2, 1, 2, 0, 10, 20), (2, 2, 0, 0, 10, 20)],
        {"IDs": 0, "FP": 1, "MOTP": 100 * (1 + 8 / 12) / 2},
    ),
    "ten switches weigh as one in MOTAL": (
        walk(1, range(1, 101)),
        [(frame, 1 + (frame - 1) // 9, 0, 0, 10, 20) for frame in range(1, 100)] + walk(11, [100]),
        {"IDs": 10, "MOTA": 90, "MOTAL": 99},
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_known_answers(name: str, table: Table) -> None:
    truth, tracks, expected = SCENARIOS[name]
    scores = score_sequence(table(truth), table(tracks))
    assert tuple(scores) == COLUMNS
    assert {column: scores[column] for column in expected} == pytest.approx(expected, abs=1e-9)
    assert all(isinstance(scores[column], int) for column in COUNTS)


def test_far_counts_empty_frames(table: Table) -> None:
    assert score_sequence(table(walk(1, TEN)), table(walk(1, TEN, 50)), 40)["FAR"] == 10 / 40


def test_overall_adds_counts(table: Table) -> None:
    perfect = count_sequence(table(walk(1, TEN)), table(walk(1, TEN)))
    empty = count_sequence(table(walk(1, TEN)), table([]))
    false = count_sequence(table([]), table(walk(1, TEN)), 20)
    overall = combine([perfect, empty, false]).scores(combined=True)
    expected = {"FN": 10, "FP": 10, "FAR": 10 / 40, "MT": 1, "ML": 1, "MOTA": 0, "IDF1": 50, "AssA": 100}
    assert {column: overall[column] for column in expected} == pytest.approx(expected)
    assert overall["DetA"] == pytest.approx(100 * 10 / 30)


@pytest.mark.parametrize("with_another", [False, True])
def test_false_positives_without_ground_truth_equal_trackeval(
    table: Table, trackeval_metrics: list[Any], with_another: bool
) -> None:
    """A sequence by itself has a MOTA of 0; combined, each false positive takes away 100 % of one object."""
    clear = trackeval_metrics[0]
    nothing = {"num_timesteps": 10, "num_gt_dets": 0, "num_gt_ids": 0, "num_tracker_dets": 10, "num_tracker_ids": 1}
    theirs = {"nothing": clear.eval_sequence(nothing)}
    ours = [count_sequence(table([]), table(walk(1, TEN)), 10)]
    if with_another:
        one = [np.zeros(1, int)] * 10
        found = {"gt_ids": one, "tracker_ids": one, "similarity_scores": [np.ones((1, 1))] * 10}
        theirs["found"] = clear.eval_sequence(nothing | found | {"num_gt_dets": 10, "num_gt_ids": 1})
        ours.append(count_sequence(table(walk(1, TEN)), table(walk(1, TEN)), 10))
    expected = clear.combine_sequences(theirs)
    overall = combine(ours).scores(combined=True)
    assert overall["MOTA"] == pytest.approx(100 * expected["MOTA"])
    assert overall["MOTAL"] == pytest.approx(100 * expected["MOTAL"])
    assert overall["MOTA"] == pytest.approx(0 if with_another else -1000)
    assert ours[0].scores()["MOTA"] == 100 * theirs["nothing"]["MOTA"] == 0


@st.composite
def scenes(draw: st.DrawFn) -> tuple[list[tuple[float, ...]], list[tuple[float, ...]]]:
    """Up to six objects in six frames on a coarse grid, so that overlaps tie and fall on thresholds."""
    place = st.tuples(st.integers(0, 8), st.integers(0, 2), st.sampled_from([2, 4]), st.sampled_from([2, 4]))
    key = st.tuples(st.integers(1, 6), st.integers(1, 6))
    kinds = draw(st.sampled_from([[-1], [1, 1, 1, 2, 3, 6, 7, 8, 12]]))
    objects = draw(st.dictionaries(key, st.tuples(place, st.integers(0, 1), st.sampled_from(kinds)), max_size=24))
    reported = draw(st.dictionaries(key, place, max_size=24))
    truth = [(*frame_and_id, *box, conf, kind) for frame_and_id, (box, conf, kind) in objects.items()]
    return truth, [(*frame_and_id, *box) for frame_and_id, box in reported.items()]


@settings(max_examples=300)
@given(scene=scenes(), mot20=st.booleans())
def test_equals_trackeval(scene: Any, mot20: bool, table: Table, oracle: Oracle) -> None:
    truth, tracks = table(scene[0]), table(scene[1])
    classed = bool((truth.classes >= 0).any())
    benchmark = ("MOT20" if mot20 else "MOT16") if classed else "MOT15"
    distractors = (2, 6, 7, 8, 12) if mot20 else (2, 7, 8, 12)
    ours = score_sequence(truth, tracks, 8, distractors)
    theirs = oracle(truth, tracks, 8, benchmark)
    if ours["Rcll"] == ours["FN"] == 0:
        theirs["FAR"] = ours["FP"] / 8  # TrackEval leaves it 0 where no object counts
    assert {name: ours[name] for name in COUNTS} == {name: theirs[name] for name in COUNTS}
    assert ours == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=60)
@given(scene=scenes(), seed=st.integers(0, 9))
def test_names_of_identities_do_not_matter(scene: Any, seed: int, table: Table) -> None:
    truth, tracks = table(scene[0]), table(scene[1])
    random = np.random.default_rng(seed)

    def renamed(boxes: BoxTable) -> BoxTable:
        names = random.choice(10**9, 10, replace=False)
        return BoxTable(boxes.frames, names[boxes.ids], boxes.boxes, boxes.scores, boxes.classes, boxes.visibility)

    ours, theirs = score_sequence(truth, tracks), score_sequence(renamed(truth), renamed(tracks))
    assert {name: ours[name] for name in COUNTS} == {name: theirs[name] for name in COUNTS}
    assert ours == pytest.approx(theirs, abs=1e-9)
