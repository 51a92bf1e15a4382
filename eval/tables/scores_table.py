"""Scores of a benchmark as rows: one a sequence, and the last overall."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flatsort.eval.scores.sequence_scores import COUNTS

if TYPE_CHECKING:
    from flatsort.eval.scores.benchmark import Scores

OVERALL = "OVERALL"
FACTOR = "SORT/IDs"  # identity switches of SORT over those of the row: above 1 is better than SORT


def rows_of(scores: Scores) -> dict[str, dict[str, float]]:
    """One row a sequence, and the last one overall."""
    return {**scores.sequences, OVERALL: scores.overall}


def cell(column: str, value: float) -> str:
    """A value as tables print it: counts whole, FAR and factors to two digits, per cent to one, as MOTChallenge's."""
    if column in COUNTS:
        return f"{value:.0f}"
    return f"{value:.2f}" if column in ("FAR", FACTOR) else f"{value:.1f}"
