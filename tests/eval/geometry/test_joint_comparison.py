"""Joints compared between two decoders of known roughness."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from flatsort.data.experiments.dataset import DataSet
from flatsort.eval.geometry.joint_comparison import compare_joints
from flatsort.eval.geometry.latent_view import LatentView


def view(scale: tuple[float, float, float], noise: float = 0.0) -> LatentView:
    """A decoder whose channels bend by `scale`, the second one unlike at other places by `noise`."""
    row = np.zeros((2, 3), np.float32)
    points = np.random.default_rng(0).normal(size=(200, 2))

    def decode(z: Tensor) -> Tensor:
        bend = z.square().sum(1)
        unlike = noise * torch.sin(3 * z[:, 0])
        return torch.stack([scale[0] * bend, scale[1] * bend + unlike, scale[2] * bend], dim=1)

    dataset = DataSet("toy", "metre", row, row, row, {}, channels=("a", "b", "c"))
    return LatentView("toy", dataset, decode, points, np.zeros(200), {}, np.zeros(200))


def test_ratios_are_those_of_the_roughness_and_are_sure_where_it_only_scales() -> None:
    found = compare_joints(view((0.5, 1.0, 2.0)), view((1.0, 1.0, 1.0)), pairs=100)
    assert found.ratio == pytest.approx([0.5, 1.0, 2.0], rel=1e-3)
    assert found.low == pytest.approx([0.5, 1.0, 2.0], rel=1e-3)
    assert (found.verdicts["smoother"], found.verdicts["rougher"]) == (1, 1)


def test_what_differs_at_random_places_has_a_wide_interval() -> None:
    found = compare_joints(view((1.0, 1.0, 1.0), noise=0.5), view((1.0, 1.0, 1.0)), pairs=100)
    assert found.high[1] - found.low[1] > 100 * (found.high[0] - found.low[0])


def test_views_of_other_rows_are_refused() -> None:
    one = view((1.0, 1.0, 1.0))
    with pytest.raises(ValueError, match="second: 100 rows"):
        compare_joints(one, replace(one, points=one.points[:100]))
