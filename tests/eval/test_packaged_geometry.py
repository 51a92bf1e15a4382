"""The packaged checkpoints are as flat as their cards say; the pendulum's needs no data files."""

from __future__ import annotations

import pytest
import torch

from flatsort.embedding.networks.vae import locate
from flatsort.embedding.weights.checkpoint import packaged_names, read_checkpoint
from flatsort.eval.geometry.latent_view import LOADERS, open_view
from flatsort.eval.geometry.report import flatness, mixed

NAMES = [f"pendulum/{method}" for method in ("fmvae", "vhp-vae")]


@pytest.mark.parametrize("name", NAMES)
def test_pendulum_reproduces_its_card(name: str) -> None:
    torch.set_num_threads(1)
    view = open_view(name)
    scores = read_checkpoint(locate(name)).metadata["training"]["scores"]
    found = flatness(view.decode, mixed(view, 0))
    assert found["condition_number"] == pytest.approx(scores["condition_number_mixed"], rel=1e-3)
    assert found["n_rdm_minus_1"] == pytest.approx(scores["n_rdm_minus_1_mixed"], rel=5e-3)


def test_flatness_is_what_sets_the_two_apart() -> None:
    flat, curved = (read_checkpoint(locate(name)).metadata["training"]["scores"] for name in NAMES)
    assert flat["condition_number_mixed"] < 1.15
    assert curved["condition_number_mixed"] - 1 > 3 * (flat["condition_number_mixed"] - 1)
    assert flat["reconstruction_error"] < 1.1 * curved["reconstruction_error"]


def test_packaged_checkpoints_are_small_and_have_cards() -> None:
    names = [name for name in packaged_names() if name.split("/")[0] in LOADERS]
    files = [locate(name) for name in names]
    assert len(files) == 6
    assert sum(file.stat().st_size for file in files) < 8e6
    for file in files:
        training = read_checkpoint(file).metadata["training"]
        assert {"data", "licence", "settings", "command", "seed", "commit", "scores"} <= training.keys()
        assert file.with_suffix(".md").is_file()
