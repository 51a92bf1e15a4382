"""The detector's scale of scores, learned from nothing but scores."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.association.score_level import REMEMBERED, ScoreLevel


def level_of(frames: list[np.ndarray]) -> ScoreLevel:
    level = ScoreLevel()
    for scores in frames:
        level.observe(scores)
    return level


def detector(kind: str, frames: int = 60, seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    sure = {
        "people at 0.9, and a floor of doubles": lambda: np.r_[random.beta(40, 4, 12), random.uniform(0.01, 0.3, 20)],
        "nearly all at 1": lambda: np.r_[np.full(9, 1.0), random.uniform(0.05, 1, 1)],
        "cut off at 0.5": lambda: 1 - 0.5 * random.uniform(0, 1, 10) ** 4,
        "half as sure of everything": lambda: 0.5 * np.r_[random.beta(40, 4, 12), random.uniform(0.01, 0.3, 20)],
    }[kind]
    return [sure() for _ in range(frames)]


@pytest.mark.parametrize(
    ("kind", "counts", "starts"),
    [
        ("people at 0.9, and a floor of doubles", 0.57, 0.73),
        ("nearly all at 1", 0.63, 0.8),
        ("cut off at 0.5", 0.6, 0.76),
        ("half as sure of everything", 0.29, 0.36),
    ],
)
def test_thresholds_follow_the_detector(kind: str, counts: float, starts: float) -> None:
    level = level_of(detector(kind))
    assert (level.counts, level.starts) == pytest.approx((counts, starts), abs=0.02)


def test_thresholds_scale_with_the_scores() -> None:
    frames = detector("people at 0.9, and a floor of doubles")
    plain, half = level_of(frames), level_of([scores / 2 for scores in frames])
    assert (half.counts, half.starts, half.unit) == pytest.approx((plain.counts / 2, plain.starts / 2, plain.unit / 2))


@pytest.mark.parametrize("constant", [0.0, 1.0, 0.3, -0.11, 55.0])
def test_one_score_for_all_is_no_reason_to_leave_any_out(constant: float) -> None:
    level = level_of([np.full(3, constant)] * 5)
    assert level.counts <= constant
    assert level.starts <= constant


def test_scores_that_are_no_probabilities_all_count_and_the_lowest_start_nothing() -> None:
    scores = np.random.default_rng(0).normal(0, 1, 2000)
    level = level_of(np.split(scores, 100))
    assert level.counts < -1e300
    assert (scores < level.starts).mean() == pytest.approx(0.15, abs=0.02)


def test_the_past_alone_counts_and_the_order_of_rows_does_not() -> None:
    frames = detector("cut off at 0.5", frames=900)
    random = np.random.default_rng(1)
    one, other = ScoreLevel(), ScoreLevel()
    for number, scores in enumerate(frames):
        one.observe(scores)
        other.observe(random.permutation(scores))
        assert (one.counts, one.starts, one.unit) == (other.counts, other.starts, other.unit), number
    assert len(one.state_dict()["level_scores"]) == REMEMBERED


def test_a_restored_level_goes_on_bit_for_bit() -> None:
    frames = detector("people at 0.9, and a floor of doubles", frames=400)
    whole, restored = level_of(frames), ScoreLevel()
    restored.load_state_dict(level_of(frames[:151]).state_dict())
    for scores in frames[151:]:
        restored.observe(scores)
    for name, value in whole.state_dict().items():
        np.testing.assert_array_equal(restored.state_dict()[name], value)


def test_refuses_a_memory_of_another_length() -> None:
    state = level_of([np.ones(3)]).state_dict()
    with pytest.raises(ValueError, match="state has a score level of 2 scores"):
        ScoreLevel().load_state_dict(state | {"level_scores": np.ones(2)})
