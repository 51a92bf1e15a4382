"""Refinement of tracks: who is joined, what is filled, and what never happens."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data import BoxTable
from flatsort.tracker.offline.gaps import filled
from flatsort.tracker.offline.joining import MARGIN, SURE, _surest
from flatsort.tracker.offline.likelihood import logistic
from flatsort.tracker.offline.refinement import Refined, refine

RATE, PEOPLE, LENGTH = 10.0, 8, 120


def table(rows: list[tuple[int, int, float, float]], classes: list[int] | None = None) -> BoxTable:
    """Of (frame, id, left, top): boxes of 20 by 50."""
    frames, ids, left, top = (np.array(column) for column in zip(*rows, strict=True))
    boxes = np.column_stack((left, top, left + 20.0, top + 50.0)).astype(np.float64)
    kinds = np.full(len(rows), -1) if classes is None else np.array(classes)
    order = np.lexsort((ids, frames))
    return BoxTable(frames[order], ids[order], boxes[order], np.full(len(rows), 0.9), kinds[order], np.ones(len(rows)))


def crowd(gap: int, speed: float = 2.0) -> tuple[BoxTable, np.ndarray]:
    """People who walk side by side, each hidden once for `gap` frames and then tracked under an id of 100 more.

    Returns the tracks and the person of each row.
    """
    rows, people = [], []
    for person in range(PEOPLE):
        hidden = 40 + 4 * person
        for frame in range(1, LENGTH + 1):
            if not hidden <= frame < hidden + gap:
                late = frame >= hidden + gap
                rows.append((frame, person + 1 + 100 * late, 30 + speed * frame, 100.0 * person))
                people.append(person)
    order = np.lexsort(([row[1] for row in rows], [row[0] for row in rows]))
    return table(rows), np.array(people)[order]


def looks_of(people: np.ndarray, noise: float = 0.05) -> np.ndarray:
    """Embeddings that tell the people apart."""
    random = np.random.default_rng(3)
    own = random.normal(size=(PEOPLE, 16))
    return (own[people] + random.normal(0, noise, (len(people), 16))).astype(np.float32)


def owners(refined: Refined, people: np.ndarray) -> list[set[int]]:
    """The people of each refined id, of the rows that were there."""
    there = refined.rows >= 0
    ids, who = refined.tracks.ids[there], people[refined.rows[there]]
    return [set(who[ids == identity].tolist()) for identity in np.unique(ids)]


@pytest.mark.parametrize(("gap", "with_looks"), [(8, False), (8, True), (30, True)])
def test_hidden_people_get_their_first_id_back(gap: int, with_looks: bool) -> None:
    tracks, people = crowd(gap)
    refined = refine(tracks, looks_of(people) if with_looks else None, frame_rate=RATE)
    assert owners(refined, people) == [{person} for person in range(PEOPLE)]
    assert refined.joined == PEOPLE
    np.testing.assert_array_equal(np.unique(refined.tracks.ids), np.arange(1, PEOPLE + 1))


def side_by_side(apart: float) -> tuple[BoxTable, np.ndarray]:
    """Pairs of people who are hidden at once; those of a pair return `apart` heights from their own places, swapped."""
    tracks, people = crowd(30)
    boxes = tracks.boxes.copy()
    late = tracks.ids > 100
    shift = np.where(people % 2 == 0, 1, -1) * 50 * apart * late
    boxes[:, [1, 3]] = 50 * apart * people[:, None] + [0, 50] + shift[:, None]
    return BoxTable(tracks.frames, tracks.ids, boxes, tracks.scores, tracks.classes, tracks.visibility), people


def test_looks_decide_between_neighbours_but_carry_nobody_across_the_picture() -> None:
    tracks, people = side_by_side(0.4)
    assert owners(refine(tracks, looks_of(people), frame_rate=RATE), people) == [{person} for person in range(PEOPLE)]
    wrong = refine(tracks, looks_of(people ^ 1 * (tracks.ids > 100)), frame_rate=RATE)  # each looks like the neighbour
    assert {person for owner in owners(wrong, people) for person in owner if len(owner) == 2} == set(range(PEOPLE))
    assert refine(side_by_side(8.0)[0], looks_of(people), frame_rate=RATE).joined == 0


def test_a_line_is_not_learnt_from_a_few_tracks() -> None:
    """KITTI-17 has twelve: six weights that were learnt from them joined strangers over four seconds."""
    tracks, people = crowd(30)
    few = tracks[people < 4]
    assert refine(few, looks_of(people)[people < 4], frame_rate=RATE).joined == 0


def test_filled_boxes_lie_on_the_line_and_the_others_stay() -> None:
    tracks, _ = crowd(8)
    refined = refine(tracks, frame_rate=RATE)
    there = refined.rows >= 0
    np.testing.assert_array_equal(refined.tracks.boxes[there], tracks.boxes[refined.rows[there]])
    np.testing.assert_array_equal(refined.tracks.frames[there], tracks.frames[refined.rows[there]])
    made = refined.tracks[~there]
    assert len(made) == 8 * PEOPLE
    np.testing.assert_allclose(made.boxes[:, 0], 30 + 2.0 * made.frames)
    assert (np.diff(refined.tracks.frames) >= 0).all()


def test_fill_alone_joins_nothing() -> None:
    tracks, _ = crowd(8)
    refined = refine(tracks, frame_rate=RATE, join_gaps=False)
    assert refined.joined == 0
    np.testing.assert_array_equal(refined.rows, np.arange(len(tracks)))


def test_two_classes_are_never_joined() -> None:
    tracks, people = crowd(8)
    classes = np.where(tracks.ids > 100, 2, 1)
    other = BoxTable(tracks.frames, tracks.ids, tracks.boxes, tracks.scores, classes, tracks.visibility)
    assert refine(other, looks_of(people), frame_rate=RATE).joined == 0


def test_nobody_is_in_a_frame_twice() -> None:
    """Random tracks and looks: joins may be wrong, but never of two that were seen at once."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        rows = []
        for identity in range(1, 40):
            start, length = int(random.integers(1, 200)), int(random.integers(4, 60))
            place = random.uniform(0, 300, 2)
            rows += [(start + t, identity, place[0] + t, place[1]) for t in range(length)]
        tracks = table(rows)
        people = random.integers(0, PEOPLE, 40)[tracks.ids]
        found = refine(tracks, looks_of(people, 0.5), frame_rate=RATE).tracks
        assert len(np.unique(np.column_stack((found.frames, found.ids)), axis=0)) == len(found)


