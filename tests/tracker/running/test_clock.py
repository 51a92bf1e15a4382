"""How many frames have passed, by place and by time."""

from __future__ import annotations

import pytest

from flatsort.tracker.running.clock import StepClock


def steps(frames: list[tuple[int, float | None]]) -> list[int]:
    clock = StepClock()
    return [clock.steps(*frame) for frame in frames]


def test_by_place_where_there_is_no_time() -> None:
    assert steps([(3, None), (4, None), (9, None), (10, None)]) == [1, 1, 5, 1]


@pytest.mark.parametrize("every", [1, 5])
def test_frames_that_a_recording_lacks_show_in_its_times(every: int) -> None:
    """Frame 13 of the clock is missing: the index goes on without it, the time does not."""
    clock = [tick for tick in range(0, 25 * every, every) if tick != 12 * every]
    frames = [(1 + place * every, tick / 25) for place, tick in enumerate(clock)]
    assert steps(frames) == [1] + [every] * 11 + [2 * every] + [every] * 11


def test_a_wrong_rate_of_the_container_is_not_believed_and_times_that_stand_still_count_one() -> None:
    assert steps([(frame, 0.5 * frame) for frame in range(1, 20)]) == [1] * 19
    assert steps([(frame, 0.0) for frame in range(1, 20)]) == [1] * 19


def test_the_first_times_are_not_enough_to_know_the_usual_one() -> None:
    assert steps([(1, 0.0), (2, 0.04), (3, 0.4), (4, 0.44)]) == [1, 1, 1, 1]
