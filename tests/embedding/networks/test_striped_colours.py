"""The striped colour histogram as a layer, against the descriptor `hsv` and OpenCV."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flatsort.data.opencv import import_cv2
from flatsort.embedding.networks.striped_colours import StripedColours, soft_bins, to_hsv

cv2 = import_cv2()
MEAN, STD = (0.4, 0.5, 0.6), (0.2, 0.25, 0.3)


def layer() -> StripedColours:
    colours = StripedColours()
    colours.channel_mean.copy_(torch.tensor(MEAN))
    colours.channel_std.copy_(torch.tensor(STD))
    return colours


def standardised(rgb: torch.Tensor) -> torch.Tensor:
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    return (rgb - mean) / std


def test_hsv_is_opencvs() -> None:
    rgb = np.random.default_rng(0).random((40, 30, 3)).astype(np.float32)
    hue, saturation, value = cv2.split(cv2.cvtColor(rgb, cv2.COLOR_RGB2HSV))  # degrees, [0, 1], [0, 1]
    found = to_hsv(torch.from_numpy(rgb).permute(2, 0, 1)[None])
    turned = (found[0][0].numpy() - hue / 360 + 0.5) % 1 - 0.5
    np.testing.assert_allclose(turned, 0, atol=1e-4)
    np.testing.assert_allclose(found[1][0], saturation, atol=1e-4)
    np.testing.assert_allclose(found[2][0], value, atol=1e-6)


@pytest.mark.parametrize("circular", [False, True])
def test_soft_bins_share_a_value_out(circular: bool) -> None:
    values = torch.linspace(0, 1, 101)
    shares = soft_bins(values, 8, circular)
    torch.testing.assert_close(shares.sum(-1), torch.ones(101))
    assert shares[int(100 * 0.5 / 8)].argmax() == 0
    ends = (0, 7) if circular else (0,)  # red lies on both ends of the circle
    assert shares[0].nonzero().flatten().tolist() == list(ends)


def test_a_stripe_holds_its_own_colours_however_they_are_mixed() -> None:
    red, blue = torch.tensor([0.9, 0.1, 0.1]), torch.tensor([0.1, 0.1, 0.9])
    picture = blue[:, None, None].repeat(1, 64, 64)
    picture[:, :32] = red[:, None, None]
    out = layer()(standardised(picture)[None])[0].reshape(8, -1) / StripedColours.scale
    assert out.shape == (8, 128)
    torch.testing.assert_close(out[:4], out[:1].expand(4, -1))
    torch.testing.assert_close(out[4:], out[4:5].expand(4, -1))
    # A histogram: squares that sum to 1, but for what is added beneath the root.
    torch.testing.assert_close(out.square().sum(1), torch.full((8,), 1 + 128 * StripedColours.empty))
    assert float((out[0] * out[4]).sum()) < 0.05  # nothing in common


def test_the_middle_counts_most_and_a_mirrored_crop_is_the_same() -> None:
    colours, grey = layer(), torch.full((3, 64, 64), 0.5)
    painted = {}
    for name, columns in (("side", slice(0, 8)), ("middle", slice(28, 36))):
        picture = grey.clone()
        picture[0, :, columns] = 0.9
        painted[name] = picture
    plain, side, middle = (colours(standardised(p)[None])[0] for p in (grey, painted["side"], painted["middle"]))
    assert (middle - plain).norm() > 2 * (side - plain).norm()
    mirrored = colours(standardised(painted["side"].flip(2))[None])[0]
    torch.testing.assert_close(mirrored, side)


@pytest.mark.parametrize("level", [40, 64, 128, 200, 255])
def test_grey_has_no_hue_that_turns_on_rounding(level: int) -> None:
    grey = torch.full((3, 64, 64), level / 255)
    bluer, redder = grey.clone(), grey.clone()
    bluer[2] -= 1 / 255
    redder[0] -= 1 / 255
    colours = layer()
    plain, one, other = (colours(standardised(p)[None])[0] for p in (grey, bluer, redder))
    assert (one - other).norm() < 0.2 * plain.norm()
    # The order of the arithmetic, as training and inference standardise in different ones, changes nothing.
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    torch.testing.assert_close(colours((grey * (1 / std) - mean / std)[None])[0], plain)


def test_half_precision_around_it_changes_nothing() -> None:
    x = standardised(torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0)))[None]
    with torch.autocast("cpu", torch.bfloat16):
        found = layer()(x)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, layer()(x))


def test_a_small_change_of_light_changes_little() -> None:
    picture = torch.rand(3, 64, 64, generator=torch.Generator().manual_seed(0)) * 0.8
    colours = layer()
    plain, brighter = (colours(standardised(p)[None])[0] for p in (picture, picture * 1.02))
    assert (plain - brighter).norm() < 0.1 * plain.norm()
