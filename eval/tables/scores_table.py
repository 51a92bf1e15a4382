"""Scores of a benchmark as rows: one a sequence, and the last overall."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from flatsort.eval.scores.sequence_scores import COUNTS
from flatsort.eval.tables.formats import Table

if TYPE_CHECKING:
    from flatsort.eval.scores.benchmark import Scores
    from flatsort.eval.scores.by_class import ClassScores

OVERALL = "OVERALL"
FACTOR = "SORT/IDs"  # identity switches of SORT over those of the row: above 1 is better than SORT


def rows_of(scores: Scores) -> dict[str, dict[str, float]]:
    """One row a sequence, and the last one overall."""
    return {**scores.sequences, OVERALL: scores.overall}


def rows_by_class(scores: ClassScores) -> dict[tuple[str, str], dict[str, float]]:
    """One row a class and sequence, the overall one of each class after its own, and the last of everything."""
    each = {(label, name): row for label, own in scores.classes.items() for name, row in rows_of(own).items()}
    together = {(OVERALL, name): row for name, row in scores.sequences.items()}
    return {**each, **together, (OVERALL, OVERALL): scores.overall}


def table_by_class(scores: ClassScores) -> Table:
    """The rows as a table; of a single sequence, one row a class and the overall one."""
    rows = rows_by_class(scores)
    alone = len(scores.sequences) == 1
    if alone:
        rows = {(label, name): row for (label, name), row in rows.items() if name == OVERALL}
    columns = list(scores.overall)
    texts = [
        [*([label] if alone else [label, name]), *(cell(column, row[column]) for column in columns)]
        for (label, name), row in rows.items()
    ]
    names = ["Class"] if alone else ["Class", "Sequence"]
    return Table([*names, *columns], texts, names=len(names), total=True)


def cell(column: str, value: float) -> str:
    """A value as tables print it: counts whole, FAR and factors to two digits, per cent to one, as MOTChallenge's.

    `-` where there was nothing to measure.
    """
    if math.isnan(value):
        return "-"
    if column in COUNTS or column == "queries":
        return f"{value:.0f}"
    return f"{value:.2f}" if column in ("FAR", FACTOR) else f"{value:.1f}"
