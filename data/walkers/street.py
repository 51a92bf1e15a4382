"""The street that the walkers walk in: paving, road, house fronts, and the poles that hide them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2
from flatsort.data.walkers.ground_view import GroundView

Plane = NDArray[np.float64]

# Distances from the camera in metres: the kerbs of the road and the house fronts.
_KERB, _FAR_KERB, _FRONTS = 16.0, 20.5, 23.0
# Where a pole's shadow falls for each metre of height: to the right and away.
SUN = (0.55, 0.3)


@dataclass(frozen=True)
class Pole:
    """Something upright that hides who walks behind it. Metres: the middle of its foot, width and height."""

    kind: str  # "column", "trunk", "kiosk" or "lamp"
    x: float
    z: float
    width: float
    height: float


# Wide enough to hide a walker whole; the lamps hide a part.
POLES = (
    Pole("column", -2.5, 8.0, 0.74, 3.0),
    Pole("trunk", 2.7, 8.8, 0.68, 3.1),
    Pole("kiosk", 0.3, 10.4, 0.84, 2.5),
    Pole("lamp", -4.9, 10.0, 0.16, 3.1),
    Pole("lamp", 5.2, 12.5, 0.16, 3.1),
)
HIDING = tuple(pole for pole in POLES if pole.kind != "lamp")


@dataclass(frozen=True)
class PolePicture:
    """A pole as the camera sees it.

    left, top: its place in the image.
    cover: (h, w), true where the pole is.
    """

    pole: Pole
    left: int
    top: int
    colour: NDArray[np.uint8]
    cover: NDArray[np.bool_]


def draw_street(view: GroundView, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The empty street without poles: (h, w, 3) uint8 BGR."""
    cv2 = import_cv2()
    width, height = view.size
    image = np.empty((height, width, 3))
    base = int(view.horizon + view.eye * view.pixels_per_metre(_FRONTS))
    image[:base] = _fronts(view, base, rng)
    image[base:] = _ground(view, base, rng)
    image += cv2.GaussianBlur(rng.normal(0, 9, image.shape[:2]), (0, 0), 0.8)[..., None]
    street = np.clip(image, 0, 255).astype(np.uint8)
    for pole in POLES:
        _cast_pole_shadow(street, view, pole)
        if pole.kind == "trunk":
            _draw_crown(street, view, pole, rng)
    return street


def draw_poles(view: GroundView, rng: np.random.Generator) -> list[PolePicture]:
    """The poles, farthest first."""
    return [_draw_pole(view, pole, rng) for pole in sorted(POLES, key=lambda pole: -pole.z)]


def _ground(view: GroundView, base: int, rng: np.random.Generator) -> Plane:
    x, z = view.ground(base)
    z = np.broadcast_to(z, x.shape)
    tone = rng.normal(0, 1, (64, 64))
    slab = 0.75
    column, row = np.floor(x / slab + 0.5 * (np.floor(z / slab) % 2)).astype(int), np.floor(z / slab).astype(int)
    paving = 164 + 6 * tone[row % 64, column % 64]
    # A joint is 2 cm wide; where that is less than a pixel, its share of the pixel is what is seen.
    pixel = z / view.focal
    across = np.abs((x / slab + 0.5 * (row % 2)) % 1.0 - 0.5) * slab
    along = np.abs((z / slab) % 1.0 - 0.5) * slab
    seen_across, seen_along = np.maximum(pixel, 0.02), np.maximum(pixel * z / view.eye, 0.02)
    joint = np.maximum((slab / 2 - across < seen_across / 2) * 0.02 / seen_across, 0)
    joint = np.maximum(joint, (slab / 2 - along < seen_along / 2) * 0.02 / seen_along)
    paving = paving * (1 - 0.45 * joint)
    asphalt = 92 + 4 * tone[(z * 9).astype(int) % 64, (x * 9).astype(int) % 64]
    dashes = (np.abs(z - 18.3) < 0.12) & (x % 3.2 < 1.8)
    road = (z > _KERB) & (z < _FAR_KERB)
    grey = np.where(road, np.where(dashes, 215, asphalt), paving)
    grey = np.where((np.abs(z - _KERB) < 0.18) | (np.abs(z - _FAR_KERB) < 0.25), 196, grey)
    tint = np.where(road[..., None], (1.02, 1.0, 0.98), (0.93, 0.98, 1.02))
    # Nearer ground is a little brighter, as under an open sky.
    return np.asarray(grey[..., None] * tint * (1.06 - 0.008 * z[..., None]))


