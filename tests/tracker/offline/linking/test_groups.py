"""Identities over several videos."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data import BoxTable
from flatsort.tracker.offline.likelihood import FEWEST_LOOKS, learn_looks
from flatsort.tracker.offline.linking import link, relabelled
from flatsort.tracker.offline.tracklets import Tracklet, tracklets

PEOPLE, LENGTH = 6, 40


def video(people: list[int], seed: int, spans: list[tuple[int, int]] | None = None) -> list[Tracklet]:
    """A track of each person, with looks that tell them apart."""
    random = np.random.default_rng(seed)
    own = np.random.default_rng(7).normal(size=(PEOPLE + 1, 16))
    frames, ids, looks = [], [], []
    for place, person in enumerate(people):
        start, stop = (1, LENGTH) if spans is None else spans[place]
        frames += range(start, stop + 1)
        ids += [place + 1] * (stop - start + 1)
        looks.append(own[person] + random.normal(0, 0.4, (stop - start + 1, 16)))
    count = len(frames)
    vectors = np.concatenate(looks).astype(np.float32)
    boxes = np.tile([0.0, 0.0, 10.0, 20.0], (count, 1))
    return tracklets(np.array(frames), np.array(ids), boxes, np.full(count, -1), vectors, np.ones(count, bool))


@pytest.mark.parametrize("seed", range(5))
def test_people_are_found_again_in_any_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    orders = [random.permutation(PEOPLE).tolist() for _ in range(3)]
    identities = link([video(order, seed + n) for n, order in enumerate(orders)], "euclidean")
    np.testing.assert_array_equal(identities[0], np.arange(1, PEOPLE + 1))
    person_of = dict(zip(identities[0].tolist(), orders[0], strict=True))
    for found, order in zip(identities[1:], orders[1:], strict=True):
        assert [person_of[identity] for identity in found.tolist()] == order


def test_who_is_in_one_video_alone_is_nobody_elses() -> None:
    one, two = link([video([0, 1, 2, 3, 4, 5], 1), video([0, 1, 2, 6], 2)], "euclidean")
    np.testing.assert_array_equal(two[:3], one[:3])
    assert two[3] == PEOPLE + 1


def test_twins_who_were_seen_at_once_stay_two() -> None:
    """Two tracks of one look share frames in the first video, so one track of the second is but one of them."""
    one, two = link([video([0, 1, 2, 3, 4, 0], 1), video([0, 1, 2, 3, 4, 5], 2)], "euclidean")
    assert one[0] != one[5]
    assert int(np.isin(two, one[[0, 5]]).sum()) <= 1


def test_two_parts_of_one_person_meet_through_another_video() -> None:
    spans = [(1, LENGTH)] * 5 + [(1, 18), (22, LENGTH)]
    one, two = link([video([0, 1, 2, 3, 4, 5, 5], 1, spans), video([5, 0, 1, 2, 3], 2)], "euclidean")
    assert one[5] == one[6] == two[0]


def test_too_few_tracks_are_not_linked() -> None:
    videos = [video([0, 1], 1), video([0, 1], 2)]
    assert learn_looks(videos, "euclidean") is None
    assert np.concatenate(link(videos, "euclidean")).tolist() == [1, 2, 3, 4]


def test_short_tracks_are_learnt_from_where_no_long_ones_are() -> None:
    spans = [(1, FEWEST_LOOKS)] * PEOPLE
    one, two = link([video([0, 1, 2, 3, 4, 5], 1, spans), video([5, 4, 3, 2, 1, 0], 2, spans)], "euclidean")
    np.testing.assert_array_equal(one, two[::-1])
    shorter = [(1, FEWEST_LOOKS - 1)] * PEOPLE
    assert learn_looks([video([0, 1, 2, 3, 4, 5], seed, shorter) for seed in (1, 2)], "euclidean") is None


def test_tracks_get_identities_for_ids() -> None:
    tracks = BoxTable(
        np.array([1, 1, 2]), np.array([7, 3, 7]), np.zeros((3, 4)), np.ones(3), np.full(3, -1), np.ones(3)
    )
    none, known = np.zeros((3, 0), np.float32), np.zeros(3, bool)
    parts = tracklets(tracks.frames, tracks.ids, tracks.boxes, tracks.classes, none, known)
    assert relabelled(tracks, parts, np.array([40, 50])).ids.tolist() == [50, 40, 50]


def test_no_videos() -> None:
    assert link([], "cosine") == []
    assert [found.tolist() for found in link([[], []], "cosine")] == [[], []]
