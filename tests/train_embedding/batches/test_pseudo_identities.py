"""Pseudo-identities: who is whom across views that shift every vector, with exclusion, against the best assignment."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from flatsort.train_embedding.batches.pseudo_identities import (
    pseudo_pairs,
    scaled_similarity,
    soft_assignment,
    without_view,
)

PEOPLE, DIMENSION = 60, 32


def seen_by(random: np.random.Generator, people: NDArray[np.float64], noise: float) -> NDArray[np.float64]:
    """People as one camera shows them: everybody moved and stretched by the camera, each with noise of their own."""
    shift, stretch = random.normal(0, 3, DIMENSION), random.uniform(0.5, 2, DIMENSION)
    return people * stretch + shift + random.normal(0, noise, people.shape)


def two_views(noise: float) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """Vectors of unit length, the view and the person of each, in random order."""
    random = np.random.default_rng(2)
    people = random.normal(size=(PEOPLE, DIMENSION))
    both = np.concatenate([seen_by(random, people, noise), seen_by(random, people, noise)])
    order = random.permutation(2 * PEOPLE)
    vectors = (both / np.linalg.norm(both, axis=1, keepdims=True))[order]
    return vectors.astype(np.float32), (np.arange(2 * PEOPLE) // PEOPLE)[order], (np.arange(2 * PEOPLE) % PEOPLE)[order]


def test_people_are_found_again_though_the_camera_moves_every_vector() -> None:
    vectors, views, people = two_views(noise=0.8)
    pairs = pseudo_pairs(vectors, views)
    right = people[pairs.first] == people[pairs.second]
    nearest = (vectors[views == 0] @ vectors[views == 1].T).argmax(axis=1)
    by_nearest = people[views == 0] == people[views == 1][nearest]
    assert right.mean() > 0.9
    assert right.sum() > by_nearest.sum() + 10
    assert (views[pairs.first] != views[pairs.second]).all()
    for chosen in (pairs.first, pairs.second):
        assert len(np.unique(chosen)) == len(chosen)


def test_the_surest_come_first_and_are_oftener_right() -> None:
    vectors, views, people = two_views(noise=1.6)
    pairs = pseudo_pairs(vectors, views)
    assert (np.diff(pairs.confidence) <= 0).all()
    right = people[pairs.first] == people[pairs.second]
    half = pairs.surest(len(pairs) // 2)
    assert (people[half.first] == people[half.second]).mean() > right.mean()


def test_people_seen_together_are_never_paired() -> None:
    vectors, views, _ = two_views(noise=0.8)
    pairs = pseudo_pairs(vectors, views)
    apart = np.zeros((2 * PEOPLE, 2 * PEOPLE), bool)
    one, other = pairs.first[0], pairs.second[0]
    apart[one, other] = apart[other, one] = True
    again = pseudo_pairs(vectors, views, apart=apart)
    assert (one, other) not in set(zip(again.first.tolist(), again.second.tolist(), strict=True))


def test_tracklets_without_a_view_take_no_part() -> None:
    vectors, views, _ = two_views(noise=0.8)
    pairs = pseudo_pairs(vectors, np.where(np.arange(2 * PEOPLE) < 30, -1, views))
    assert min(pairs.first.min(), pairs.second.min()) >= 30
    assert len(pseudo_pairs(vectors, np.zeros(2 * PEOPLE, np.int64))) == 0


def test_a_cold_assignment_is_the_best_one() -> None:
    similarity = np.random.default_rng(5).random((7, 7))
    shares = soft_assignment(similarity, 0.004)
    rows, columns = linear_sum_assignment(similarity, maximize=True)
    np.testing.assert_array_equal(shares.argmax(axis=1)[rows], columns)


@pytest.mark.parametrize("shape", [(6, 6), (4, 9), (9, 4)])
def test_rows_and_columns_share_alike(shape: tuple[int, int]) -> None:
    shares = soft_assignment(np.random.default_rng(5).random(shape), 0.3)
    least = min(shape)
    np.testing.assert_allclose(shares.sum(axis=1), least / shape[0], rtol=1e-6)
    np.testing.assert_allclose(shares.sum(axis=0), least / shape[1], rtol=1e-6)


def test_forbidden_pairs_get_nothing() -> None:
    similarity = np.array([[0.9, 0.1, -np.inf], [-np.inf, -np.inf, -np.inf], [0.2, -np.inf, 0.1]])
    shares = soft_assignment(similarity, 0.1)
    assert (shares[~np.isfinite(similarity)] == 0).all()
    assert (shares[1] == 0).all()
    assert np.isfinite(shares).all()
    assert (soft_assignment(np.full((2, 3), -np.inf), 0.1) == 0).all()


def test_local_scaling_takes_from_those_who_resemble_all() -> None:
    random = np.random.default_rng(0)
    rows, columns = (random.normal(size=(30, 6)) for _ in range(2))
    rows[0] = columns.mean(axis=0)  # a hub
    rows, columns = (part / np.linalg.norm(part, axis=1, keepdims=True) for part in (rows, columns))
    taken = 2 * rows @ columns.T - scaled_similarity(rows, columns)
    assert taken[0].mean() > taken[1:].mean()


def test_the_camera_leaves_the_vectors() -> None:
    vectors = np.random.default_rng(0).normal(5, 2, (40, 3)).astype(np.float32)
    alone = without_view(vectors)
    np.testing.assert_allclose(np.linalg.norm(alone, axis=1), 1)
    np.testing.assert_allclose(without_view((3 * vectors + 7).astype(np.float32)), alone, atol=0.02)


@pytest.mark.parametrize(("shape", "views", "temperature"), [((4,), 4, 0.1), ((4, 2), 3, 0.1), ((4, 2), 4, 0.0)])
def test_wrong_arguments_are_refused(shape: tuple[int, ...], views: int, temperature: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        pseudo_pairs(np.ones(shape, np.float32), np.zeros(views, np.int64), temperature)
