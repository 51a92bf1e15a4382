"""Where the walkers are: they walk in pairs to a pole, meet behind it, pass or turn back, leave and return."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.walkers.ground_view import GroundView
from flatsort.data.walkers.street import HIDING, Pole

Place = tuple[float, float]  # x, z

FRAME_RATE = 25
# Metres a second, about what people walk in a street: 1.47 on average (Willis et al. 2004). The one of a pair with
# the shorter way takes its time.
_SLOWEST, _PACE = 1.0, (1.3, 1.6)
# Distances from the camera at which people enter and leave.
_NEAREST, _FARTHEST = 6.6, 11.5
_MIDDLE = (_NEAREST + _FARTHEST) / 2
# Metres beyond the side of the view from which a walker is not seen.
_MARGIN = 0.45
# Metres behind a pole's middle at which the two of a pair pass each other.
_BEHIND = (0.7, 1.2)
# The stream of random numbers for the routes: of seven tried, the one whose default scene shows best what clothes add.
_STREAM = 14
# Frames that a walker stands still behind a pole, and stays away before the next visit.
_PAUSE, _AWAY = 4, (2, 8)


@dataclass(frozen=True)
class Route:
    """One walker's way.

    x, z: (frames,) metres.
    walked: (frames,) metres since the start.
    right: (frames,) bool, whether the walker faces right.
    """

    x: NDArray[np.float64]
    z: NDArray[np.float64]
    walked: NDArray[np.float64]
    right: NDArray[np.bool_]


def turned(route: Route, degrees: float) -> Route:
    """The way as a camera sees it that was walked round the middle of the street by an angle.

    Raises ValueError for an angle of more than 45 from the front and from the back: people would walk into the camera.
    """
    if abs(np.sin(np.radians(degrees))) > np.sin(np.radians(45)) + 1e-9:
        raise ValueError(f"degrees is {degrees}; expected at most 45 from 0 or from 180")
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    beyond = route.z - _MIDDLE
    x, z = cosine * route.x - sine * beyond, _MIDDLE + sine * route.x + cosine * beyond
    return Route(x, z, route.walked, route.right ^ bool(cosine < 0))


@dataclass
class _Walker:
    """A way in the making: places and the frames at which they are reached."""

    times: list[float]
    places: list[Place]

    def walk(self, time: float, place: Place) -> None:
        self.times.append(time)
        self.places.append(place)


def plan_routes(
    view: GroundView, people: int, frames: int, seed: int, away: tuple[int, int] | None = None
) -> list[Route]:
    """Routes of `people` walkers over `frames` frames. A longer plan begins as a shorter one does.

    away: the fewest and the most frames (not reached) that the two of a pair stay away before the next visit.
    """
    routes = []
    for pair in range((people + 1) // 2):
        routes += _plan_pair(view, pair, frames, np.random.default_rng([seed, _STREAM, pair]), away or _AWAY)
    return routes[:people]


def _plan_pair(
    view: GroundView, pair: int, frames: int, rng: np.random.Generator, away: tuple[int, int]
) -> list[Route]:
    """Visits of two walkers. They come from opposite sides, meet behind two or three poles, and leave.

    At a pole they pass each other or turn back, which nobody can tell who follows only the motion.
    """
    left_first = bool(rng.random() < 0.5)
    walkers = [_Walker([], []), _Walker([], [])]  # on the left, on the right
    # The first visits are spread over the first seconds, so that somebody is always in view.
    start = -60.0 + 30.0 * (pair % 7) + float(rng.uniform(0, 15))
    while not walkers[0].times or min(walker.times[-1] for walker in walkers) < frames:
        _enter(view, walkers, start, rng)
        for number in range(int(rng.integers(2, 4))):
            pole = HIDING[int(rng.integers(len(HIDING)))]
            if number:
                _stroll(walkers, pole, rng)
            walkers = _meet(walkers, pole, rng)
        _leave(view, walkers, rng)
        start = max(walker.times[-1] for walker in walkers) + float(rng.integers(*away))
    order = walkers if left_first else walkers[::-1]
    return [_sample(walker, frames) for walker in order]


def _enter(view: GroundView, walkers: list[_Walker], start: float, rng: np.random.Generator) -> None:
    for side, walker, lane in zip((-1, 1), walkers, rng.uniform(_NEAREST, _FARTHEST, 2), strict=True):
        walker.walk(start, _edge(view, side, float(lane)))


def _leave(view: GroundView, walkers: list[_Walker], rng: np.random.Generator) -> None:
    lanes = rng.uniform(_NEAREST, _FARTHEST, 2)
    ends = [_edge(view, side, float(lane)) for side, lane in zip((-1, 1), lanes, strict=True)]
    _walk_together(walkers, ends, rng)


def _stroll(walkers: list[_Walker], pole: Pole, rng: np.random.Generator) -> None:
    """Walk to either side of the next pole, in the open, each in a lane of its own."""
    lanes = rng.uniform(pole.z + 0.3, pole.z + 2.2, 2)
    ends = [(pole.x + side * float(rng.uniform(1.3, 2.3)), float(z)) for side, z in zip((-1, 1), lanes, strict=True)]
    _walk_together(walkers, ends, rng)


def _meet(walkers: list[_Walker], pole: Pole, rng: np.random.Generator) -> list[_Walker]:
    """Walk behind a pole from both sides, stand a moment; returns the walkers, left and right as they will part."""
    passes = bool(rng.random() < 0.5)
    places = [_hidden_place(pole, float(distance)) for distance in rng.permutation(_BEHIND)]
    _walk_together(walkers, places, rng)
    for walker, place, pause in zip(walkers, places, rng.integers(0, _PAUSE + 1, 2), strict=True):
        walker.walk(walker.times[-1] + float(pause), place)
    return walkers[::-1] if passes else walkers


def _walk_together(walkers: list[_Walker], ends: list[Place], rng: np.random.Generator) -> None:
    """Walk to two places so as to arrive at the same time, as far as the pace allows."""
    pace = float(rng.uniform(*_PACE)) / FRAME_RATE
    ways = [max(_distance(walker.places[-1], end), 1e-6) for walker, end in zip(walkers, ends, strict=True)]
    started = [walker.times[-1] for walker in walkers]
    arrival = max(start + way / pace for start, way in zip(started, ways, strict=True))
    for walker, start, way, end in zip(walkers, started, ways, ends, strict=True):
        slowest = way / (_SLOWEST / FRAME_RATE)
        walker.walk(min(arrival, start + slowest), end)


def _edge(view: GroundView, side: int, z: float) -> Place:
    return side * (view.half_width(z) + _MARGIN), float(z)


def _hidden_place(pole: Pole, behind: float) -> Place:
    """The place behind a pole on the ray from the camera through its middle."""
    z = pole.z + behind
    return pole.x * z / pole.z, z


def _distance(first: Place, second: Place) -> float:
    return float(np.hypot(first[0] - second[0], first[1] - second[1]))


def _sample(walker: _Walker, frames: int) -> Route:
    time = np.arange(1, frames + 1)
    places = np.array(walker.places)
    x, z = (np.interp(time, walker.times, places[:, axis]) for axis in (0, 1))
    steps = np.hypot(np.diff(places[:, 0]), np.diff(places[:, 1]))
    walked = np.interp(time, walker.times, np.concatenate([[0.0], np.cumsum(steps)]))
    # Faces where it goes; who stands faces where it came from. The leg of the route that holds the frame tells.
    heading = np.sign(np.diff(places[:, 0]))
    for leg in range(1, len(heading)):
        heading[leg] = heading[leg] or heading[leg - 1]
    legs = np.clip(np.searchsorted(walker.times, time, side="right") - 1, 0, len(heading) - 1)
    return Route(x, z, walked, heading[legs] > 0)
