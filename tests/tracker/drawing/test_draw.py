"""Drawing: colours that depend on the id, boxes and trails where they belong."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.drawing.draw import Trails, colour_of, draw_boxes, draw_label, draw_trails
from flatsort.tracker.drawing.picture import INK, plain_background


def contrast(first: tuple[int, int, int], second: tuple[int, int, int]) -> float:
    """WCAG 2 contrast ratio of two colours (blue, green, red)."""

    def luminance(colour: tuple[int, int, int]) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]
        return 0.0722 * linear[0] + 0.7152 * linear[1] + 0.2126 * linear[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_colour_is_a_function_of_the_id() -> None:
    before = [colour_of(identity) for identity in range(200)]
    colour_of.cache_clear()
    assert [colour_of(identity) for identity in reversed(range(200))] == before[::-1]


def test_letters_can_be_read_on_every_colour() -> None:
    # 4.5 is what WCAG asks of small text.
    assert min(contrast(colour_of(identity), INK) for identity in range(1000)) > 4.5


def test_ids_close_to_each_other_differ_in_colour() -> None:
    colours = np.array([colour_of(identity) for identity in range(300)], float)
    for step in range(1, 10):
        apart = np.linalg.norm(colours[step:] - colours[:-step], axis=1)
        assert apart.min() > 40, f"ids {step} apart"


def test_a_box_is_outlined_in_its_colour_and_its_inside_left_alone() -> None:
    image = np.full((360, 480, 3), 127, np.uint8)
    draw_boxes(image, np.array([7]), np.array([[100.0, 100.0, 200.0, 300.0]]))
    for x, y in ((100, 250), (200, 250), (150, 300), (150, 100)):
        assert tuple(image[y, x].tolist()) == colour_of(7)
    assert (image[110:290, 110:190] == 127).all()
    assert (image[310:, :] == 127).all()


@pytest.mark.parametrize(
    "box",
    [
        pytest.param([-50, -50, -10, -10], id="outside"),
        pytest.param([-1e9, -1e9, 1e9, 1e9], id="beyond 32 bits"),
        pytest.param([100, -20, 140, 30], id="over the upper edge"),
        pytest.param([10.4, 10.4, 10.6, 10.6], id="below a pixel"),
        pytest.param([150, 80, 400, 300], id="over the far corner"),
        pytest.param([-1e300, -1e12, 1e12, 1e300], id="beyond any picture"),
    ],
)
def test_boxes_anywhere_are_drawn_as_far_as_they_reach(box: list[float]) -> None:
    image = plain_background((160, 120))
    draw_boxes(image, np.array([3]), np.array([box]))
    assert image.shape == (120, 160, 3)


def test_a_class_is_written_behind_the_id() -> None:
    def plate(*kinds: str) -> int:
        image = np.full((360, 480, 3), 127, np.uint8)
        known = {"kinds": np.array(kinds)} if kinds else {}
        draw_boxes(image, np.array([7]), np.array([[100.0, 100.0, 110.0, 300.0]]), **known)
        return int((image[:98] != 127).any(axis=(0, 2)).sum())  # how wide it is

    assert plate() < plate("car") < plate("motorbike") < plate("motorbike" * 2)
    assert plate("a" * 20) == plate("a" * 100)  # a name as long as the picture would hide it


@pytest.mark.parametrize("corner", [(-30, -30), (500, 500), (0, 0), (159, 0)])
def test_a_label_is_moved_inside_the_picture(corner: tuple[int, int]) -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    draw_label(image, "42", corner, (255, 255, 255))
    plate = np.argwhere((image == 255).all(axis=2))
    assert len(plate) > 50  # the whole plate, not a corner of it


def test_trails_forget_what_is_older_than_their_length() -> None:
    trails = Trails(3)
    for frame in range(1, 6):
        trails.add(frame, np.array([1]), np.array([[frame, 0.0, frame + 2.0, 10.0]]))
    np.testing.assert_array_equal(trails.lines()[1], [[4, 10], [5, 10], [6, 10]])  # frames 3, 4, 5: middle of the foot
    for frame in range(6, 9):
        trails.add(frame, np.empty(0, np.int64), np.empty((0, 4)))
    assert trails.lines() == {}


def test_a_trail_is_drawn_along_the_feet_in_a_tint_of_the_id() -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    draw_trails(image, {5: np.array([[20.0, 60.0], [80.0, 60.0], [140.0, 60.0]])})
    drawn = image[60, 100].astype(float)
    expected = np.array(colour_of(5), float)
    assert np.allclose(drawn / np.linalg.norm(drawn), expected / np.linalg.norm(expected), atol=0.02)
    assert not image[:50].any()


def test_a_trail_may_leave_for_any_distance() -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    draw_trails(image, {5: np.array([[20.0, 60.0], [1e12, 60.0], [80.0, -1e300]])})
    assert image[60, 100].any()