def _fronts(view: GroundView, base: int, rng: np.random.Generator) -> Plane:
    """House fronts side by side, each with shop windows under an awning and a row of windows above."""
    width = view.size[0]
    scale = view.pixels_per_metre(_FRONTS)
    x = np.broadcast_to((np.arange(width) + 0.5 - width / 2)[None, :] / scale, (base, width))
    y = np.broadcast_to(view.eye - (np.arange(base) + 0.5 - view.horizon)[:, None] / scale, (base, width))
    paint = np.zeros((base, width, 3))
    plaster = np.array([(150, 178, 205), (168, 176, 170), (128, 150, 196), (176, 196, 208), (140, 160, 168)], float)
    awnings = np.array([(60, 60, 170), (95, 120, 45), (140, 85, 40), (50, 130, 190), (110, 60, 110)], float)
    order = rng.permutation(len(plaster))
    house = 6.4
    number = np.floor(x / house + 0.35).astype(int)
    along = (x / house + 0.35) % 1.0 * house
    choice = order[number % len(order)]
    paint[:] = plaster[choice]
    paint *= (1 - 0.07 * (np.floor(y / 0.16 + 0.5 * (np.floor(x / 0.4) % 2)) % 2))[..., None]  # courses of bricks
    window = (np.abs(along % 2.13 - 1.065) < 0.5) & (np.abs(y % 3.1 - 1.55 - 0.3) < 0.75) & (y > 3.3)
    frame = (np.abs(along % 2.13 - 1.065) < 0.62) & (np.abs(y % 3.1 - 1.55 - 0.3) < 0.88) & (y > 3.2)
    paint[frame] = (214, 220, 222)
    glass = 70 + 55 * ((x * 0.7 + y) % 1.7 < 0.7)
    paint[window] = (glass[..., None] * np.array((1.12, 1.03, 0.9)))[window]
    shop = (along > 0.5) & (along < 4.4) & (y > 0.55) & (y < 2.4)
    paint[shop] = (58 + 30 * ((along * 0.9 + y * 0.6) % 1.9 < 0.5)[..., None] * np.array((1.2, 1.1, 0.8)))[shop] + 12
    door = (along > 4.8) & (along < 5.8) & (y < 2.3)
    paint[door] = (awnings[choice] * 0.45)[door]
    awning = (along > 0.35) & (along < 4.55) & (y >= 2.35) & (y < 3.0)
    light = np.where(np.floor(along / 0.35) % 2 == 0, 1.0, 0.0)[..., None]
    paint[awning] = (light * awnings[choice] + (1 - light) * 225)[awning]
    paint[y < 0.3] *= 0.75
    return paint * (0.8 + 0.04 * np.clip(y, 0, 5))[..., None]


def _draw_pole(view: GroundView, pole: Pole, rng: np.random.Generator) -> PolePicture:
    scale = view.pixels_per_metre(pole.z)
    middle, foot = view.project(pole.x, pole.z)
    left, right = round(middle - pole.width * scale / 2), round(middle + pole.width * scale / 2)
    top, bottom = round(foot - pole.height * scale), round(foot + 0.06 * pole.width * scale)
    wide, high = right - left, bottom - top
    u = np.broadcast_to((np.arange(wide) + 0.5)[None, :] / wide, (high, wide))  # 0 to 1 across
    v = np.broadcast_to((np.arange(high) + 0.5)[:, None] / scale, (high, wide))  # metres from the top
    paint = {"column": _column, "trunk": _trunk, "kiosk": _kiosk, "lamp": _lamp}[pole.kind](u, v, pole, rng)
    # The foot is round: its corners are left open.
    cover = np.ones((high, wide), np.bool_)
    if pole.kind != "kiosk":
        edge = bottom - top - 0.06 * pole.width * scale * (2 - 2 * np.sqrt(np.clip(1 - (2 * u - 1) ** 2, 0, 1)))
        cover[np.arange(high)[:, None] + 0.5 > edge] = False
    return PolePicture(pole, left, top, np.clip(paint, 0, 255).astype(np.uint8), cover)


def _round_light(u: Plane) -> Plane:
    """The light on a cylinder that the sun meets from the left."""
    return np.asarray(0.62 + 0.42 * np.cos((u - 0.36) * 2.4))[..., None]


