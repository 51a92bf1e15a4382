"""The walkers' street, drawn frame by frame, and what of each walker can be seen."""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2
from flatsort.data.sequences.picture import Picture
from flatsort.data.walkers.figure import PHASES, SMALL_BODY, STANDING, Figure, Outfit, draw_figure
from flatsort.data.walkers.ground_view import GroundView
from flatsort.data.walkers.routes import Route
from flatsort.data.walkers.street import SUN, PolePicture, draw_poles, draw_street

# Metres that a person of one metre walks in one gait cycle, two steps.
_STRIDE = 0.82
_SHADE = 0.38


@dataclass(frozen=True)
class Walker:
    """Who walks: clothes, height in metres, and the way."""

    outfit: Outfit
    height: float
    route: Route


@dataclass(frozen=True)
class _Standpoint:
    """A figure's place in the image.

    row, column: the ground point between its feet.
    body: its height in pixels.
    """

    figure: Figure
    z: float
    column: float
    row: float
    body: float
    mirrored: bool

    @property
    def box(self) -> tuple[float, float, float, float]:
        """`xyxy` of the whole figure, also where it is hidden or out of the image."""
        left, top, right, bottom = (self.body * side for side in self.figure.extent)
        if self.mirrored:
            left, right = -right, -left
        return self.column + left, self.row + top, self.column + right, self.row + bottom

    def placement(self, left: int, top: int) -> NDArray[np.float64]:
        """The affine map from the figure's picture to an image whose corner lies at (left, top)."""
        scale = self.body / self.figure.body
        across = -scale if self.mirrored else scale
        x, y = self.figure.origin
        return np.array([[across, 0, self.column - left - across * x], [0, scale, self.row - top - scale * y]])

    def shadow_placement(self, view: GroundView) -> NDArray[np.float64]:
        """The affine map that lays the figure's outline on the ground, away from the sun."""
        scale = self.body / self.figure.body
        across = -scale if self.mirrored else scale
        x, y = self.figure.origin
        # A metre of height falls SUN metres across and away; away is flatter by eye / z in the image.
        slant, flat = SUN[0] * scale, SUN[1] * scale * view.eye / self.z
        return np.array([[across, -slant, self.column - across * x + slant * y], [0, flat, self.row - flat * y]])


_Thing = _Standpoint | PolePicture


