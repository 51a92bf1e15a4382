"""Gains on held-out sequences: nothing held out is seen, and chance is told from gain as a t-test tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from flatsort.data import InputError
from flatsort.eval.tuning.held_out import HeldOut, Tuned, folds_of, tune
from flatsort.eval.tuning.space import Values


def test_each_sequence_is_held_out_once() -> None:
    for count, folds in ((2, 5), (5, 5), (7, 3)):
        parts = folds_of(count, folds)
        assert len(parts) == min(count, folds)
        assert sorted(place for part in parts for place in part) == list(range(count))
    with pytest.raises(InputError, match="1 sequence: none can be held out"):
        folds_of(1, 5)
    with pytest.raises(InputError, match="--folds: is 1; give at least 2"):
        folds_of(4, 1)


@pytest.mark.parametrize("gains", [[1.0, 1.2, 0.9, 1.1], [3.0, -1.0, 0.5, 0.2], [-1.0, -1.1, -0.9, -1.2], [0.1, 0.2]])
def test_beyond_the_scatter_as_by_a_t_test(gains: list[float]) -> None:
    made = Tuned([HeldOut(str(place), 1, 50.0, 50 + gain, {}) for place, gain in enumerate(gains)], {})
    test = ttest_1samp(gains, 0.0)
    interval = test.confidence_interval(0.95)
    assert (made.gain - made.scatter, made.gain + made.scatter) == pytest.approx((interval.low, interval.high))
    assert made.is_beyond_scatter == (test.pvalue < 0.05 and np.mean(gains) > 0)


class Made:
    """Stands in for `Scoring`: each sequence is best at a value of its own."""

    def __init__(self, best: list[float]) -> None:
        self.best = best
        self.sequences: list[Any] = [None] * len(best)
        self.names = [f"s{place}" for place in range(len(best))]
        self.asked: list[tuple[float | None, int]] = []

    def __call__(self, values: Values, place: int) -> float:
        self.asked.append((values.get("nms"), place))
        return -abs(values.get("nms", 0.0) - self.best[place])

    def mean(self, values: Values, places: list[int]) -> float:
        return sum(self(values, place) for place in places) / len(places)


class Tries:
    """Stands in for `Search`: tries 0, 1, 2, ..."""

    def __init__(self, most: int, scoring: Made) -> None:
        self.most, self.scoring = most, scoring
        self.names: list[str] = []
        self.seen: list[set[int]] = []  # the sequences that each search looked at

    def best(self, name: str, objective: Any, steps: int, trials: int, step: Any) -> Values | None:
        self.names.append(name)
        before = len(self.scoring.asked)
        best = max(map(float, range(self.most)), key=lambda value: objective({"nms": value}, steps))
        self.seen.append({place for _, place in self.scoring.asked[before:]})
        return {"nms": best}


def test_what_is_held_out_is_scored_by_what_the_others_chose() -> None:
    scoring = Made([1.0, 1.0, 1.0, 6.0])
    search = Tries(8, scoring)
    made = tune(scoring, search, 8, folds=4)  # type: ignore[arg-type]
    assert [one.values for one in made.sequences] == [{"nms": 1.0}] * 4
    assert [(one.name, one.fold, one.gain) for one in made.sequences] == [
        ("s0", 1, 1.0),
        ("s1", 2, 1.0),
        ("s2", 3, 1.0),
        ("s3", 4, 1.0),
    ]
    assert made.values == {"nms": 1.0}
    assert len(set(search.names)) == 5
    assert search.seen == [{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}, {0, 1, 2, 3}]


def test_settings_that_are_not_better_are_left(tmp_path: Path) -> None:
    scoring = Made([0.0, 0.2, 0.1])
    made = tune(scoring, Tries(3, scoring), 3, folds=3)  # type: ignore[arg-type]
    assert made.values == {}
    assert [(one.values, one.gain) for one in made.sequences] == [({}, 0.0)] * 3
    assert not made.is_beyond_scatter