def _column(u: Plane, v: Plane, pole: Pole, rng: np.random.Generator) -> Plane:
    """An advertising column: posters round a cylinder, a cap and a plinth."""
    around = np.arcsin(np.clip(2 * u - 1, -1, 1)) / np.pi + 0.5
    sheet_across, sheet_down = np.floor(around * 3).astype(int), np.floor((v - 0.4) / 1.05).astype(int)
    sheets = rng.integers(60, 235, (4, 4, 3)).astype(float)
    paint = sheets[sheet_down % 4, sheet_across % 4]
    down = (v - 0.4) / 1.05 % 1.0
    across = around * 3 % 1.0
    disc = np.hypot(across - 0.5, (down - 0.4) * 1.6) < 0.3
    paint = np.where(disc[..., None], 255 - paint, paint)
    lines = (down > 0.74) & (down < 0.92) & (np.floor(down * 28) % 2 == 0) & (np.abs(across - 0.5) < 0.36)
    paint = np.where(lines[..., None], 40, paint)
    border = (np.minimum(across, 1 - across) < 0.05) | (np.minimum(down, 1 - down) < 0.035)
    paint = np.where(border[..., None], 205, paint)
    metal = (v < 0.36) | (v > pole.height - 0.34)
    paint = np.where(metal[..., None], (72, 92, 60), paint)
    paint = np.where(((v > 0.3) & (v < 0.36))[..., None], (120, 150, 105), paint)
    return np.asarray(paint * _round_light(u))


def _trunk(u: Plane, v: Plane, pole: Pole, rng: np.random.Generator) -> Plane:
    """The trunk of an old plane tree: patches of grey and ochre bark."""
    cv2 = import_cv2()
    noise = cv2.GaussianBlur(rng.normal(0, 1, u.shape), (0, 0), sigmaX=u.shape[1] * 0.05, sigmaY=u.shape[0] * 0.03)
    noise = noise / noise.std()
    paint = np.where((noise > 0.5)[..., None], (122, 160, 172), (78, 100, 112))
    paint = np.where((noise < -0.8)[..., None], (58, 72, 82), paint) + 5 * noise[..., None]
    return np.asarray(paint * _round_light(u))


def _kiosk(u: Plane, v: Plane, pole: Pole, rng: np.random.Generator) -> Plane:
    """A news stand from behind: boards, a roof, two rows of magazines."""
    board = np.floor(u * 9) % 2
    paint = np.where(board[..., None] > 0, (86, 74, 36), (98, 86, 44))
    covers = rng.integers(50, 240, (2, 6, 3)).astype(float)
    row = (v > 1.25).astype(int)
    column = np.clip(np.floor(u * 6), 0, 5).astype(int)
    paper = (v > 0.6) & (v < 1.85) & (np.abs(u * 6 % 1.0 - 0.5) < 0.4) & (np.abs((v - 0.6) / 0.65 % 1.0 - 0.5) < 0.42)
    paint = np.where(paper[..., None], covers[row, column], paint)
    roof = v < 0.32
    stripes = np.floor(u * 12) % 2
    paint = np.where(roof[..., None], np.where(stripes[..., None] > 0, (70, 70, 190), (228, 232, 236)), paint)
    return np.asarray(paint * (1.0 - 0.18 * u)[..., None])


def _lamp(u: Plane, v: Plane, pole: Pole, rng: np.random.Generator) -> Plane:
    return np.asarray(np.where((v < 0.4)[..., None], (190, 225, 235), (62, 66, 64)) * _round_light(u))


def _draw_crown(street: NDArray[np.uint8], view: GroundView, pole: Pole, rng: np.random.Generator) -> None:
    """The tree's leaves. They hang above everybody's head, so that they hide nobody."""
    cv2 = import_cv2()
    scale = view.pixels_per_metre(pole.z)
    for layer, (shade, count) in enumerate((((34, 62, 40), 90), ((44, 88, 58), 120), ((60, 122, 88), 110))):
        for angle, reach, size in rng.random((count, 3)):
            x = pole.x + 2.1 * np.sqrt(reach) * np.cos(2 * np.pi * angle) - 0.12 * layer
            height = 4.5 + 1.35 * np.sqrt(reach) * np.sin(2 * np.pi * angle) + 0.1 * layer
            column, row = view.project(float(x), pole.z, float(height))
            cv2.circle(street, (round(column), round(row)), round((0.1 + 0.16 * size) * scale), shade, -1, cv2.LINE_AA)


def _cast_pole_shadow(street: NDArray[np.uint8], view: GroundView, pole: Pole) -> None:
    cv2 = import_cv2()
    half = pole.width / 2
    far = (pole.x + SUN[0] * pole.height, pole.z + SUN[1] * pole.height)
    corners = [(pole.x - half, pole.z), (pole.x + half, pole.z), (far[0] + half, far[1]), (far[0] - half, far[1])]
    shade = np.zeros(street.shape[:2], np.uint8)
    points = np.array([view.project(x, z) for x, z in corners])
    cv2.fillPoly(shade, [np.round(points).astype(np.int32)], 255, cv2.LINE_AA)
    shade = cv2.GaussianBlur(shade, (0, 0), 2.0)
    street[:] = (street * (1 - 0.38 / 255 * shade.astype(np.float32))[..., None]).astype(np.uint8)
