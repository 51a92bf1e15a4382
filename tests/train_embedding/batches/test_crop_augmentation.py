"""Augmented crops: what each part changes, and what it keeps."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flatsort.data.crops.labelled_crops import MARGIN, SIZE
from flatsort.train_embedding.batches import crop_augmentation
from flatsort.train_embedding.batches.crop_augmentation import augment, coarsen, colour, erase, jitter, occlude

WHOLE = (SIZE[0] + 2 * MARGIN[0], SIZE[1] + 2 * MARGIN[1])


def test_without_jitter_the_box_itself_is_read_or_its_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crop_augmentation, "SHIFT", 0.0)
    monkeypatch.setattr(crop_augmentation, "LOG_SCALE", 0.0)
    x = torch.rand(12, 3, *WHOLE)
    box = x[:, :, MARGIN[0] : -MARGIN[0], MARGIN[1] : -MARGIN[1]]
    found = jitter(x, SIZE, MARGIN, np.random.default_rng(0))
    plain = [torch.allclose(found[i], box[i], atol=1e-4) for i in range(12)]
    mirrored = [torch.allclose(found[i], box[i].flip(2), atol=1e-4) for i in range(12)]
    assert all(a != b for a, b in zip(plain, mirrored, strict=True))
    assert 0 < sum(plain) < 12


def test_jitter_reads_boxes_within_its_bounds() -> None:
    rows = torch.arange(WHOLE[0]).float()[:, None].expand(*WHOLE)
    found = jitter(rows.expand(200, 3, *WHOLE), SIZE, MARGIN, np.random.default_rng(0))
    spans = (found[:, 0, -1, 0] - found[:, 0, 0, 0]) / (SIZE[0] - 1)
    middles = (found[:, 0, SIZE[0] // 2, 0] - WHOLE[0] / 2) / SIZE[0]
    assert 0.89 < float(spans.min()) < 0.95 < 1.05 < float(spans.max()) < 1.11
    assert 0.04 < float(middles.abs().max()) < 0.07


def test_colour_scales_whole_channels_and_stays_in_range() -> None:
    x = torch.rand(30, 3, 8, 4) * 100 + 60
    found = colour(x, np.random.default_rng(0))
    assert float(found.min()) >= 0
    assert float(found.max()) <= 255
    ratio = found.mean((2, 3)) / x.mean((2, 3))
    assert 0.66 < float(ratio.min()) < 0.9 < 1.1 < float(ratio.max()) < 1.34
    spread = [np.corrcoef(a.flatten(), b.flatten())[0, 1] for a, b in zip(x[:, 0], found[:, 0], strict=True)]
    assert min(spread) > 0.999


def test_erasing_paints_one_rectangle_on_half_of_the_crops() -> None:
    x = torch.full((200, 3, 64, 32), -1.0)
    changed = (erase(x, np.random.default_rng(0)) != x).all(1)
    hit = changed.flatten(1).any(1)
    assert 0.4 < float(hit.float().mean()) < 0.6
    for mask in changed[hit]:
        rows, columns = mask.any(1).sum(), mask.any(0).sum()
        assert int(mask.sum()) == int(rows * columns)
        assert float(mask.float().mean()) < 0.36


def test_occlusion_brings_a_strip_of_another_crop_to_a_quarter_of_the_crops() -> None:
    x = torch.arange(200.0)[:, None, None, None].expand(200, 3, 64, 64)
    found = occlude(x, np.random.default_rng(0))
    changed = (found != x).all(1)
    hit = changed.flatten(1).any(1)
    assert 0.15 < float(hit.float().mean()) < 0.35
    for row in torch.nonzero(hit).flatten().tolist():
        mask = changed[row]
        assert mask[-1].any()  # every strip reaches the lower end
        assert 0.05 < float(mask.float().mean()) < 0.55
        assert len(found[row][:, mask].unique()) == 1


def test_coarse_crops_lose_detail_and_keep_their_colour() -> None:
    x = torch.rand(200, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found = coarsen(x, np.random.default_rng(0))
    detail = (found[..., 1:] - found[..., :-1]).abs().mean((1, 2, 3))
    coarse = detail < 0.5 * (x[..., 1:] - x[..., :-1]).abs().mean((1, 2, 3))
    assert 0.4 < float(coarse.float().mean()) < 0.6
    assert torch.equal(found[~coarse], x[~coarse])
    assert (found.mean((2, 3)) - x.mean((2, 3))).abs().max() < 0.02


def test_same_draws_same_crops_and_the_source_is_kept() -> None:
    crops = np.random.default_rng(0).integers(0, 256, (4, *WHOLE, 3), dtype=np.uint8)
    before = crops.copy()
    one, again, other = (augment(crops, SIZE, MARGIN, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert one.shape == (4, 3, *SIZE)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    np.testing.assert_array_equal(crops, before)
