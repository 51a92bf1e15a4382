"""The likelihood ratio against the one that made the data."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.association.evidence import AT_ZERO, CLIP, FEWEST, Evidence

INFINITE = float("inf")


def gaussians(unit: float = 1.0, pairs: int = 3000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Distances of one person and of two, normal around 4 and 7 units: the ratio is 11 - 2 d / unit, exactly."""
    random = np.random.default_rng(seed)
    deviation = np.sqrt(1.5)
    return unit * random.normal(4, deviation, pairs).clip(0.1), unit * random.normal(7, deviation, 3 * pairs)


@pytest.mark.parametrize("unit", [1.0, 1e-3, 400.0])
def test_finds_the_line_that_made_the_pairs_in_any_unit(unit: float) -> None:
    evidence = Evidence(INFINITE)
    evidence.observe(*gaussians(unit))
    distances = np.linspace(4, 7, 7)
    np.testing.assert_allclose(evidence(unit * distances), np.clip(11 - 2 * distances, -CLIP, CLIP), atol=0.25)


def test_says_nothing_before_there_are_enough_pairs() -> None:
    evidence = Evidence(INFINITE)
    same, different = gaussians()
    evidence.observe(same[: FEWEST - 1], different)
    assert not evidence.ready
    assert not evidence(same).any()
    evidence.observe(same[:1], different[:0])
    assert evidence.ready
    assert evidence(np.array([1.0, 20.0])).tolist() == [CLIP, -CLIP]


def test_the_gate_is_the_prior_and_pairs_replace_it() -> None:
    evidence = Evidence(10.0)
    np.testing.assert_allclose(evidence(np.array([10.0, 7.5])), [0, AT_ZERO / 4])
    for seed in range(8):
        evidence.observe(*gaussians(seed=seed))
    assert evidence(np.array([5.5]))[0] == pytest.approx(0, abs=0.3)


def test_a_descriptor_that_knows_nothing_says_nothing() -> None:
    evidence = Evidence(INFINITE)
    random = np.random.default_rng(0)
    evidence.observe(random.uniform(1, 2, 4000), random.uniform(1, 2, 4000))
    assert np.abs(evidence(np.linspace(1, 2, 9))).max() < 0.2


def test_larger_distances_never_speak_for_one_person() -> None:
    evidence = Evidence(INFINITE)
    same, different = gaussians()
    evidence.observe(different, same)  # the wrong way round
    assert (np.diff(evidence(np.linspace(0, 10, 50))) <= 0).all()


def test_old_pairs_fade() -> None:
    """A change of light moves all distances; what was learnt before is outvoted in the end."""
    evidence = Evidence(INFINITE)
    evidence.observe(*gaussians(pairs=8000))
    for seed in range(12):
        evidence.observe(*(2 * distances for distances in gaussians(seed=seed, pairs=4000)))
    assert evidence(np.array([11.0]))[0] == pytest.approx(0, abs=0.8)


def test_a_restored_one_goes_on_bit_for_bit() -> None:
    first, whole, restored = Evidence(3.0), Evidence(3.0), Evidence(3.0)
    early, late = gaussians(seed=1), gaussians(seed=2)
    for evidence in (first, whole):
        evidence.observe(*early)
    restored.load_state_dict(first.state_dict())
    for evidence in (whole, restored):
        evidence.observe(*late)
    for name, value in whole.state_dict().items():
        np.testing.assert_array_equal(restored.state_dict()[name], value)
    with pytest.raises(ValueError, match="state has evidence"):
        restored.load_state_dict(whole.state_dict() | {"evidence_line": np.ones(2)})
