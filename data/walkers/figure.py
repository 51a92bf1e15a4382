"""A walking figure, drawn: clothing, gait and pose as a small picture with transparency."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2

Colour = tuple[int, int, int]  # blue, green, red

# Steps of a gait cycle that are drawn: one second at 25 frames a second, as people walk.
PHASES = 24
STANDING = -1
# Pixels of a body's height in a drawn figure, and of its smaller copy for people far away.
BODY, SMALL_BODY = 240, 120
# The figure's canvas in body heights: from the body's middle to either side, below the ground and up to the top.
_HALF_WIDTH, _BELOW, _ABOVE = 0.4, 0.05, 1.05


@dataclass(frozen=True)
class Outfit:
    """What one person wears and looks like. Patterns: plain, bands, stripes, checks, dots, halves."""

    top: Colour
    second: Colour
    pattern: str
    legs: Colour
    shoes: Colour
    hair: Colour
    skin: Colour
    coat: bool = False
    skirt: bool = False
    short_sleeves: bool = False
    hat: Colour | None = None
    bag: Colour | None = None
    stoutness: float = 1.0


@dataclass(frozen=True)
class Figure:
    """A picture of a figure that faces right.

    colour: (h, w, 3) uint8 BGR, multiplied by the cover.
    cover: (h, w) uint8, 255 where the figure is.
    body: pixels of its body height.
    origin: (x, y) of the ground point between its feet, in pixels.
    extent: left, top, right, bottom of what is covered, about the origin, in body heights.
    """

    colour: NDArray[np.uint8]
    cover: NDArray[np.uint8]
    body: int
    origin: tuple[float, float]
    extent: tuple[float, float, float, float]


@lru_cache(maxsize=4096)
def draw_figure(outfit: Outfit, phase: int, small: bool = False) -> Figure:
    """Draw a phase (0 to PHASES - 1, or STANDING) of an outfit."""
    cv2 = import_cv2()
    if small:
        large = draw_figure(outfit, phase)
        width, height = large.cover.shape[1] // 2, large.cover.shape[0] // 2
        colour, cover = (
            cv2.resize(plane, (width, height), interpolation=cv2.INTER_AREA) for plane in (large.colour, large.cover)
        )
        return Figure(colour, cover, SMALL_BODY, (large.origin[0] / 2, large.origin[1] / 2), large.extent)
    pen = _Pen(cv2)
    _draw_body(pen, outfit, _pose(phase))
    origin = (_HALF_WIDTH * BODY, _ABOVE * BODY)
    rows, columns = np.flatnonzero(pen.cover.max(axis=1) > 127), np.flatnonzero(pen.cover.max(axis=0) > 127)
    extent = (
        float(columns[0] - origin[0]) / BODY,
        float(rows[0] - origin[1]) / BODY,
        float(columns[-1] + 1 - origin[0]) / BODY,
        float(rows[-1] + 1 - origin[1]) / BODY,
    )
    return Figure(pen.shaded(), pen.cover, BODY, origin, extent)


@dataclass(frozen=True)
class _Pose:
    """Joint angles in radians, positive forward; near and far side.

    lift: hip height less leg length.
    """

    thighs: tuple[float, float]
    knees: tuple[float, float]
    arms: tuple[float, float]
    elbow: float


def _pose(phase: int) -> _Pose:
    """A gait: thighs and arms swing against each other, the knee bends while its leg swings forward."""
    if phase == STANDING:
        return _Pose((0.04, -0.04), (0.02, 0.02), (-0.05, 0.05), 0.12)
    angle = 2 * math.pi * phase / PHASES
    knees = tuple(0.06 + 0.85 * max(0.0, math.cos(angle + side)) ** 2 for side in (0.0, math.pi))
    swing = math.sin(angle)
    return _Pose((0.42 * swing, -0.42 * swing), (knees[0], knees[1]), (-0.5 * swing, 0.5 * swing), 0.35)


class _Pen:
    """Draws in body heights: x forward from the body's middle, y up from the ground.

    Smooth edges mix the ink with the empty canvas, so that colours come out multiplied by the cover.
    """

    def __init__(self, cv2: Any) -> None:
        self._cv2 = cv2
        shape = (int((_BELOW + _ABOVE) * BODY), int(2 * _HALF_WIDTH * BODY))
        self.colour = np.zeros((*shape, 3), np.uint8)
        self.cover = np.zeros(shape, np.uint8)

    def limb(self, points: list[tuple[float, float]], width: float, colour: Colour) -> None:
        corners = [self._pixel(*point) for point in points]
        for canvas, ink in ((self.colour, colour), (self.cover, 255)):
            for start, end in pairwise(corners):
                self._cv2.line(canvas, start, end, ink, max(1, round(width * BODY)), self._cv2.LINE_AA)

    def ellipse(self, x: float, y: float, across: float, high: float, colour: Colour, arc: tuple[int, int]) -> None:
        axes = (round(across * BODY), round(high * BODY))
        for canvas, ink in ((self.colour, colour), (self.cover, 255)):
            self._cv2.ellipse(canvas, self._pixel(x, y), axes, 0, arc[0], arc[1], ink, -1, self._cv2.LINE_AA)

    def shape(
        self, points: list[tuple[float, float]], colour: Colour, pattern: str = "plain", second: Colour = (0, 0, 0)
    ) -> None:
        """Fill a polygon, and lay a pattern of a second colour over it."""
        corners = np.array([self._pixel(*point) for point in points], np.int32)
        own = np.zeros_like(self.cover)
        for canvas, ink in ((own, 255), (self.cover, 255), (self.colour, colour)):
            self._cv2.fillPoly(canvas, [corners], ink, self._cv2.LINE_AA)
        if pattern != "plain":
            left, top, width, height = self._cv2.boundingRect(corners)
            window = (slice(top, top + height), slice(left, left + width))
            inked = (own[window] == 255) & _pattern(pattern, *self._places(left, top, width, height))
            self.colour[window][inked] = second

    def shaded(self) -> NDArray[np.uint8]:
        """The colours, darker towards the outline, so that the figure looks round."""
        depth = self._cv2.distanceTransform(self.cover, self._cv2.DIST_L2, 3)
        light = np.clip(0.68 + depth * np.float32(0.32 / (0.045 * BODY)), 0, 1)
        return (self.colour * light[..., None]).astype(np.uint8)

    def _pixel(self, x: float, y: float) -> tuple[int, int]:
        return round((x + _HALF_WIDTH) * BODY), round((_ABOVE - y) * BODY)

    def _places(self, left: int, top: int, width: int, height: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x = (np.arange(left, left + width) / BODY - _HALF_WIDTH)[None, :]
        y = (_ABOVE - np.arange(top, top + height) / BODY)[:, None]
        return x, y


def _pattern(name: str, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where a pattern's second colour lies, for columns x and rows y in body heights."""
    if name == "bands":
        inked = (np.floor(y / 0.045) % 2 == 0) & (x == x)
    elif name == "stripes":
        inked = (np.floor(x / 0.03) % 2 == 0) & (y == y)
    elif name == "checks":
        inked = (np.floor(x / 0.045) + np.floor(y / 0.045)) % 2 == 0
    elif name == "dots":
        inked = np.hypot(x % 0.06 - 0.03, y % 0.06 - 0.03) < 0.018
    elif name == "halves":
        inked = (y < 0.66) & (x == x)
    else:
        raise ValueError(f"pattern is {name!r}; expected plain, bands, stripes, checks, dots or halves")
    return np.asarray(inked, dtype=np.bool_)


