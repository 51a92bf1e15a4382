"""Constant-velocity Kalman filters for all tracks at once, in closed form.

Process and measurement noise are diagonal, so the covariance stays block-diagonal: each measured coordinate is a filter
of its own with two states, position and velocity. All filters of all tracks are one array `(5, n, 4)`: position,
velocity, and the three distinct entries of each 2x2 covariance. Nothing is approximated: this equals the dense 7- or
8-state filter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import (
    Floats,
    xyah_to_xyxy,
    xysr_to_xyxy,
    xywh_to_xyxy,
    xyxy_to_xyah,
    xyxy_to_xysr,
    xyxy_to_xywh,
)

# Rows of the filter array.
POSITION, VELOCITY, POSITION_VARIANCE, COVARIANCE, VELOCITY_VARIANCE = range(5)
# Both variances at once, `(2, n, 4)`.
VARIANCES = slice(POSITION_VARIANCE, None, 2)

# The coordinates that are sizes in every layout: area and ratio, aspect and height.
SIZES = slice(2, None)
# No size falls below it, so that products of two are still told from zero.
_SMALLEST_SIZE = 1e-18
# Pixels and their squares. Nothing overflows in the frame that follows.
_FARTHEST_STATE = 1e30

Noise = tuple[Floats, Floats]


@dataclass(frozen=True)
class MotionModel:
    """A box layout and its noise; every variance is `constant + (weight * height)^2`, height in pixels.

    Each noise is the pair (constants, squared weights), one value a coordinate of the layout. initial, process: of
    position and velocity, `(2, 1, 4)`. measurement: `(4,)`.
    """

    layout: str
    initial: Noise
    process: Noise
    measurement: Noise
    size_persistence: float = 1.0

    def measure(self, boxes: Floats) -> Floats:
        """(n, 4) `xyxy` boxes in the layout of this model."""
        return _MEASURE[self.layout](boxes)

    def boxes(self, positions: Floats) -> Floats:
        """(n, 4) positions in the layout of this model as `xyxy` boxes."""
        return _BOXES[self.layout](positions)

    def variance(self, noise: Noise, positions: Floats) -> Floats:
        """The variances, `(..., n, 4)`; of one row for all where they do not depend on the height."""
        constant, squared_weight = noise
        if self.layout == "xysr":
            return constant
        height = positions[:, 3]
        out = (height * height)[:, None] * squared_weight
        out += constant
        return out

    def initiate(self, measurements: Floats) -> Floats:
        """New filters `(5, n, 4)` at rest on the measurements `(n, 4)`."""
        filters = np.zeros((5, *measurements.shape))
        filters[POSITION] = measurements
        filters[VARIANCES] = self.variance(self.initial, measurements)
        return filters

    def predict(self, filters: Floats) -> None:
        """Move the filters `(5, n, 4)` one frame ahead, in place; no area or side shrinks through zero (SORT).

        Another size that shrinks through zero ends at the least that is told from it (`impossible`).
        """
        position, velocity = filters[:POSITION_VARIANCE]
        if self.size_persistence < 1:
            size = velocity[:, 2:]
            size *= self.size_persistence
            np.putmask(size, position[:, 2:] + size <= 0, 0.0)
        elif self.layout == "xysr":
            shrunk = position[:, 2] + velocity[:, 2] <= 0
            np.putmask(velocity[:, 2], shrunk, 0.0)
        self.advance(filters)

    def advance(self, filters: Floats) -> None:
        """One frame at constant velocity, in place."""
        position, velocity, position_variance, covariance, velocity_variance = filters
        process = self.variance(self.process, position)
        position += velocity
        position_variance += covariance
        covariance += velocity_variance
        position_variance += covariance
        filters[VARIANCES] += process

    def keep_positive(self, position: Floats) -> None:
        """A hundred pixels corrected to a millionth, in float64, may end at zero or below.

        An area is left to fall below zero: SORT and what follows it end such a track with the next prediction.
        """
        if self.layout != "xysr":
            sizes = position[:, SIZES]
            np.maximum(sizes, _SMALLEST_SIZE, out=sizes)

    def impossible(self, filters: Floats) -> NDArray[np.bool_]:
        """(n,) the filters that predict no box: one without width or height, or beyond all bounds.

        A box shrinks away, and camera after camera may be said to scale without end.
        """
        sizes: Floats = filters[POSITION, :, SIZES]
        # As in most frames: no size is that small, and the root of the sum of all squares exceeds every number.
        if sizes.min(initial=1.0) > _SMALLEST_SIZE and float(np.vdot(filters, filters)) <= _FARTHEST_STATE**2:
            return np.zeros(filters.shape[1], bool)
        gone = (sizes <= _SMALLEST_SIZE).any(1)
        gone |= ~(np.abs(filters) <= _FARTHEST_STATE).all((0, 2))
        return np.asarray(gone)

    def innovation_variance(self, filters: Floats) -> Floats:
        """The diagonal of the innovation covariance, `(n, 4)`: what a measurement is expected to deviate by."""
        out: Floats = filters[POSITION_VARIANCE] + self.variance(self.measurement, filters[POSITION])
        return out

    def update(self, filters: Floats, measurements: Floats) -> None:
        """Correct the filters `(5, n, 4)` by one measurement each, `(n, 4)`, in place."""
        position, velocity, position_variance, covariance, velocity_variance = filters
        expected = self.innovation_variance(filters)
        innovation = measurements - position
        gain = position_variance / expected
        velocity_gain = covariance / expected
        position += gain * innovation
        self.keep_positive(position)
        velocity += velocity_gain * innovation
        velocity_variance -= velocity_gain * covariance
        np.maximum(velocity_variance, 0.0, out=velocity_variance)
        kept = 1.0 - gain
        position_variance *= kept
        covariance *= kept

    def warp(self, filters: Floats, motion: Floats) -> None:
        """Move the filters with the camera, in place: `motion` is the `(2, 3)` affine from the last frame to this one.

        Centres and their velocities are transformed, sizes scaled by the root of the determinant. Variances are those
        of the transformed coordinates; the correlation between x and y that a rotation brings is left out.
        """
        linear, shift = motion[:, :2], motion[:, 2]
        scale = float(np.sqrt(abs(np.linalg.det(linear))))
        for row in (POSITION, VELOCITY):
            filters[row, :, :2] = filters[row, :, :2] @ linear.T
        filters[POSITION, :, :2] += shift
        for row in (POSITION_VARIANCE, COVARIANCE, VELOCITY_VARIANCE):
            filters[row, :, :2] = filters[row, :, :2] @ (linear**2).T
        size = slice(3 if self.layout == "xyah" else 2, 3 if self.layout == "xysr" else 4)
        factor = scale**2 if self.layout == "xysr" else scale
        filters[:2, :, size] *= factor
        filters[2:, :, size] *= factor**2

    def check(self, filters: Floats) -> None:
        """Raise ValueError where filters `(5, n, 4)` cannot be those of any track."""
        if not np.isfinite(filters).all() or np.abs(filters).max(initial=0.0) > _FARTHEST_STATE:
            raise ValueError(f"state has filters with numbers that are not finite, or beyond {_FARTHEST_STATE:g}")
        if self.layout != "xysr" and not (filters[POSITION, :, SIZES] > 0).all():
            raise ValueError("state has filters with a size that is not positive")
        if not (filters[VARIANCES] >= 0).all():
            raise ValueError("state has filters with a negative variance")


def _row(*values: float) -> Floats:
    return np.array(values, np.float64)


def _rows(position: Floats, velocity: Floats) -> Floats:
    return np.stack((position, velocity))[:, None]


# Bewley et al., "Simple Online and Realtime Tracking" (ICIP 2016), and the constants of its reference implementation.
_NONE = _row(0, 0, 0, 0)
XYSR = MotionModel(
    layout="xysr",
    initial=(_rows(_row(10, 10, 10, 10), _row(1e4, 1e4, 1e4, 0)), _rows(_NONE, _NONE)),
    process=(_rows(_row(1, 1, 1, 1), _row(1e-2, 1e-2, 1e-4, 0)), _rows(_NONE, _NONE)),
    measurement=(_row(1, 1, 10, 10), _NONE),
)

# Wojke et al., "Simple Online and Realtime Tracking with a Deep Association Metric" (ICIP 2017): standard deviations of
# 1/20 (position) and 1/160 (velocity) of the height.
_P, _V = (1 / 20) ** 2 * _row(1, 1, 0, 1), (1 / 160) ** 2 * _row(1, 1, 0, 1)
XYAH = MotionModel(
    layout="xyah",
    initial=(_rows(_row(0, 0, 1e-4, 0), _row(0, 0, 1e-10, 0)), _rows(4 * _P, 100 * _V)),
    process=(_rows(_row(0, 0, 1e-4, 0), _row(0, 0, 1e-10, 0)), _rows(_P, _V)),
    measurement=(_row(0, 0, 1e-2, 0), _P),
)

# The default's: both sides measured alike, by DeepSORT's factor for positions and a lower one for velocities, 1/200
# (1/160 and 1/320 each gain on some sequences of MOT16 and DanceTrack and lose on others).
_SIDES = (1 / 20) ** 2 * np.ones(4), (1 / 200) ** 2 * np.ones(4)
XYWH = MotionModel(
    layout="xywh",
    initial=(_rows(_NONE, _NONE), _rows(4 * _SIDES[0], 100 * _SIDES[1])),
    process=(_rows(_NONE, _NONE), _rows(*_SIDES)),
    measurement=(_NONE, _SIDES[0]),
    size_persistence=0.8,  # people do not grow for long
)

# Frames a second up to which people's speed and its change are larger, in heights a frame, than the default's noise.
_SPEED_RATE, _CHANGE_RATE = 30.0, 10.0


def at_rate(frame_rate: float | None) -> MotionModel:
    """The default's filter at so many frames a second: a walk is a longer step where frames are further apart.

    Speed grows with the time between frames, its change by random accelerations with the power 3/2, that of the
    position with 1/2. None: not known.
    """
    if frame_rate is None or frame_rate >= _SPEED_RATE:
        return XYWH
    step, change = _SPEED_RATE / frame_rate, max(_CHANGE_RATE / frame_rate, 1.0)
    initial = XYWH.initial[1] * np.array([1.0, step**2])[:, None, None]
    process = XYWH.process[1] * np.array([change, change**3])[:, None, None]
    return replace(XYWH, initial=(XYWH.initial[0], initial), process=(XYWH.process[0], process))


MOTION_MODELS = {"xywh": XYWH, "xysr": XYSR, "xyah": XYAH}
_MEASURE = {"xywh": xyxy_to_xywh, "xysr": xyxy_to_xysr, "xyah": xyxy_to_xyah}
_BOXES = {"xywh": xywh_to_xyxy, "xysr": xysr_to_xyxy, "xyah": xyah_to_xyxy}
