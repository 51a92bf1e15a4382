"""Cosine softmax against the formula by hand."""

from __future__ import annotations

import math

import numpy as np
import torch

from flatsort.train_embedding.objective.cosine_softmax import FIRST_SCALE, CosineSoftmax


def test_loss_and_gradients_are_the_papers() -> None:
    torch.manual_seed(0)
    classifier = CosineSoftmax(5, 7).double()
    with torch.no_grad():
        classifier.weight.mul_(torch.tensor([0.1, 1.0, 3.0, 10.0, 100.0])[:, None])
        classifier.log_scale.fill_(math.log(4.0))
    r = torch.nn.functional.normalize(torch.randn(6, 7, dtype=torch.float64), dim=1)
    y = np.array([0, 1, 2, 3, 4, 0])
    loss = classifier.loss(classifier(r), torch.from_numpy(y))
    loss.backward()

    w = classifier.weight.detach().numpy()
    cosines = r.numpy() @ (w / np.linalg.norm(w, axis=1, keepdims=True)).T
    logits = 4.0 * cosines
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(loss.item(), -np.log(p[np.arange(6), y]).mean(), rtol=1e-12)
    # d loss / d log κ = κ d loss / d κ = mean Σₖ (pₖ − 1[k = y]) κ cosₖ
    slope = ((p - np.eye(5)[y]) * logits).sum(1).mean()
    assert classifier.log_scale.grad is not None
    np.testing.assert_allclose(classifier.log_scale.grad.item(), slope, rtol=1e-10)
    # The length of a weight decides nothing, so the gradient has no part along it.
    assert classifier.weight.grad is not None
    np.testing.assert_allclose((classifier.weight.grad.numpy() * w).sum(1), 0, atol=1e-12)


def test_the_scale_starts_as_stated_and_stays_positive() -> None:
    classifier = CosineSoftmax(3, 4)
    torch.testing.assert_close(classifier.scale.detach(), torch.tensor(FIRST_SCALE))
    with torch.no_grad():
        classifier.log_scale.fill_(-50.0)
    assert classifier.scale > 0