def _draw_body(pen: _Pen, outfit: Outfit, pose: _Pose) -> None:
    """Far arm, far leg, near leg, body, head, near arm: what is nearer lies on top."""
    wide = outfit.stoutness
    thigh, shin = 0.25, 0.245
    legs = [_joints(angle, angle - knee, thigh, shin) for angle, knee in zip(pose.thighs, pose.knees, strict=True)]
    hip = max(-leg[-1][1] for leg in legs) + 0.025  # the lower foot stands on the ground
    shift = hip - 0.52
    shoulder = (0.0, 0.80 + shift)
    arms = [_joints(angle, angle + pose.elbow, 0.16, 0.15) for angle in pose.arms]

    _draw_arm(pen, outfit, shoulder, arms[1], dim=0.75)
    if outfit.bag is not None:
        pen.shape(_box(-0.19 * wide, -0.06, 0.56 + shift, 0.80 + shift), outfit.bag)
    _draw_leg(pen, outfit, hip, legs[1], dim=0.75)
    _draw_leg(pen, outfit, hip, legs[0], dim=1.0)
    if outfit.skirt:
        pen.shape([(-0.08 * wide, 0.55 + shift), (0.08 * wide, 0.55 + shift), (0.13, 0.29), (-0.13, 0.29)], outfit.legs)
    hem = 0.36 if outfit.coat else 0.49
    flare = 0.125 if outfit.coat else 0.098
    body = [(-0.06, 0.845), (0.06, 0.845), (0.108 * wide, 0.79), (0.098 * wide, 0.60), (flare * wide, hem)]
    body += [(-flare * wide, hem), (-0.098 * wide, 0.60), (-0.108 * wide, 0.79)]
    pen.shape([(x, y + shift) for x, y in body], outfit.top, outfit.pattern, outfit.second)
    _draw_head(pen, outfit, shift)
    _draw_arm(pen, outfit, shoulder, arms[0], dim=0.9)


