"""The identity term over proxies, against what it is by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from flatsort.train_embedding.objective.proxies import TrackletProxies, proxy_terms, view_distance

VIEWS = torch.tensor([0, 0, 1, 1, 1, -1])
TRACKLETS = torch.tensor([0, 0, 3, 3, 5, 5])
TEMPERATURE = 0.5


@pytest.fixture
def vectors() -> tuple[Tensor, Tensor]:
    """Six crops of three tracklets, and the proxies of six tracklets, of unit length."""
    generator = torch.Generator().manual_seed(0)
    parts = [torch.randn(6, 4, generator=generator, dtype=torch.float64) for _ in range(2)]
    z, proxies = (torch.nn.functional.normalize(part, dim=1) for part in parts)
    return z, proxies


def different() -> Tensor:
    """Tracklets of one view are different people; of the last one nothing is known."""
    known = (VIEWS[:, None] == VIEWS[None]) & (VIEWS >= 0)[:, None]
    return known & ~torch.eye(6, dtype=torch.bool)


def terms(z: Tensor, proxies: Tensor, match: list[int], confidence: list[float]) -> list[float]:
    found = proxy_terms(
        z, TRACKLETS, proxies, VIEWS, different(), torch.tensor(match), torch.tensor(confidence).to(z), TEMPERATURE
    )
    return [float(value) for value in found]


def share(z: Tensor, among: Tensor, chosen: int) -> float:
    """-log of the chosen one's share of the exponentials."""
    logits = [float(z @ one) / TEMPERATURE for one in among]
    return math.log(sum(map(math.exp, logits))) - logits[chosen]


def test_the_terms_are_those_by_hand(vectors: tuple[Tensor, Tensor]) -> None:
    z, proxies = vectors
    own, other, moments, _ = terms(z, proxies, [4, -1, -1, -1, 0, -1], [0.5, 0, 0, 0, 1, 0])
    by_view = [
        share(z[0], proxies[:2], 0), share(z[1], proxies[:2], 0),
        share(z[2], proxies[2:5], 1), share(z[3], proxies[2:5], 1), 0.0, 0.0,
    ]  # fmt: skip
    assert own == pytest.approx(sum(by_view) / 6)
    assert other == pytest.approx(0.5 * sum(share(z[place], proxies[2:5], 2) for place in (0, 1)) / 6)
    # No two tracklets of this batch are known to be different people.
    assert moments == pytest.approx(0)


def test_people_known_to_be_others_are_told_apart_within_the_batch(vectors: tuple[Tensor, Tensor]) -> None:
    z, proxies = vectors
    tracklets = torch.tensor([0, 0, 1, 1, 5, 5])
    nobody = torch.full((6,), -1)
    found = proxy_terms(z, tracklets, proxies, VIEWS, different(), nobody, torch.zeros(6).to(z), TEMPERATURE)
    among = {0: (1, 2, 3), 1: (0, 2, 3), 2: (3, 0, 1), 3: (2, 0, 1)}
    expected = sum(share(z[place], z[list(others)], 0) for place, others in among.items()) / 6
    assert float(found.moments) == pytest.approx(expected)


def test_without_pairs_the_other_views_say_nothing(vectors: tuple[Tensor, Tensor]) -> None:
    z, proxies = vectors
    assert terms(z, proxies, [-1] * 6, [1.0] * 6)[1] == 0


def test_gradients_pull_crops_to_their_match(vectors: tuple[Tensor, Tensor]) -> None:
    z, proxies = vectors
    z = z.clone().requires_grad_()
    match = torch.tensor([4, -1, -1, -1, -1, -1])
    found = proxy_terms(z, TRACKLETS, proxies, VIEWS, different(), match, torch.ones(6).to(z), TEMPERATURE)
    found.other.backward()
    assert z.grad is not None
    assert float(-z.grad[0] @ proxies[4]) > 0
    assert float(z.grad[2:].abs().max()) == 0


def test_views_with_the_same_moments_are_at_distance_0() -> None:
    z = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    views = torch.tensor([0] * 4 + [1] * 4)
    z[4:] = z[:4]
    assert float(view_distance(z, views)) == pytest.approx(0, abs=1e-9)
    z[4:] += 2
    assert float(view_distance(z, views)) == pytest.approx(3 * 2, rel=1e-5)  # each mean lies 1 from theirs in 3 values
    assert float(view_distance(z, torch.zeros(8))) == 0


def test_proxies_follow_and_keep_unit_length() -> None:
    proxies = TrackletProxies(torch.tensor([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), memory=0.5)
    proxies.follow(torch.tensor([0, 1]), torch.tensor([[0.0, 3.0], [0.0, 1.0]]))
    half = 0.5**0.5
    torch.testing.assert_close(proxies.vectors, torch.tensor([[half, half], [0.0, 1.0], [1.0, 0.0]]))
