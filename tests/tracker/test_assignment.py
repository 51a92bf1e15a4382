"""The assignment on pairs against the Hungarian algorithm on the full matrix."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from flatsort.tracker import assignment
from flatsort.tracker.assignment import assign, assign_all, uncontested


@pytest.mark.parametrize("dense_cells", [0, 40_000], ids=["by blocks", "dense"])
@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (20, 25), (60, 60)])
def test_total_gain_is_the_optimum(shape: tuple[int, int], dense_cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assignment, "DENSE_CELLS", dense_cells)
    random = np.random.default_rng(0)
    for density in (0.02, 0.1, 0.3, 1.0) * 10:
        rows, columns = (random.random(shape) < density).nonzero()
        shuffled = random.permutation(len(rows))
        rows, columns = rows[shuffled], columns[shuffled]
        gain = random.random(len(rows)) ** random.choice([1, 4]) + 1e-9
        matrix = np.zeros(shape)
        matrix[rows, columns] = gain
        chosen = assign(rows, columns, gain)
        assert len(set(rows[chosen])) == len(set(columns[chosen])) == len(chosen)
        best = matrix[linear_sum_assignment(matrix, maximize=True)].sum()
        np.testing.assert_allclose(gain[chosen].sum(), best, rtol=1e-9)


TRAPS = {
    "no pairs": ([], [], [], 0),
    "two equal rows": ([0, 1], [0, 0], [0.5, 0.5], 0.5),
    "a square of equals": ([0, 0, 1, 1], [0, 1, 0, 1], [0.3] * 4, 0.6),
    "a greedy trap": ([0, 0, 1], [0, 1, 0], [1.0, 0.9, 0.8], 1.7),
    "equal up to rounding": ([0, 1], [0, 0], [0.1 + 0.2, 0.3], 0.3),
}


@pytest.mark.parametrize(("rows", "columns", "gain", "total"), TRAPS.values(), ids=TRAPS.keys())
def test_ties_and_traps(rows: list[int], columns: list[int], gain: list[float], total: float) -> None:
    chosen = assign(np.array(rows, np.int64), np.array(columns, np.int64), np.array(gain, np.float64))
    assert len({rows[k] for k in chosen}) == len({columns[k] for k in chosen}) == len(chosen)
    assert sum(gain[k] for k in chosen) == pytest.approx(total)


def test_all_that_can_are_matched_though_it_costs() -> None:
    gain = np.array([[1.0, 0.9, -5.0], [0.9, -3.0, -5.0]])
    rows, columns = assign_all(gain)
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert [array.tolist() for array in assign_all(np.array([[-2.0]]))] == [[0], [0]]


def test_uncontested() -> None:
    assert uncontested(np.array([0, 1, 1, 3]), np.array([0, 1, 2, 2])).tolist() == [True, False, False, False]
