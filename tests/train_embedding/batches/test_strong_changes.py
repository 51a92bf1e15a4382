"""Strong changes: each does what it says, within the values' range, as a function of the generator alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from flatsort.train_embedding.batches.strong_changes import changed, mirrored, move, relight, replace_background, strong

CROPS = np.random.default_rng(0).integers(0, 256, (64, 64, 32, 3), dtype=np.uint8)


def planes() -> Tensor:
    return torch.from_numpy(CROPS).permute(0, 3, 1, 2).float()


def test_changed_crops_keep_shape_and_range_and_repeat() -> None:
    one, again = (strong(CROPS, np.random.default_rng(4)) for _ in range(2))
    assert one.shape == (64, 3, 64, 32)
    assert float(one.min()) >= 0
    assert float(one.max()) <= 255
    assert torch.equal(one, again)
    assert not torch.equal(one, strong(CROPS, np.random.default_rng(5)))


def test_mirroring_alone_turns_half_and_changes_nothing_else() -> None:
    changed = mirrored(CROPS, np.random.default_rng(0))
    kept = (changed == planes()).flatten(1).all(1)
    turned = (changed == planes().flip(3)).flatten(1).all(1)
    assert bool((kept ^ turned).all())
    assert 16 <= int(turned.sum()) <= 48


def test_a_share_is_changed_strongly_and_the_rest_is_mirrored_alone() -> None:
    assert torch.equal(changed(CROPS, np.random.default_rng(1), 1.0), strong(CROPS, np.random.default_rng(1)))
    assert torch.equal(changed(CROPS, np.random.default_rng(1), 0.0), mirrored(CROPS, np.random.default_rng(1)))
    some = changed(CROPS, np.random.default_rng(1), 0.25)
    plain = (some == planes()).flatten(1).all(1) | (some == planes().flip(3)).flatten(1).all(1)
    assert 36 <= int(plain.sum()) <= 58  # of 64; 48 expected


@pytest.mark.parametrize("change", [move, replace_background, relight])
def test_a_change_leaves_its_input_alone(change: Callable[[Tensor, np.random.Generator], Tensor]) -> None:
    x = planes()
    changed = change(x, np.random.default_rng(0))
    assert torch.equal(x, planes())
    assert not torch.equal(changed, x)


def test_the_middle_stays_where_the_background_is_replaced() -> None:
    x = torch.arange(64.0)[:, None, None, None].expand(64, 3, 64, 32).contiguous()
    changed = replace_background(x, np.random.default_rng(0))
    moved = (changed - x).abs().amax(1)
    some = moved.amax((1, 2)) > 0.5
    assert 0.2 < float(some.float().mean()) < 0.6
    assert float(moved[:, 32, 15:17].max()) < 0.05 * 64
    assert float(moved[some][:, 32, [0, 31]].mean()) > 3


def test_moving_mirrors_half_and_keeps_means() -> None:
    ramp = torch.linspace(0, 255, 32).expand(200, 3, 64, 32)
    changed = move(ramp, np.random.default_rng(0))
    rising = changed[:, 0, 32, 24] > changed[:, 0, 32, 8]
    assert 0.35 < float(rising.float().mean()) < 0.65
    assert float(changed.mean()) == pytest.approx(127.5, abs=6)


def test_light_changes_as_a_whole_and_some_lose_their_colour() -> None:
    x = torch.tensor([200.0, 60.0, 20.0])[None, :, None, None].expand(300, 3, 4, 2)
    changed = relight(x, np.random.default_rng(0))
    assert torch.allclose(changed, changed[:, :, :1, :1].expand_as(changed), atol=1e-3)  # one colour stays one
    grey = (changed.amax((1, 2, 3)) - changed.amin((1, 2, 3))) < 1e-3
    assert 0.04 < float(grey.float().mean()) < 0.18
    order = changed[~grey, 0, 0, 0] > changed[~grey, 1, 0, 0]
    assert bool(order.all())
