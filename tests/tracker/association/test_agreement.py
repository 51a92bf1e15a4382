"""By how much appearance weighs more where motion predicts badly."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.association.agreement import MOST, PLAIN, Agreement


@pytest.mark.parametrize(
    ("overlaps", "weight"),
    [(0.9, 1.0), (PLAIN, 1.0), (PLAIN / 1.2, 1.2**4), (0.1, MOST), (0.0, MOST)],
    ids=["well", "plainly", "half as much again", "hardly", "not at all"],
)
def test_weight(overlaps: float, weight: float) -> None:
    agreement = Agreement()
    for _ in range(400):
        agreement.observe(np.full(30, overlaps))
    assert agreement.weight == pytest.approx(weight, abs=0.01)


def test_few_matches_change_little_and_none_nothing() -> None:
    agreement = Agreement()
    agreement.observe(np.empty(0))
    assert agreement.mean == PLAIN
    agreement.observe(np.array([0.0]))
    assert PLAIN * 0.9 < agreement.mean < PLAIN


def test_refuses_what_is_no_agreement() -> None:
    with pytest.raises(ValueError, match="state has an agreement"):
        Agreement().load_state_dict({"agreement": np.array([1.5, 30, 0])})


def test_every_fifth_frame_will_do_when_many_matches_were_seen() -> None:
    agreement = Agreement()
    asked = []
    for _ in range(20):
        asked.append(agreement.due())
        if asked[-1]:
            agreement.observe(np.full(100, 0.5))
    assert asked == [True] * 5 + ([False] * 4 + [True]) * 3
    again = Agreement()
    again.load_state_dict(agreement.state_dict())
    assert [again.due() for _ in range(5)] == [agreement.due() for _ in range(5)]
