"""Batches of tracklets and their gluing, on a made-up source where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.train_embedding.batches.gluing import glue_tracklets
from flatsort.train_embedding.batches.tracklet_batches import TrackletBatches
from flatsort.train_embedding.objective.identity import IdentityConfig

PEOPLE, FRAMES, BROKEN = 6, 40, (15, 20)  # every person is missed from frame 15 to 20


class Street:
    """Six people in one source for forty frames, each hidden for five of them: twelve tracklets."""

    def __init__(self) -> None:
        rows = [(f, p) for f in range(1, FRAMES + 1) for p in range(PEOPLE) if not BROKEN[0] <= f < BROKEN[1]]
        self.frames = np.array([f for f, _ in rows])
        self.people = np.array([p for _, p in rows])
        self.sources = np.zeros(len(rows), np.int64)
        self.tracklets = self.people + PEOPLE * (self.frames >= BROKEN[1])
        left = 200.0 * self.people + self.frames
        self.boxes = np.stack([left, left * 0, left + 40, left * 0 + 100], axis=1)

    def batches(self, **changes: object) -> TrackletBatches:
        config = IdentityConfig(**{"tracklets": 8, "together": 4, **changes})  # type: ignore[arg-type]
        return TrackletBatches(self.sources, self.frames, self.tracklets, config, seed=0)

    def vectors(self, noise: float = 0.05) -> NDArray[np.float32]:
        random = np.random.default_rng(0)
        centres = 3 * random.normal(size=(PEOPLE, 8))
        return (centres[self.people] + noise * random.normal(size=(len(self.people), 8))).astype(np.float32)


def test_a_batch_holds_two_crops_of_each_tracklet_and_knows_who_was_seen_together() -> None:
    street = Street()
    batches = street.batches()
    for step in range(20):
        rows, unknown = batches.draw(step)
        first, second = street.tracklets[rows]
        np.testing.assert_array_equal(first, second)
        assert (rows[0] != rows[1]).all()
        assert len(set(first.tolist())) == len(first) == 8
        early = first < PEOPLE
        # People of one half are all seen together; those of different halves never.
        np.testing.assert_array_equal(unknown, early[:, None] != early[None])


def test_draws_depend_on_seed_and_step_alone() -> None:
    street = Street()
    one, again = street.batches().draw(3), street.batches().draw(3)
    np.testing.assert_array_equal(one.rows, again.rows)
    assert not np.array_equal(one.rows, street.batches().draw(4).rows)


def test_another_source_is_never_unknown() -> None:
    street = Street()
    two = TrackletBatches(
        np.concatenate([street.sources, street.sources + 1]),
        np.tile(street.frames, 2),
        np.concatenate([street.tracklets, street.tracklets + 2 * PEOPLE]),
        IdentityConfig(tracklets=24, together=4),
        seed=0,
    )
    rows, unknown = two.draw(0)
    source = (rows[0] >= len(street.frames)).astype(int)
    assert unknown.any()
    assert not unknown[source[:, None] != source[None]].any()


def test_gluing_finds_the_same_person_after_the_gap() -> None:
    street = Street()
    glued = glue_tracklets(street.batches(), street.vectors(), street.sources, street.frames, street.boxes)
    assert len(np.unique(glued)) == PEOPLE
    for person in range(PEOPLE):
        assert len(np.unique(glued[street.people == person])) == 1


@pytest.mark.parametrize("broken", ["gap", "motion", "appearance"])
def test_gluing_needs_a_short_gap_plausible_motion_and_likeness(broken: str) -> None:
    street = Street()
    vectors, changes = street.vectors(), {}
    late = street.frames >= BROKEN[1]
    if broken == "gap":
        changes = {"longest_gap": 4}
    elif broken == "motion":
        street.boxes[late, 0::2] += 5000
    else:
        vectors[late] = vectors[late] + 100 * (1 + street.people[late, None])
    glued = glue_tracklets(street.batches(**changes), vectors, street.sources, street.frames, street.boxes)
    assert len(np.unique(glued)) == 2 * PEOPLE


def test_a_glued_tracklet_never_shows_two_people_in_one_frame() -> None:
    street = Street()
    same = np.zeros((len(street.people), 4), np.float32)  # an embedding that tells nobody from anybody
    same += np.random.default_rng(0).normal(scale=1e-3, size=same.shape).astype(np.float32)
    street.boxes[:, 0::2] = street.boxes[0, 0::2]
    glued = glue_tracklets(street.batches(glue_error=0.9), same, street.sources, street.frames, street.boxes)
    assert len(np.unique(glued)) < 2 * PEOPLE
    moments = np.stack([glued, street.frames])
    assert np.unique(moments, axis=1).shape[1] == len(glued)
