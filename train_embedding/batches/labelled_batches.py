"""Batches of P identities with K crops each, and which identities are held out of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.labelled_crops import LabelledCrops
from flatsort.data.errors import InputError

# A fifth of each sequence's identities is held out, and two at the least: one alone has nobody to be confused with.
HELD_OUT, FEWEST_HELD_OUT = 0.2, 2  # the first unless told otherwise
# Sequences with fewer identities are wholly trained on.
FEWEST_TO_SPLIT = 4


def held_out_identities(data: LabelledCrops, seed: int, share: float = HELD_OUT) -> NDArray[np.int64]:
    """Identities to validate on, a random share of each sequence's, and two at least.

    Raises InputError where no sequence has four identities.
    """
    random = np.random.default_rng([seed, 0])
    held: list[NDArray[np.int64]] = []
    for place in range(len(data.names)):
        own = np.unique(data.identities[data.sequences == place])
        if len(own) >= FEWEST_TO_SPLIT:
            held.append(random.permutation(own)[: max(FEWEST_HELD_OUT, round(share * len(own)))])
    if not held:
        problem = f"no sequence has {FEWEST_TO_SPLIT} identities, two to train on and two to validate on"
        raise InputError(", ".join(data.names), None, problem, "name a sequence with more people")
    return np.sort(np.concatenate(held))


class IdentityBatches:
    """Rows of each step's batch: P identities with K crops each, a function of the seed and the step alone."""

    def __init__(self, identities: NDArray[np.int64], rows: NDArray[np.int64], p: int, k: int, seed: int) -> None:
        """identities: (n,) of all crops; rows: those to draw from. p is lowered to the identities there are."""
        order = rows[np.argsort(identities[rows], kind="stable")]
        self.members = np.split(order, np.flatnonzero(np.diff(identities[order])) + 1)
        self.numbers = np.array([identities[own[0]] for own in self.members])
        self.p, self.k, self.seed = min(p, len(self.members)), k, seed

    def rows(self, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows (P K,) of the step, counted from 0, and the class of each: its identity's place in `numbers`.

        An identity's crops differ from each other where it has K of them.
        """
        random = np.random.default_rng([self.seed, 1, step])
        classes = random.choice(len(self.members), self.p, replace=False)
        chosen = [
            random.choice(self.members[number], self.k, replace=len(self.members[number]) < self.k)
            for number in classes
        ]
        return np.concatenate(chosen), np.repeat(classes, self.k)
