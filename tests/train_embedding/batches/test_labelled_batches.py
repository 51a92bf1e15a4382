"""Batches of P x K, and identities held out of them."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.labelled_crops import LabelledCrops
from flatsort.train_embedding.batches.labelled_batches import IdentityBatches, held_out_identities


def crops(*people: int, each: int = 3) -> LabelledCrops:
    """Sequences with so many people, `each` crops of one."""
    identities = np.repeat(np.arange(sum(people)), each)
    sequences = np.repeat(np.repeat(np.arange(len(people)), people), each)
    names = tuple(f"s{i}" for i in range(len(people)))
    nothing = np.zeros((len(identities), 160, 80, 3), np.uint8)
    return LabelledCrops(names, nothing, identities, sequences, np.tile(np.arange(1, each + 1), sum(people)))


def test_p_identities_with_k_different_crops_of_the_given_rows() -> None:
    random = np.random.default_rng(0)
    identities = random.integers(0, 12, 300)
    rows = np.flatnonzero(identities % 3 > 0)  # 8 identities
    batches = IdentityBatches(identities, rows, 5, 4, seed=0)
    seen: set[int] = set()
    for step in range(40):
        chosen, classes = batches.rows(step)
        assert chosen.shape == classes.shape == (20,)
        assert set(chosen) <= set(rows)
        np.testing.assert_array_equal(batches.numbers[classes], identities[chosen])
        _, counts = np.unique(classes, return_counts=True)
        assert counts.tolist() == [4] * 5
        assert len(set(chosen)) == 20
        seen |= set(classes.tolist())
    assert seen == set(range(8))


def test_a_step_is_a_function_of_seed_and_number() -> None:
    identities = np.repeat(np.arange(6), 10)
    one, again, other = (IdentityBatches(identities, np.arange(60), 3, 2, seed) for seed in (0, 0, 1))
    later = again.rows(7)[0]
    assert one.rows(7)[0].tolist() == later.tolist()
    assert one.rows(7)[0].tolist() != one.rows(8)[0].tolist()
    assert one.rows(7)[0].tolist() != other.rows(7)[0].tolist()


def test_fewer_identities_than_p_and_fewer_crops_than_k() -> None:
    batches = IdentityBatches(np.array([4, 4, 9]), np.arange(3), 16, 4, seed=0)
    rows, classes = batches.rows(0)
    assert sorted(classes.tolist()) == [0] * 4 + [1] * 4
    assert set(rows[classes == 1]) == {2}


@pytest.mark.parametrize(("people", "held"), [((20,), [4]), ((4, 3), [2, 0]), ((69, 19, 8, 9), [14, 4, 2, 2])])
def test_a_fifth_of_each_sequences_identities_is_held_out(people: tuple[int, ...], held: list[int]) -> None:
    data = crops(*people)
    chosen = held_out_identities(data, seed=0)
    owner = data.sequences[np.searchsorted(data.identities, chosen)]
    assert np.bincount(owner, minlength=len(people)).tolist() == held
    assert chosen.tolist() == held_out_identities(data, seed=0).tolist()


def test_too_few_identities_to_validate() -> None:
    with pytest.raises(InputError, match="s0, s1: no sequence has 4 identities"):
        held_out_identities(crops(3, 3), seed=0)
