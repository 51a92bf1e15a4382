"""The search for settings: Optuna's tree-structured Parzen estimator, with pruning, kept in a journal."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flatsort.data import InputError
from flatsort.eval.tuning.space import Range, Values

# (values, number of sequences scored so far) -> the mean score over them.
Objective = Callable[[Values, int], float]
_STARTUP = 10  # random trials, before the estimator has anything to go by


class Search:
    """Searches of one tuning, which share a journal: one that was interrupted goes on to the same answer.

    The first trial is at each range's start, ten are drawn, then TPE suggests (Bergstra et al., NeurIPS 2011). A trial
    whose mean score over the sequences so far is below the median of others' at that place is given up (Optuna's
    MedianPruner). Each trial is seeded by how many ended before it, so that a search that goes on suggests what one
    without interruption would.
    Raises InputError where Optuna is not installed.
    """

    def __init__(self, journal: Path, space: dict[str, Range], seed: int) -> None:
        try:
            import optuna
            from optuna.storages.journal import JournalFileBackend
        except ImportError:
            raise InputError("flatsort tune", None, "needs optuna", "pip install 'flatsort[tune]'") from None
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._optuna: Any = optuna
        self._space, self._seed = space, seed
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            self._storage = optuna.storages.JournalStorage(JournalFileBackend(str(journal)))

    def best(self, name: str, objective: Objective, steps: int, trials: int, step: Callable[[], None]) -> Values | None:
        """The values of the best of so many trials; None where none was carried to its end.

        name: of this search, the same when it goes on. steps: sequences of a trial. step: is told of each trial.
        """
        study = self._study(name)
        for _ in range(self._ended(study)):
            step()
        while (ended := self._ended(study)) < trials:
            study.sampler = self._sampler(ended)
            trial = study.ask()
            values = {key: self._suggest(trial, key) for key in self._space}
            study.tell(trial, *self._try(trial, values, objective, steps))
            step()
        complete = study.get_trials(deepcopy=False, states=[self._optuna.trial.TrialState.COMPLETE])
        if not complete:
            return None
        winner = max(complete, key=lambda trial: (trial.value, -trial.number))
        return {key: _rounded(winner.params[key]) for key in self._space}

    def _try(self, trial: Any, values: Values, objective: Objective, steps: int) -> tuple[float | None, Any]:
        states = self._optuna.trial.TrialState
        mean = math.nan
        for done in range(1, steps + 1):
            mean = objective(values, done)
            trial.report(mean, done)
            if done < steps and trial.should_prune():
                return None, states.PRUNED
        return mean, states.COMPLETE

    def _study(self, name: str) -> Any:
        states = self._optuna.trial.TrialState
        pruner = self._optuna.pruners.MedianPruner(n_startup_trials=_STARTUP // 2)
        study = self._optuna.create_study(
            storage=self._storage, study_name=name, direction="maximize", pruner=pruner, load_if_exists=True
        )
        for cut_off in study.get_trials(deepcopy=False, states=[states.RUNNING]):
            study.tell(cut_off.number, state=states.FAIL)
        if not self._ended(study) and not study.get_trials(deepcopy=False, states=[states.WAITING]):
            starts = {key: int(known.start) if known.whole else known.start for key, known in self._space.items()}
            study.enqueue_trial(starts)
        return study

    def _ended(self, study: Any) -> int:
        states = self._optuna.trial.TrialState
        return len(study.get_trials(deepcopy=False, states=[states.COMPLETE, states.PRUNED]))

    def _sampler(self, ended: int) -> Any:
        seed = (self._seed * 1_000_003 + ended) % 2**32
        if ended < _STARTUP:
            return self._optuna.samplers.RandomSampler(seed=seed)
        return self._optuna.samplers.TPESampler(seed=seed, n_startup_trials=0)

    def _suggest(self, trial: Any, key: str) -> float:
        known = self._space[key]
        if known.whole:
            return float(trial.suggest_int(key, int(known.low), int(known.high), log=known.log))
        return _rounded(trial.suggest_float(key, known.low, known.high, log=known.log))


def _rounded(value: float) -> float:
    """To three digits: settings are written by hand, and no tracker needs more."""
    return float(f"{value:.3g}")