def _joints(upper: float, lower: float, first: float, second: float) -> list[tuple[float, float]]:
    """The joints of a limb that hangs from (0, 0)."""
    joint = (first * math.sin(upper), -first * math.cos(upper))
    return [(0.0, 0.0), joint, (joint[0] + second * math.sin(lower), joint[1] - second * math.cos(lower))]


def _draw_leg(pen: _Pen, outfit: Outfit, hip: float, leg: list[tuple[float, float]], dim: float) -> None:
    points = [(x, y + hip) for x, y in leg]
    cloth = outfit.skin if outfit.skirt else outfit.legs
    pen.limb(points[:2], 0.112 * outfit.stoutness, _dimmed(cloth, dim))
    pen.limb(points[1:], 0.065 if outfit.skirt else 0.088, _dimmed(cloth, dim))
    x, y = points[-1]
    pen.limb([(x - 0.015, y - 0.005), (x + 0.075, y - 0.01)], 0.038, _dimmed(outfit.shoes, dim))


def _draw_arm(
    pen: _Pen, outfit: Outfit, shoulder: tuple[float, float], arm: list[tuple[float, float]], dim: float
) -> None:
    points = [(x + shoulder[0], y + shoulder[1]) for x, y in arm]
    pen.limb(points[:2], 0.066, _dimmed(outfit.top, dim))
    pen.limb(points[1:], 0.052, _dimmed(outfit.skin if outfit.short_sleeves else outfit.top, dim))
    pen.ellipse(*points[-1], 0.03, 0.03, _dimmed(outfit.skin, dim), (0, 360))


def _draw_head(pen: _Pen, outfit: Outfit, shift: float) -> None:
    pen.limb([(0.0, 0.83 + shift), (0.01, 0.89 + shift)], 0.055, _dimmed(outfit.skin, 0.85))
    pen.ellipse(-0.004, 0.935 + shift, 0.063, 0.07, outfit.hair, (0, 360))
    pen.ellipse(0.026, 0.915 + shift, 0.044, 0.058, outfit.skin, (0, 360))
    if outfit.hat is not None:
        pen.ellipse(0.004, 0.955 + shift, 0.07, 0.062, outfit.hat, (180, 360))
        pen.limb([(0.0, 0.955 + shift), (0.10, 0.952 + shift)], 0.016, outfit.hat)


def _box(left: float, right: float, bottom: float, top: float) -> list[tuple[float, float]]:
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def _dimmed(colour: Colour, share: float) -> Colour:
    return int(colour[0] * share), int(colour[1] * share), int(colour[2] * share)