def test_one_track_and_none() -> None:
    alone = table([(1, 1, 0, 0), (2, 1, 0, 0), (4, 1, 2, 0)])
    refined = refine(alone, frame_rate=RATE)
    np.testing.assert_array_equal(refined.tracks.frames, [1, 2, 3, 4])
    np.testing.assert_array_equal(refined.rows, [0, 1, -1, 2])
    empty = refine(BoxTable.none(), np.zeros((0, 4), np.float32))
    assert len(empty.tracks) == 0
    assert empty.joined == 0


def test_the_same_tracks_give_the_same_bytes() -> None:
    tracks, people = crowd(30)
    one, two = (refine(tracks, looks_of(people), frame_rate=RATE).tracks for _ in range(2))
    assert one.boxes.tobytes() == two.boxes.tobytes()
    assert one.ids.tobytes() == two.ids.tobytes()


def test_looks_of_another_length_are_refused() -> None:
    tracks, _ = crowd(8)
    with pytest.raises(ValueError, match="looks have shape"):
        refine(tracks, np.zeros((3, 4), np.float32))


@pytest.mark.parametrize(
    ("frames", "second", "fills"),
    [
        ([1, 2, 3, 5, 6], (10, 0, 30, 50), True),
        ([1, 2, 3, 30, 31], (10, 0, 30, 50), False),
        ([1, 2, 3, 5, 6], (60, 0, 80, 50), False),
        ([1, 2, 3, 5, 6], (0, -25, 40, 75), False),
        ([1, 5, 9, 13, 17], (10, 0, 30, 50), False),
    ],
    ids=["worth it", "longer than the longest", "moved far", "grew much", "blinks"],
)
def test_gaps_are_filled_where_a_box_is_likely_to_be_right(
    frames: list[int], second: tuple[float, ...], fills: bool
) -> None:
    boxes = np.array([(0, 0, 20, 50)] * 3 + [second] * 2, np.float64)
    around, share, between = filled(np.array(frames), np.ones(5, np.int64), boxes, 15)
    of_gap = (around == (2, 3)).all(axis=1)
    assert of_gap.any() == fills
    if fills:
        np.testing.assert_array_equal(share[of_gap], [0.5])
        np.testing.assert_array_equal(between[of_gap], [(5, 0, 25, 50)])


def test_the_surest_pairs_equal_those_of_the_definition() -> None:
    random = np.random.default_rng(0)
    for count in (0, 1, 2, 40):
        for _ in range(20):
            rows, columns = np.unique(random.integers(0, 8, (count, 2)), axis=0).T if count else np.zeros((2, 0), int)
            ratio = random.integers(-3, 8, len(rows)) / 2  # with ties
            expected = []
            for pair in np.flatnonzero(ratio >= SURE).tolist():
                rivals = ((rows == rows[pair]) | (columns == columns[pair])) & (np.arange(len(rows)) != pair)
                if ratio[rivals].max(initial=-np.inf) <= ratio[pair] - MARGIN:
                    expected.append((int(rows[pair]), int(columns[pair])))
            assert _surest(rows, columns, ratio) == expected


def test_logistic_equals_scikit_learns() -> None:
    linear_model = pytest.importorskip("sklearn.linear_model")
    random = np.random.default_rng(0)
    truth = (random.random(400) < 0.25).astype(float)
    features = random.normal(size=(400, 3)) + truth[:, None] * [1.0, 0.0, -0.5]
    line = logistic(np.column_stack((np.ones(400), features)), truth)
    model = linear_model.LogisticRegression(class_weight="balanced", C=1e3, tol=1e-9, max_iter=1000)
    model.fit(features, truth)
    np.testing.assert_allclose(line, [model.intercept_[0], *model.coef_[0]], rtol=1e-2, atol=5e-3)
