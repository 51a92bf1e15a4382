"""Retrieval across cameras, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from flatsort.data import InputError
from flatsort.embedding.descriptor import Distance
from flatsort.eval.retrieval.across_cameras import CameraRanking, rank, split_cameras, total


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_ranks_and_precisions_are_those_of_every_query_alone(distance: Distance) -> None:
    random = np.random.default_rng(3)
    who, others = (
        random.integers(0, 9, 40),
        random.integers(0, 7, 60),
    )  # two people are seen by the query's camera alone
    queries = random.normal(size=(40, 5)).astype(np.float32) + np.eye(9, 5, dtype=np.float32)[who]
    gallery = random.normal(size=(60, 5)).astype(np.float32) + np.eye(9, 5, dtype=np.float32)[others]
    first, fifth, precisions = 0, 0, []
    for vector, own in zip(queries, who, strict=True):
        if own not in others:
            continue
        if distance == "cosine":
            away = 1 - gallery @ vector / np.linalg.norm(gallery, axis=1) / np.linalg.norm(vector)
        else:
            away = np.linalg.norm(gallery - vector, axis=1)
        nearest = others[np.argsort(away)]
        first += int(own == nearest[0])
        fifth += int(own in nearest[:5])
        precisions.append(average_precision_score(others == own, -away))
    found = rank(queries, gallery, who, others, distance)
    assert (found.queries, found.first, found.fifth) == (len(precisions), first, fifth)
    assert len(precisions) < 40
    assert found.precision == pytest.approx(sum(precisions), rel=1e-6)


def test_equal_distances_count_against_the_descriptor() -> None:
    same = np.zeros((1, 2), np.float32)
    found = rank(same, np.zeros((2, 2), np.float32), np.array([4]), np.array([4, 5]), "euclidean")
    assert found == CameraRanking(1, 0, 1, 0.5)


def test_folders_are_added_up_by_query() -> None:
    scores = total([CameraRanking(1, 1, 1, 1.0), CameraRanking(3, 0, 3, 0.6)])
    assert scores == {"Rank-1": 0.25, "Rank-5": 1.0, "mAP": pytest.approx(0.4), "queries": 4.0}
    assert np.isnan(total([CameraRanking(0, 0, 0, 0.0)])["mAP"])


@pytest.mark.parametrize(
    ("query", "gallery", "rows"),
    [
        pytest.param(None, None, ([0, 2], [1, 3, 4]), id="the lowest camera against every other"),
        pytest.param(2, None, ([1, 4], [0, 2, 3]), id="another query"),
        pytest.param(2, 3, ([1, 4], [3]), id="two cameras of three"),
    ],
)
def test_cameras_are_split(query: int | None, gallery: int | None, rows: tuple[list[int], list[int]]) -> None:
    found = split_cameras("folder", np.array([1, 2, 1, 3, 2]), query, gallery)
    assert tuple(part.tolist() for part in found) == rows


@pytest.mark.parametrize(
    ("cameras", "query", "gallery", "says"),
    [
        pytest.param([1, 2], 3, None, "--query-camera: is 3; folder has the cameras 1, 2", id="no such query"),
        pytest.param([1, 2], None, 3, "--gallery-camera: is 3", id="no such gallery"),
        pytest.param([1, 2], 2, 2, "is camera 2, as the query's", id="one camera twice"),
        pytest.param([4, 4], None, None, "camera 4 alone", id="one camera"),
    ],
)
def test_cameras_that_cannot_be_compared_are_refused(
    cameras: list[int], query: int | None, gallery: int | None, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        split_cameras("folder", np.array(cameras), query, gallery)


@pytest.mark.parametrize(
    ("shape", "people", "distance"),
    [((3, 4), 2, "euclidean"), ((3, 5), 3, "euclidean"), ((3, 4), 3, "manhattan")],
)
def test_arguments_that_do_not_fit_are_refused(shape: tuple[int, int], people: int, distance: Distance) -> None:
    with pytest.raises(ValueError, match=r"expected|identities"):
        rank(np.ones(shape, np.float32), np.ones((2, 4), np.float32), np.arange(people), np.arange(2), distance)
