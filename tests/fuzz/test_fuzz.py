"""A bounded run of the fuzz job, the same inputs every time; `make fuzz MINUTES=n` goes on from other seeds."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.targets import TARGETS

INPUTS = 150  # of each target
FEWEST = 0.1  # of them that are accepted, and of them that are refused: a target that only sees one is not a test


@pytest.mark.parametrize("name", TARGETS)
def test_no_input_is_answered_but_cleanly(name: str, tmp_path: Path) -> None:
    accepted = 0
    for seed in range(INPUTS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                accepted += TARGETS[name](np.random.default_rng(seed), tmp_path)
            except Exception as error:
                raise AssertionError(f"{name}, seed {seed}: {type(error).__name__}: {error}") from error
    assert accepted >= FEWEST * INPUTS, f"{accepted} of {INPUTS} accepted"
    if name != "wild boxes":  # each of its inputs is several frames, of which one at least is accepted
        assert INPUTS - accepted >= FEWEST * INPUTS, f"{accepted} of {INPUTS} accepted"
