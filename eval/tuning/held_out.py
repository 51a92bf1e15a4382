"""What settings gain on sequences that they were not chosen on, and whether that is more than chance."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from flatsort.data import InputError
from flatsort.eval.tuning.scoring import Scoring
from flatsort.eval.tuning.search import Search
from flatsort.eval.tuning.space import Values

_CERTAINTY = 0.95


@dataclass(frozen=True)
class HeldOut:
    """A sequence, scored by settings that were chosen without it. values: what these change, {} for nothing."""

    name: str
    fold: int
    before: float
    after: float
    values: Values

    @property
    def gain(self) -> float:
        """In points of the score."""
        return self.after - self.before


@dataclass(frozen=True)
class Tuned:
    """sequences: what was gained on each while it was held out. values: chosen on all, {} for nothing better found."""

    sequences: list[HeldOut]
    values: Values

    @property
    def gain(self) -> float:
        """The mean gain on held-out sequences."""
        return float(np.mean([one.gain for one in self.sequences]))

    @property
    def scatter(self) -> float:
        """Half the width of the 95 % interval of the mean gain, by Student's t over the sequences."""
        gains = [one.gain for one in self.sequences]
        error = float(np.std(gains, ddof=1)) / math.sqrt(len(gains))
        return float(student.ppf(0.5 + _CERTAINTY / 2, len(gains) - 1)) * error

    @property
    def is_beyond_scatter(self) -> bool:
        """Whether the interval lies above zero."""
        return self.gain > self.scatter


def folds_of(count: int, folds: int) -> list[list[int]]:
    """The places held out in each fold, in turns. Raises InputError where there are fewer than two sequences."""
    if folds < 2:
        raise InputError("--folds", None, f"is {folds}", "give at least 2")
    if count < 2:
        raise InputError("flatsort tune", None, f"{count} sequence: none can be held out", "name at least two")
    folds = min(folds, count)
    return [list(range(first, count, folds)) for first in range(folds)]


def tune(
    scoring: Scoring,
    search: Search,
    trials: int,
    folds: int = 5,
    identity: str = "",
    step: Callable[[], None] = lambda: None,
) -> Tuned:
    """Choose settings on all sequences; and, for what to expect of them, on each fold's others, scored on the fold.

    Each fold has a search of its own, which never sees its sequences. Settings count as better where their mean score
    over the sequences of the search is above that of the settings as they stand.
    identity: of what the searches depend on; under another one a journal's searches are not gone on with.
    step: is told of each trial: (folds + 1) * trials.
    """
    count = len(scoring.sequences)
    sequences: list[HeldOut] = []
    for fold, held_out in enumerate(folds_of(count, folds)):
        others = [place for place in range(count) if place not in held_out]
        values = _best(scoring, search, others, trials, identity, step)
        sequences += [
            HeldOut(scoring.names[place], fold + 1, scoring({}, place), scoring(values, place), values)
            for place in held_out
        ]
    sequences.sort(key=lambda one: scoring.names.index(one.name))
    return Tuned(sequences, _best(scoring, search, list(range(count)), trials, identity, step))


def _best(
    scoring: Scoring, search: Search, places: list[int], trials: int, identity: str, step: Callable[[], None]
) -> Values:
    def objective(values: Values, done: int) -> float:
        return scoring.mean(values, places[:done])

    names = ", ".join(scoring.names[place] for place in places)
    name = f"{identity} {hashlib.sha256(names.encode()).hexdigest()[:12]}"
    found = search.best(name, objective, len(places), trials, step)
    return found if found is not None and scoring.mean(found, places) > scoring.mean({}, places) else {}