class WalkerRendering:
    """Draws the frames of a scene. An image source of a sequence."""

    def __init__(self, view: GroundView, walkers: list[Walker], frames: int, seed: int) -> None:
        self.view = view
        self.walkers = walkers
        self.frames = frames
        self._seed = seed

    def pictures(self, every: int = 1) -> Generator[Picture, None, None]:
        """Draw the frames one by one."""
        for frame in range(1, self.frames + 1, every):
            yield Picture(self.draw(frame), frame)

    def draw(self, frame: int) -> NDArray[np.uint8]:
        """Draw one frame: the shadows on the ground, then everything from far to near."""
        image = self._street.copy()
        standpoints = [self._standpoint(walker, frame) for walker in self.walkers]
        for standpoint in standpoints:
            self._cast_shadow(image, standpoint)
        drawn: list[tuple[slice, slice]] = []
        things: list[_Thing] = [*standpoints, *self._poles]
        for thing in sorted(things, key=_depth, reverse=True):
            if isinstance(thing, PolePicture):
                for window in drawn:
                    _restore(image, thing, window)
                continue
            left, top, size = _window(thing.box)
            placement = thing.placement(left, top)
            cover = _warp(thing.figure.cover, placement, size)
            drawn.append(_blend(image, _warp(thing.figure.colour, placement, size), cover, left, top))
        return image

    def look(self, frame: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """(boxes, visibility, inside) of all walkers: boxes (n, 4) `xyxy` of the whole figures, the share of each
        figure's pixels that can be seen, and whether any pixel lies within the image, hidden or not."""
        taken = np.zeros((self.view.size[1], self.view.size[0]), dtype=np.uint8)
        standpoints = [self._standpoint(walker, frame) for walker in self.walkers]
        visibility, inside = np.zeros(len(standpoints)), np.zeros(len(standpoints), dtype=np.bool_)
        things: list[_Thing] = [*standpoints, *self._poles]
        for number, thing in sorted(enumerate(things), key=lambda item: _depth(item[1])):
            if isinstance(thing, PolePicture):
                clip, within = _clip(taken.shape, thing.left, thing.top, thing.cover.shape)
                taken[clip] |= thing.cover[within]
                continue
            left, top, size = _window(thing.box)
            cover = _warp(thing.figure.cover, thing.placement(left, top), size) >> 7
            clip, within = _clip(taken.shape, left, top, cover.shape)
            own = cover[within]
            inside[number] = bool(own.any())
            visibility[number] = (own > taken[clip]).sum() / max(1, int(cover.sum()))
            taken[clip] |= own
        return np.array([standpoint.box for standpoint in standpoints]).reshape(-1, 4), visibility, inside

    @cached_property
    def _street(self) -> NDArray[np.uint8]:
        street = draw_street(self.view, np.random.default_rng([self._seed, 3]))
        whole = (slice(0, street.shape[0]), slice(0, street.shape[1]))
        for pole in self._poles:
            _restore(street, pole, whole)
        return street

    @cached_property
    def _poles(self) -> list[PolePicture]:
        return draw_poles(self.view, np.random.default_rng([self._seed, 4]))

    def _standpoint(self, walker: Walker, frame: int) -> _Standpoint:
        route, at = walker.route, frame - 1
        z = float(route.z[at])
        column, row = self.view.project(float(route.x[at]), z)
        body = walker.height * self.view.pixels_per_metre(z)
        stands = at > 0 and route.walked[at] == route.walked[at - 1]
        cycle = float(route.walked[at]) / (_STRIDE * walker.height)
        phase = STANDING if stands else int(cycle * PHASES) % PHASES
        figure = draw_figure(walker.outfit, phase, body <= 1.1 * SMALL_BODY)
        return _Standpoint(figure, z, column, row, body, not route.right[at])

    def _cast_shadow(self, image: NDArray[np.uint8], standpoint: _Standpoint) -> None:
        cv2 = import_cv2()
        placement = standpoint.shadow_placement(self.view)
        height, width = standpoint.figure.cover.shape
        corners = placement @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
        low, high = corners.min(axis=1), corners.max(axis=1)
        left, top, size = _window((low[0] - 3, low[1] - 3, high[0] + 3, high[1] + 3))
        placement[:, 2] -= (left, top)
        shade = cv2.GaussianBlur(_warp(standpoint.figure.cover, placement, size), (0, 0), 1.5)
        clip, within = _clip(image.shape, left, top, shade.shape)
        _dim(image[clip], cv2.convertScaleAbs(shade[within], alpha=-_SHADE, beta=255.0))


def _depth(thing: _Thing) -> float:
    return thing.pole.z if isinstance(thing, PolePicture) else thing.z


def _window(box: tuple[float, float, float, float]) -> tuple[int, int, tuple[int, int]]:
    """(left, top, (width, height)) of the whole pixels that a box touches, and one around."""
    left, top = math.floor(box[0]) - 1, math.floor(box[1]) - 1
    return left, top, (math.ceil(box[2]) + 1 - left, math.ceil(box[3]) + 1 - top)


def _warp(picture: NDArray[np.uint8], placement: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.uint8]:
    cv2 = import_cv2()
    warped: NDArray[np.uint8] = cv2.warpAffine(picture, placement, size, flags=cv2.INTER_LINEAR)
    return warped


def _clip(
    shape: tuple[int, ...], left: int, top: int, picture: tuple[int, ...]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The part of an image that a picture at (left, top) covers, and the part of the picture that covers it."""
    spans = []
    for start, length, limit in ((top, picture[0], shape[0]), (left, picture[1], shape[1])):
        first, last = max(0, start), max(0, min(limit, start + length))
        last = max(first, last)
        spans.append((slice(first, last), slice(first - start, last - start)))
    return (spans[0][0], spans[1][0]), (spans[0][1], spans[1][1])


def _restore(image: NDArray[np.uint8], pole: PolePicture, window: tuple[slice, slice]) -> None:
    """Draw a pole again over what was drawn within a window; all else of it stands in the image already."""
    left, top = max(pole.left, window[1].start), max(pole.top, window[0].start)
    right = min(pole.left + pole.cover.shape[1], window[1].stop)
    bottom = min(pole.top + pole.cover.shape[0], window[0].stop)
    if left < right and top < bottom:
        within = (slice(top - pole.top, bottom - pole.top), slice(left - pole.left, right - pole.left))
        np.copyto(image[top:bottom, left:right], pole.colour[within], where=pole.cover[within][..., None])


def _blend(
    image: NDArray[np.uint8], colour: NDArray[np.uint8], cover: NDArray[np.uint8], left: int, top: int
) -> tuple[slice, slice]:
    """Lay a picture, whose colours are multiplied by its cover, over an image; returns the window that it takes."""
    clip, within = _clip(image.shape, left, top, cover.shape)
    _dim(image[clip], 255 - cover[within])
    image[clip] += colour[within]
    return clip


def _dim(image: NDArray[np.uint8], light: NDArray[np.uint8]) -> None:
    """Multiply an image in place by (h, w) of light, 255 being all of it."""
    if image.size:
        cv2 = import_cv2()
        image[:] = cv2.multiply(image, cv2.merge([light, light, light]), scale=1 / 255)
