"""Logistic regression by Newton's method, beside scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from flatsort.tracker.logistic import regressed


def rows(n: int = 400) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(n, 2))
    p = 1 / (1 + np.exp(-(0.5 + 2 * x[:, 0] - x[:, 1])))
    return np.column_stack((np.ones(n), x)), (random.random(n) < p).astype(float)


def test_it_finds_what_another_implementation_finds() -> None:
    design, truth = rows()
    weight = np.where(truth > 0, 2.0, 1.0)
    found = regressed(design, weight, truth, ridge=0.5, rounds=50)
    other = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-10).fit(design, truth, sample_weight=weight)
    assert found == pytest.approx(other.coef_[0], abs=1e-5)


def test_separable_rows_stay_finite() -> None:
    x = np.array([-2.0, -1.0, 1.0, 2.0])
    found = regressed(np.column_stack((np.ones(4), x)), np.ones(4), (x > 0).astype(float), ridge=1e-3, rounds=100)
    assert np.isfinite(found).all()
    assert found[1] > 1


def test_what_is_expected_may_follow_the_probabilities() -> None:
    design, truth = rows()
    kept = regressed(design, np.ones(len(truth)), lambda p: truth, ridge=1e-3, rounds=50)
    assert np.array_equal(kept, regressed(design, np.ones(len(truth)), truth, ridge=1e-3, rounds=50))
    halfway = regressed(design, np.ones(len(truth)), lambda p: (truth + p) / 2, ridge=1e-3, rounds=200)
    assert halfway == pytest.approx(kept, abs=0.05)  # the same fixed point, but for the ridge
