"""Retrieval scores, against scikit-learn's metrics and brute force on random crops, and scenes with plain answers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from sklearn.metrics import average_precision_score, roc_auc_score

from flatsort.eval.retrieval import ranking
from flatsort.eval.retrieval.ranking import COLUMNS, compare, retrieval_scores, total


def crops(seed: int, n: int = 260, people: int = 6) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """People who stand in a noisy, drifting cloud around a point of their own."""
    random = np.random.default_rng(seed)
    identities = random.integers(0, people, n)
    frames = np.sort(random.integers(1, 120, n))
    centres = random.normal(size=(people, 5)) + 3
    vectors = centres[identities] + random.normal(size=(n, 5)) + 0.01 * frames[:, None]
    return vectors.astype(np.float32), identities, frames


def oracle(vectors: Any, identities: Any, frames: Any, distance: str, gap: int, near: int) -> dict[str, float]:
    """Query by query and pair by pair, with scipy's distances and scikit-learn's metrics."""
    distances = cdist(vectors.astype(float), vectors.astype(float), distance)
    scores = {}
    for window, (low, high) in {"far": (gap, math.inf), "near": (1, near)}.items():
        rank1, rank5, precisions, labels, measured = [], [], [], [], []
        for i in range(len(vectors)):
            gallery = [j for j in range(len(vectors)) if low <= abs(frames[i] - frames[j]) <= high]
            match = identities[gallery] == identities[i]
            if match.any():
                order = np.argsort(distances[i, gallery])
                rank1.append(match[order][:1].any())
                rank5.append(match[order][:5].any())
                precisions.append(average_precision_score(match, -distances[i, gallery]))
            later = [j for j in gallery if j > i]
            labels += list(identities[later] == identities[i])
            measured += list(-distances[i, later])
        values = np.mean(rank1), np.mean(rank5), np.mean(precisions), roc_auc_score(labels, measured)
        counts = len(rank1), len(labels)
        names = ("Rank-1", "Rank-5", "mAP", "AUC", "queries", "pairs")
        scores |= {f"{window} {name}": float(value) for name, value in zip(names, (*values, *counts), strict=True)}
    return scores


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
@pytest.mark.parametrize(("gap", "near", "block"), [(50, 30, 512), (20, 5, 64), (1, 200, 7)])
def test_as_scikit_learn(monkeypatch: pytest.MonkeyPatch, distance: Any, gap: int, near: int, block: int) -> None:
    monkeypatch.setattr(ranking, "_BLOCK", block)
    scene = crops(seed=gap)
    ours = retrieval_scores(*scene, distance, gap, near)
    assert tuple(ours) == COLUMNS
    expected = oracle(*scene, distance, gap, near)
    assert ours == pytest.approx(expected, abs=1e-5)
    assert 0.2 < ours["far Rank-1"] < 0.99  # a scene that is neither hopeless nor plain


def test_order_of_crops_does_not_matter() -> None:
    vectors, identities, frames = crops(seed=3)
    order = np.random.default_rng(0).permutation(len(frames))
    assert retrieval_scores(vectors[order], identities[order], frames[order], "euclidean") == pytest.approx(
        retrieval_scores(vectors, identities, frames, "euclidean"), abs=1e-5
    )


def test_distance_far_from_the_origin_is_still_told() -> None:
    """float32 inner products of long vectors would lose differences of this size."""
    vectors, identities, frames = crops(seed=4)
    moved = (vectors + np.float32(1000)).astype(np.float32)
    assert retrieval_scores(moved, identities, frames, "euclidean") == pytest.approx(
        retrieval_scores((moved.astype(float) - 1000).astype(np.float32), identities, frames, "euclidean"), abs=1e-3
    )


def scene(*rows: tuple[int, int, float]) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.int64]]:
    """(frame, person, place on a line)"""
    values = np.array(rows)
    return values[:, 2:].astype(np.float32), values[:, 1].astype(np.int64), values[:, 0].astype(np.int64)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(
            [(1, 1, 0.0), (1, 2, 5.0), (60, 1, 0.1), (60, 2, 5.1)],
            {"far Rank-1": 1, "far mAP": 1, "far AUC": 1, "far queries": 4, "far pairs": 4, "near queries": 0},
            id="plain",
        ),
        pytest.param(
            [(1, 1, 0.0), (1, 2, 5.0), (60, 1, 5.0), (60, 2, 0.0)],
            {"far Rank-1": 0, "far Rank-5": 1, "far mAP": 0.5, "far AUC": 0},
            id="everyone mistaken",
        ),
        pytest.param(
            [(1, 1, 0.0), (1, 2, 0.0), (60, 1, 0.0), (60, 2, 0.0)],
            {"far Rank-1": 0, "far Rank-5": 1, "far mAP": 0.5, "far AUC": 0.5},
            id="a constant descriptor earns nothing",
        ),
        pytest.param(
            [(1, 1, 0.0), (1, 2, 0.1), (1, 3, 0.2), (2, 1, 0.05)],
            {"near Rank-1": 1, "near queries": 2, "near pairs": 3, "far queries": 0, "far pairs": 0},
            id="people of the same frame are in no gallery",
        ),
        pytest.param(
            [(1, 1, 0.0), (31, 1, 0.0), (32, 1, 0.0), (51, 1, 0.0)],
            {"near queries": 4, "near pairs": 4, "far queries": 2, "far pairs": 1},
            id="the bounds belong to the windows",
        ),
    ],
)
def test_plain_scenes(rows: list[tuple[int, int, float]], expected: dict[str, float]) -> None:
    scores = retrieval_scores(*scene(*rows), "euclidean")
    assert {column: scores[column] for column in expected} == pytest.approx(expected)


def test_nothing_to_compare_is_no_number() -> None:
    scores = retrieval_scores(*scene((1, 1, 0.0), (60, 2, 1.0)), "euclidean")
    assert all(math.isnan(scores[f"far {name}"]) for name in ("Rank-1", "Rank-5", "mAP", "AUC"))
    assert scores["far pairs"] == 1
    empty = retrieval_scores(np.empty((0, 3), np.float32), *np.empty((2, 0), np.int64), "cosine")
    assert empty["near queries"] == empty["near pairs"] == 0


def test_sequences_add_up_and_are_never_compared() -> None:
    one, other = crops(seed=5), crops(seed=6, n=120)
    whole = total([compare(*one, "euclidean"), compare(*other, "euclidean")])
    separate = retrieval_scores(*one, "euclidean"), retrieval_scores(*other, "euclidean")
    for window in ("far", "near"):
        queries = [scores[f"{window} queries"] for scores in separate]
        for name in ("Rank-1", "Rank-5", "mAP"):
            expected = np.average([scores[f"{window} {name}"] for scores in separate], weights=queries)
            assert whole[f"{window} {name}"] == pytest.approx(expected)
    vectors, identities, frames = (np.concatenate(parts) for parts in zip(one, other, strict=True))
    frames[len(one[2]) :] += 10_000  # out of reach of "near"
    joined = retrieval_scores(vectors, identities, frames, "euclidean")
    assert joined["near AUC"] == pytest.approx(whole["near AUC"], abs=1e-5)


def test_a_sample_of_pairs_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = crops(seed=7, n=600), crops(seed=8, n=150, people=3)
    exact = total([compare(*one, "euclidean"), compare(*other, "euclidean")])
    monkeypatch.setattr(ranking, "_MOST_PAIRS", 3000)
    sampled = total([compare(*one, "euclidean", seed=1), compare(*other, "euclidean", seed=1)])
    again = total([compare(*one, "euclidean", seed=1), compare(*other, "euclidean", seed=1)])
    assert sampled == again
    assert sampled["far pairs"] < 0.3 * exact["far pairs"]
    assert sampled["far AUC"] != exact["far AUC"]
    for column in COLUMNS:
        if not column.endswith("pairs"):
            assert sampled[column] == pytest.approx(exact[column], abs=0.03)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vectors": np.zeros(4, np.float32)}, r"vectors has shape \(4,\), expected \(n, d\)"),
        ({"identities": np.zeros(3, np.int64)}, r"identities has shape \(3,\), expected \(4,\)"),
        ({"frames": np.zeros((4, 1), np.int64)}, r"frames has shape \(4, 1\), expected \(4,\)"),
        ({"vectors": np.full((4, 2), np.nan, np.float32)}, "vectors holds NaN"),
        ({"distance": "manhattan"}, "distance is 'manhattan'"),
        ({"vectors": np.zeros((4, 2), np.float32), "distance": "cosine"}, "row of zeros"),
        ({"gap": 0}, "gap is 0, expected at least 1 frame"),
        ({"near": -3}, "near is -3"),
    ],
)
def test_wrong_arguments(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "vectors": np.ones((4, 2), np.float32),
        "identities": np.zeros(4, np.int64),
        "frames": np.arange(4),
        "distance": "euclidean",
    }
    with pytest.raises(ValueError, match=message):
        retrieval_scores(**(arguments | change))
