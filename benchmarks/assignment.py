"""From how many cells on connected blocks beat one dense Hungarian assignment: sets `tracker.assignment.DENSE_CELLS`.

    python benchmarks/assignment.py

Pairs that nothing settles by counting, in chains of eight rows and columns, as a crowd in a row gives. Printed:
milliseconds of each, best of 20, in turn on the same pairs.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.tracker import assignment
from flatsort.tracker.assignment import _solve


def chains(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs (k, k) and (k, k + 1) of nearly equal gain, broken every eight."""
    k = np.arange(size)
    linked = k[(k % 8 < 7) & (k < size - 1)]
    rows, columns = np.concatenate((k, linked)), np.concatenate((k, linked + 1))
    return rows, columns, np.random.default_rng(0).uniform(0.5, 0.6, len(rows))


def milliseconds(pairs: tuple[np.ndarray, np.ndarray, np.ndarray], dense_cells: int) -> float:
    assignment.DENSE_CELLS = dense_cells
    start = time.perf_counter()
    _solve(*pairs)
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    print(f"{'cells':>9}{'dense ms':>10}{'blocks ms':>11}")
    for size in (16, 32, 64, 96, 128, 192, 256, 512):
        pairs = chains(size)
        both = [(milliseconds(pairs, sys.maxsize), milliseconds(pairs, 0)) for _ in range(20)]
        dense, blocks = np.min(both, axis=0)
        print(f"{size * size:9}{dense:10.3f}{blocks:11.3f}")


if __name__ == "__main__":
    main()
