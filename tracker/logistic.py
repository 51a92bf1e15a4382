"""Logistic regression of few variables: weighted, with a slight ridge, by Newton's method."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from flatsort.tracker.boxes import Floats

_LARGEST_LOGIT = 30.0


def regressed(
    design: Floats,
    weight: Floats,
    truth: Floats | Callable[[Floats], Floats],
    *,
    ridge: float,
    rounds: int,
    tolerance: float = 1e-9,
) -> Floats:
    """(k,) coefficients of the columns of design (n, k).

    weight: (n,) of the rows. truth: (n,) 0 or 1, or what is expected of it given the probabilities (n,) of this round
    (EM with one Newton step a round). ridge: keeps separable rows finite. Ends after `rounds`, or with steps below the
    tolerance.
    """
    line = np.zeros(design.shape[1])
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-np.clip(design @ line, -_LARGEST_LOGIT, _LARGEST_LOGIT)))
        target = truth(p) if callable(truth) else truth
        gradient = design.T @ (weight * (target - p)) - ridge * line
        curvature = (design * (weight * p * (1 - p))[:, None]).T @ design + ridge * np.eye(len(line))
        step = np.linalg.solve(curvature, gradient)
        line += step
        if np.abs(step).max() < tolerance:
            break
    return line
