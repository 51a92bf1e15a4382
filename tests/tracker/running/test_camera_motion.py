"""Camera motion against pictures moved by a known affine."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.tracker.running.camera_motion import CameraMotion

NO_BOXES = np.empty((0, 4))
METHODS = ["flow", "ecc"]


def scene(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    """Texture on several scales."""
    random = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    for cells, strength in ((8, 90), (30, 60), (100, 40)):
        coarse = random.uniform(0, 1, (cells * height // width + 2, cells, 3)) * strength
        picture += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return picture.clip(0, 255).astype(np.uint8)


def moved(picture: NDArray[np.uint8], affine: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The picture after the camera's motion; `affine` counts pixel edges, OpenCV pixel centres."""
    centres = affine.copy()
    centres[:, 2] += affine[:, :2] @ [0.5, 0.5] - 0.5
    size = (picture.shape[1], picture.shape[0])
    return np.asarray(cv2.warpAffine(picture, centres, size, borderMode=cv2.BORDER_REFLECT))


def motion(
    degrees: float, scale: float, shift: tuple[float, float], middle: tuple[float, float]
) -> NDArray[np.float64]:
    """A rotation and scaling about the picture's middle, then a shift."""
    angle = np.deg2rad(degrees)
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.column_stack([linear, np.array(middle) - linear @ middle + shift])


def largest_error(found: NDArray[np.float64], true: NDArray[np.float64], width: int, height: int) -> float:
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
    return float(np.linalg.norm(corners @ found.T - corners @ true.T, axis=1).max())


SIZES = {"1080p": (1920, 1080), "small": (320, 240), "odd": (1001, 563)}


MOTIONS = {
    "still": (0.0, 1.0, (0.0, 0.0)),
    "shift": (0.0, 1.0, (7.3, -4.1)),
    "rotation": (0.7, 1.0, (2.5, 1.5)),
    "zoom": (0.0, 1.01, (0.0, 3.0)),
}
# ecc estimates shift and rotation, no zoom.
KNOWN = [(method, name) for method in METHODS for name in MOTIONS if (method, name) != ("ecc", "zoom")]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES.keys())
@pytest.mark.parametrize(("method", "name"), KNOWN)
def test_known_motion(method: str, name: str, size: tuple[int, int]) -> None:
    width, height = size
    degrees, scale, shift = MOTIONS[name]
    true = motion(degrees, scale, shift, (width / 2, height / 2))
    picture = scene(width, height)
    camera = CameraMotion(method)  # type: ignore[arg-type]
    np.testing.assert_array_equal(camera.estimate(picture, NO_BOXES), np.eye(2, 3))
    found = camera.estimate(moved(picture, true), NO_BOXES)
    # A fifth of a pixel of the small image, at the corners of the picture.
    assert largest_error(found, true, width, height) < 0.2 * max(1, width / 480)
    assert camera.failures == 0


@pytest.mark.parametrize("method", METHODS)
def test_people_do_not_count(method: str) -> None:
    """Large boxes whose texture runs the other way are left out."""
    picture, people = scene(640, 480), scene(640, 480, seed=5)
    true = motion(0, 1, (4, 2), (320, 240))
    boxes = np.array([[40.0, 60, 240, 460], [300, 80, 520, 470]])
    after = moved(picture, true)
    before = picture.copy()
    for left, top, right, bottom in boxes.astype(int):
        before[top:bottom, left:right] = people[top:bottom, left:right]
        after[top:bottom, left + 6 : right + 6] = people[top:bottom, left:right]
    camera = CameraMotion(method)  # type: ignore[arg-type]
    camera.estimate(before, boxes)
    found = camera.estimate(after, boxes + np.array([6, 0, 6, 0]))
    assert largest_error(found, true, 640, 480) < 0.7


@pytest.mark.parametrize("method", METHODS)
def test_motions_add_up(method: str) -> None:
    """Ten steps, each from the last: their product is the whole way."""
    picture = scene(800, 600)
    step = motion(0.2, 1, (2.0, -1.0), (400, 300))
    camera = CameraMotion(method)  # type: ignore[arg-type]
    camera.estimate(picture, NO_BOXES)
    whole, found = np.eye(3), np.eye(3)
    for _ in range(10):
        whole[:2] = step @ whole
        found[:2] = camera.estimate(moved(picture, whole[:2]), NO_BOXES) @ found
    assert largest_error(found[:2], whole[:2], 800, 600) < 2.0


@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_told_is_stillness_and_counted(method: str) -> None:
    grey = np.full((240, 320, 3), 90, np.uint8)
    camera = CameraMotion(method)  # type: ignore[arg-type]
    for _ in range(3):
        np.testing.assert_array_equal(camera.estimate(grey, NO_BOXES), np.eye(2, 3))
    np.testing.assert_array_equal(camera.estimate(scene(640, 480), NO_BOXES), np.eye(2, 3))  # another size
    np.testing.assert_array_equal(camera.estimate(scene(640, 480, seed=9), NO_BOXES), np.eye(2, 3))  # a cut
    assert camera.failures == 4


def test_boxes_everywhere_and_outside() -> None:
    """Where people cover the picture, they are all there is to look at."""
    picture = scene(320, 240)
    boxes = np.array([[-50.0, -50, 400, 300], [500, 500, 600, 600], [-90, -90, -10, -10]])
    camera = CameraMotion()
    camera.estimate(picture, boxes)
    true = motion(0, 1, (3, 0), (160, 120))
    assert largest_error(camera.estimate(moved(picture, true), boxes), true, 320, 240) < 0.3


def test_repeats() -> None:
    frames = [scene(480, 270, seed) for seed in (0, 0, 1)]
    runs = []
    for _ in range(2):
        camera = CameraMotion()
        runs.append([camera.estimate(frame, NO_BOXES) for frame in frames])
    np.testing.assert_array_equal(runs[0], runs[1])


def test_refused() -> None:
    with pytest.raises(ValueError, match="method is 'orb'"):
        CameraMotion("orb")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"image is uint8 \(20, 20\)"):
        CameraMotion().estimate(np.zeros((20, 20), np.uint8), NO_BOXES)
    with pytest.raises(ValueError, match="at least 16 pixels"):
        CameraMotion().estimate(np.zeros((8, 20, 3), np.uint8), NO_BOXES)
