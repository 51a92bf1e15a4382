"""The search: it finds what is to be found, repeats itself, goes on where it stopped, and gives up early."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="Optuna is not installed: pip install 'flatsort[tune]'")

from flatsort.eval.tuning.search import Search
from flatsort.eval.tuning.space import Range, Values

SPACE = {"min_confidence": Range(0.0, 1.0, 0.1), "max_age": Range(1, 100, 30, whole=True, log=True)}
STEPS = 4


class Valley:
    """Best at 0.6 and 20; counts its calls, and is interrupted at one of them."""

    def __init__(self, interrupted_at: int | None = None) -> None:
        self.calls: list[tuple[float, float]] = []
        self._interrupted_at = interrupted_at

    def __call__(self, values: Values, done: int) -> float:
        self.calls.append((values["min_confidence"], values["max_age"]))
        if len(self.calls) == self._interrupted_at:
            raise KeyboardInterrupt
        return -abs(values["min_confidence"] - 0.6) - abs(values["max_age"] - 20) / 100 - 0.01 * done


def search(folder: Path, objective: Valley, seed: int = 3, trials: int = 40) -> Values | None:
    folder.mkdir(exist_ok=True)
    return Search(folder / "trials.log", SPACE, seed).best("valley", objective, STEPS, trials, lambda: None)


def test_it_finds_the_best_from_where_it_starts(tmp_path: Path) -> None:
    valley = Valley()
    found = search(tmp_path / "a", valley)
    assert found is not None
    assert valley.calls[0] == (0.1, 30)
    assert found["min_confidence"] == pytest.approx(0.6, abs=0.1)
    assert found["max_age"] == pytest.approx(20, abs=10)
    assert search(tmp_path / "b", Valley()) == found
    assert search(tmp_path / "c", Valley(), seed=4) != found


def test_trials_that_fall_behind_are_given_up(tmp_path: Path) -> None:
    valley = Valley()
    search(tmp_path / "a", valley)
    assert 40 + 20 < len(valley.calls) < 0.9 * 40 * STEPS


def test_an_interrupted_search_goes_on_to_the_same_answer(tmp_path: Path) -> None:
    whole = Valley()
    found = search(tmp_path / "whole", whole)
    for number in (1, 7, 30):  # of calls: in the first trial, in the second, among TPE's
        with pytest.raises(KeyboardInterrupt):
            search(tmp_path / "cut", Valley(interrupted_at=number))
    last = Valley()
    assert search(tmp_path / "cut", last) == found
    assert last.calls == whole.calls[-len(last.calls) :]
    assert len(last.calls) < len(whole.calls)
    done = Valley()
    assert search(tmp_path / "cut", done) == found
    assert not done.calls
