"""Who leaves and comes back has the old id again; who is somebody else, or cannot be told, has not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import inf

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig

RATE = 10
DIMENSION = 16
REMEMBERS = TrackerConfig(distance="euclidean", frame_rate=RATE, max_age=10, remember=inf)


@dataclass
class Scene:
    """People at places of their own, each there for some stays, who look as their vectors say, with noise.

    stays: of each person, (first, last) frames. looks: which vector is each person's. classes: of each person.
    """

    stays: list[list[tuple[int, int]]]
    looks: list[int]
    classes: list[int] | None = None
    noise: float = 0.25
    seed: int = 0
    vectors: np.ndarray = field(default_factory=lambda: np.eye(DIMENSION))

    def track(self, config: TrackerConfig, save_at: int | None = None) -> list[set[int]]:
        """The ids of each person's stays, in order, one set a stay."""
        random = np.random.default_rng(self.seed)
        tracker = Tracker(config)
        found: dict[tuple[int, int], set[int]] = {}
        for frame in range(1, 1 + max(last for stays in self.stays for _, last in stays)):
            there = [
                (person, number)
                for person, stays in enumerate(self.stays)
                for number, (first, last) in enumerate(stays)
                if first <= frame <= last
            ]
            # Each stay is at a place of its own, so that motion cannot tell who it is.
            left = np.array([60.0 * person + 900 * number + 0.5 * (frame % 20) for person, number in there])
            boxes = np.column_stack((left, left * 0, left + 40, left * 0 + 100)).reshape(-1, 4)
            own = self.vectors[[self.looks[person] for person, _ in there]].reshape(-1, DIMENSION)
            seen = own + random.normal(0, self.noise, (len(there), DIMENSION))
            kinds = None if self.classes is None else [self.classes[person] for person, _ in there]
            if frame == save_at:
                tracker = Tracker.from_state_dict(tracker.state_dict())
            tracks = tracker.update(boxes, np.full(len(there), 0.9), seen, kinds)
            for one, identity in zip(there, tracks.detection_ids.tolist(), strict=True):
                if identity > 0:
                    found.setdefault(one, set()).add(identity)
        return [found[key] for key in sorted(found)]


# Three stay and teach what distances mean; the fourth leaves for twenty seconds.
STAYING = [[(1, 500)], [(1, 500)], [(1, 500)]]
RETURNS = Scene([*STAYING, [(1, 150), (350, 500)]], [0, 1, 2, 3])


def test_who_comes_back_has_the_old_id() -> None:
    *_, before, after = RETURNS.track(REMEMBERS)
    assert before == after
    assert len(after) == 1, "the id is there with the first report"
    *_, before, after = RETURNS.track(replace(REMEMBERS, remember=None))
    assert not before & after


@pytest.mark.parametrize("config", [REMEMBERS, TrackerConfig.deepsort_original(remember=inf, frame_rate=RATE)], ids=str)
@pytest.mark.parametrize("save_at", [100, 250, 351])
def test_it_outlives_a_restart(config: TrackerConfig, save_at: int) -> None:
    assert RETURNS.track(config, save_at) == RETURNS.track(config)


STRANGERS = {
    "somebody else": Scene([*STAYING, [(1, 150)], [(350, 500)]], [0, 1, 2, 3, 4]),
    "one of two who look the same": Scene([*STAYING, [(1, 150)], [(1, 150)], [(350, 500)]], [0, 1, 2, 3, 3, 3]),
    "who was there with the one that left": Scene([*STAYING, [(1, 150)], [(140, 500)]], [0, 1, 2, 3, 3]),
    "somebody like one who is there": Scene([*STAYING, [(1, 150)], [(350, 500)]], [0, 1, 2, 3, 0]),
    "another class": Scene([*STAYING, [(1, 150)], [(350, 500)]], [0, 1, 2, 3, 3], [0, 0, 0, 0, 1]),
    "looks that say nothing": Scene([*STAYING, [(1, 150)], [(350, 500)]], [0, 0, 0, 0, 0]),
}


@pytest.mark.parametrize("scene", STRANGERS.values(), ids=STRANGERS.keys())
def test_everybody_else_has_a_new_id(scene: Scene) -> None:
    stays = scene.track(REMEMBERS)
    assert all(len(ids) == 1 for ids in stays)
    assert len(set.union(*stays)) == len(stays)


def test_classes_that_do_not_part_do_not_part_memory() -> None:
    *_, before, after = STRANGERS["another class"].track(replace(REMEMBERS, across_classes=True))
    assert before == after


def test_an_id_goes_to_one_of_two_who_come_at_once() -> None:
    """Both look like the one who left; at most one of them is, and the other stays new."""
    scene = Scene([*STAYING, [(1, 150)], [(350, 500)], [(350, 500)]], [0, 1, 2, 3, 3, 3])
    *_, before, one, other = scene.track(REMEMBERS)
    assert not one & other
    assert before <= one | other


def test_nobody_is_remembered_longer_than_asked_for() -> None:
    *_, before, after = RETURNS.track(replace(REMEMBERS, remember=25.0))
    assert before == after
    *_, before, after = RETURNS.track(replace(REMEMBERS, remember=15.0))
    assert not before & after


def test_a_third_visit_is_known_too() -> None:
    scene = Scene([[(1, 900)], [(1, 900)], [(1, 900)], [(1, 150), (350, 450), (700, 900)]], [0, 1, 2, 3])
    *_, first, second, third = scene.track(REMEMBERS)
    assert first == second == third


def test_tells_which_setting_needs_embeddings() -> None:
    with pytest.raises(ValueError, match="embeddings are missing, and remember needs them"):
        Tracker(REMEMBERS).update([[0, 0, 10, 20]], [0.9])
    with pytest.raises(ValueError, match="remember needs embeddings, which association 'overlap' does not take"):
        TrackerConfig.sort(remember=10)
    for wrong in (0, -3, float("nan"), "all", True):
        with pytest.raises(ValueError, match="remember is"):
            TrackerConfig(remember=wrong)  # type: ignore[arg-type]
