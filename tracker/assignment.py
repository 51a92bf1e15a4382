"""Assignment of tracks to detections, on the pairs that can match and not on a dense matrix.

Most of a frame is settled by counting: a pair that gains more than all its rivals together belongs to every optimum.
What is left falls into connected blocks (pairs joined by a chain of shared rows and columns), and the optimum over all
is the union of the blocks' optima, which the Hungarian algorithm finds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers

# Above this many cells one dense assignment costs more than finding the blocks (benchmarks/assignment.py).
DENSE_CELLS = 40_000

# So few pairs that a round of counting has left go to the Hungarian algorithm: another round would cost more.
FEW = 24

# Sums of gains are rounded; a lead within the rounding is no lead.
ROUNDING = 1e-12


def uncontested(rows: Integers, columns: Integers) -> NDArray[np.bool_]:
    """Which of the pairs `(p,)` share neither their row nor their column with another pair."""
    alone: NDArray[np.bool_] = (np.bincount(rows)[rows] == 1) & (np.bincount(columns)[columns] == 1)
    return alone


def assign(rows: Integers, columns: Integers, gain: Floats) -> Integers:
    """The pairs to match: at most one a row and one a column, with the largest total gain.

    rows, columns: `(p,)` distinct pairs. gain: `(p,)`, positive; leaving a row unmatched gains 0.
    Returns the positions of the chosen pairs.
    """
    if not len(rows):
        return np.empty(0, np.int64)
    chosen = []
    left = np.arange(len(rows))
    row, column, value = rows, columns, gain
    free_row, free_column = np.ones(rows.max() + 1, bool), np.ones(columns.max() + 1, bool)
    while True:
        rivals = np.bincount(row, value)[row]
        rivals += np.bincount(column, value)[column]  # both sums count the pair itself
        settled = (3 * (1 - ROUNDING)) * value > rivals
        winners = settled.nonzero()[0]
        if len(winners):
            chosen.append(left[winners])
            free_row[row[winners]] = False
            free_column[column[winners]] = False
            left = left[free_row[row] & free_column[column]]
            row, column, value = rows[left], columns[left], gain[left]
        if len(left) <= FEW or not len(winners):
            break
    if len(left):
        chosen += [left[pairs] for pairs in _solve(row, column, value)]
    return np.concatenate(chosen)


def assign_all(gain: Floats) -> tuple[Integers, Integers]:
    """Rows and columns of the pairs with the largest total gain `(n, m)`, when as many as can must be matched.

    Other than with `assign`, pairs may gain less than nothing, and a row or a column is left only where there are more.
    """
    from scipy.optimize import linear_sum_assignment  # as below

    rows, columns = linear_sum_assignment(gain, maximize=True)
    return rows, columns


def _solve(rows: Integers, columns: Integers, gain: Floats) -> list[Integers]:
    row, n_rows = _compact(rows)
    column, n_columns = _compact(columns)
    if n_rows * n_columns <= DENSE_CELLS:
        return [_hungarian(row, column, gain, n_rows, n_columns)]
    chosen = []
    for block in _blocks(row, column, n_rows, n_columns):
        block_row, block_rows = _compact(row[block])
        block_column, block_columns = _compact(column[block])
        chosen.append(block[_hungarian(block_row, block_column, gain[block], block_rows, block_columns)])
    return chosen


def _compact(labels: Integers) -> tuple[Integers, int]:
    """The labels renumbered 0, 1, ... in ascending order without gaps, and how many there are."""
    present = np.bincount(labels) > 0
    numbers = present.cumsum()
    return numbers[labels] - 1, int(numbers[-1])


def _hungarian(row: Integers, column: Integers, gain: Floats, n_rows: int, n_columns: int) -> Integers:
    from scipy.optimize import linear_sum_assignment  # takes longer to import than everything else here

    matrix = np.zeros((n_rows, n_columns))
    matrix[row, column] = gain
    pair = np.full((n_rows, n_columns), -1)
    pair[row, column] = np.arange(len(row))
    chosen: Integers = pair[linear_sum_assignment(matrix, maximize=True)]
    return chosen[chosen >= 0]


def _blocks(row: Integers, column: Integers, n_rows: int, n_columns: int) -> list[Integers]:
    """The positions of the pairs of each connected block."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = n_rows + n_columns
    graph = coo_array((np.ones(len(row), np.int8), (row, n_rows + column)), shape=(size, size))
    count, label = connected_components(graph, directed=False)
    of_pair = label[row]
    order = of_pair.argsort(kind="stable")
    return np.split(order, np.bincount(of_pair, minlength=count).cumsum()[:-1])
