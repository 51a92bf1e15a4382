"""Filters whose coordinates a turning camera couples in pairs: x with y, width with height.

A turn of the picture mixes the coordinates of a pair, and their covariance no longer falls apart into two filters. A
coupling array `(3, n, 4)` beside the filters `(5, n, 4)` holds what each coordinate shares with its partner: the
covariance of both positions, of its position with its partner's velocity, of both velocities. Where it is zero, each
coordinate is a filter of its own again (`flatsort.tracker.kalman`).
"""

from __future__ import annotations

import numpy as np

from flatsort.tracker.boxes import Floats
from flatsort.tracker.kalman import (
    COVARIANCE,
    POSITION,
    POSITION_VARIANCE,
    VARIANCES,
    VELOCITY,
    VELOCITY_VARIANCE,
    MotionModel,
)

# Rows of the coupling array.
POSITIONS, CROSSED, VELOCITIES = range(3)
# x and y are partners, and width and height.
PARTNER = [1, 0, 3, 2]


def predict_coupling(coupling: Floats) -> None:
    """What one frame of constant velocity makes of the coupling `(3, n, 4)`, in place."""
    positions, crossed, velocities = coupling
    positions += crossed
    positions += crossed[:, PARTNER]
    positions += velocities
    crossed += velocities


def update_coupled(model: MotionModel, filters: Floats, coupling: Floats, measurements: Floats) -> None:
    """Correct filters `(5, n, 4)` and coupling `(3, n, 4)` by one measurement each, `(n, 4)`, in place.

    A pair's innovation covariance is a matrix of two rows; its inverse is written out.
    """
    _, _, variance, covariance, _ = before = filters.copy()
    shared, crossed, _ = coupling.copy()
    partner_crossed = crossed[:, PARTNER]
    expected = model.innovation_variance(before)
    partner_expected = expected[:, PARTNER]
    determinant = expected * partner_expected - shared * shared
    gain = (variance * partner_expected - shared * shared) / determinant
    partner_gain = shared * (expected - variance) / determinant
    velocity_gain = (covariance * partner_expected - partner_crossed * shared) / determinant
    partner_velocity_gain = (partner_crossed * expected - covariance * shared) / determinant

    innovation = measurements - before[POSITION]
    partner_innovation = innovation[:, PARTNER]
    filters[POSITION] += gain * innovation + partner_gain * partner_innovation
    model.keep_positive(filters[POSITION])
    filters[VELOCITY] += velocity_gain * innovation + partner_velocity_gain * partner_innovation
    filters[POSITION_VARIANCE] -= gain * variance + partner_gain * shared
    filters[COVARIANCE] -= gain * covariance + partner_gain * partner_crossed
    filters[VELOCITY_VARIANCE] -= velocity_gain * covariance + partner_velocity_gain * partner_crossed
    np.maximum(filters[VARIANCES], 0.0, out=filters[VARIANCES])
    coupling[POSITIONS] -= gain * shared + partner_gain * variance[:, PARTNER]
    coupling[CROSSED] -= gain * crossed + partner_gain * covariance[:, PARTNER]
    coupling[VELOCITIES] -= velocity_gain * crossed + partner_velocity_gain * covariance[:, PARTNER]


def warp_coupled(filters: Floats, coupling: Floats, motion: Floats) -> None:
    """Move filters and coupling with the camera, in place: `motion` is `(2, 3)`, from the last frame to this one.

    As in BoT-SORT (Aharon et al. 2022, Eq. 6 and 7), the linear part turns and scales centres, sizes and both
    velocities alike.
    """
    linear, shift = motion[:, :2], motion[:, 2]
    pairs, shared = filters.reshape(5, -1, 2, 2), coupling.reshape(3, -1, 2, 2)  # row, track, pair, coordinate
    pairs[:POSITION_VARIANCE] = pairs[:POSITION_VARIANCE] @ linear.T
    pairs[POSITION, :, 0] += shift
    block = np.empty((3, *pairs.shape[1:3], 2, 2))  # covariances of a pair: positions, both kinds, velocities
    block[..., [0, 1], [0, 1]] = pairs[POSITION_VARIANCE:]
    block[..., [0, 1], [1, 0]] = shared
    block = linear @ block @ linear.T
    pairs[POSITION_VARIANCE:] = block[..., [0, 1], [0, 1]]
    shared[:] = block[..., [0, 1], [1, 0]]
