"""Rank-1 and area under the curve against brute force and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from flatsort.train_embedding.loop.held_out_retrieval import area_under_curve, retrieval


def test_against_brute_force() -> None:
    random = np.random.default_rng(0)
    n = 80
    vectors = random.normal(size=(n, 6)).astype(np.float32)
    identities, sequences, frames = random.integers(0, 8, n), random.integers(0, 2, n), random.integers(1, 200, n)
    identities = identities + 8 * sequences
    vectors += 0.7 * random.normal(size=(16, 6))[identities].astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hits, labels, values = [], [], []
    for i in range(n):
        others = [j for j in range(n) if sequences[i] == sequences[j] and abs(frames[i] - frames[j]) >= 30]
        labels += [identities[i] == identities[j] for j in others]
        values += [float(vectors[i] @ vectors[j]) for j in others]
        if len({identities[i] == identities[j] for j in others}) == 2:
            hits.append(identities[max(others, key=lambda j: vectors[i] @ vectors[j])] == identities[i])
    rank_1, auc = retrieval(vectors, identities, sequences, frames)
    assert rank_1 == pytest.approx(np.mean(hits))
    assert auc == pytest.approx(roc_auc_score(labels, values), abs=1e-5)
    assert 0.2 < np.mean(hits) < 1


def test_ties_count_half() -> None:
    high, low = np.array([1, 2, 2], np.float32), np.array([2, 1, 0, 1], np.float32)
    assert area_under_curve(high, low) == pytest.approx(roc_auc_score([1] * 3 + [0] * 4, [*high, *low]))


def test_nothing_far_enough_in_time() -> None:
    vectors = np.eye(4, dtype=np.float32)
    assert retrieval(vectors, np.array([0, 0, 1, 1]), np.zeros(4), np.array([1, 5, 1, 5])) == (None, None)
