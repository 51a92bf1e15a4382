"""Views of tracklets, and a run that learns identity from them: resumed, it is the uninterrupted one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from flatsort.data.crops.tracklet_crops import TrackletCrops, load
from flatsort.data.errors import InputError
from flatsort.data.walkers.scene import walkers_scene
from flatsort.train_embedding.batches.tracklet_views import TrackletViews
from flatsort.train_embedding.loop.autoencoder import train
from flatsort.train_embedding.loop.trainer import Trainer
from flatsort.train_embedding.objective.identity import IdentityConfig
from flatsort.train_embedding.presets.settings import load_settings

FEW = ["batch=8", "points=2", "tracklets=8", "together=4", "evaluation_samples=8", "precision=32-true", "glue=1",
       "latents=16", "importance_samples=2"]  # fmt: skip


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> TrackletCrops:
    folder = tmp_path_factory.mktemp("scene") / "walkers"
    walkers_scene(frames=50).write_folder(folder, images="video")
    return load([folder])


def views(crops: TrackletCrops, **changes: Any) -> TrackletViews:
    return TrackletViews(crops, IdentityConfig(tracklets=8, together=4, **changes), seed=0, batch=4)


def test_two_views_of_each_tracklet_and_the_clean_crop_behind_some(crops: TrackletCrops) -> None:
    x, more = views(crops).views(3)
    assert x.shape == (16, 3, 64, 64)
    assert more.unknown.shape == (8, 8)
    assert more.rows.tolist() == [0, 4, 8, 12]
    assert more.target.shape == (4, 3, 64, 64)
    # Augmentation takes detail and hides parts, and it never leaves the crop as it is in all rows.
    difference = (x[more.rows] - more.target).abs().mean((1, 2, 3))
    assert float(difference.max()) > 0.1
    again, other = views(crops).views(3)[0], views(crops).views(4)[0]
    assert torch.equal(x, again)
    assert not torch.equal(x, other)


def test_without_augmentation_a_view_is_the_clean_crop(crops: TrackletCrops) -> None:
    x, more = views(crops, augment=False).views(3)
    assert torch.equal(x[more.rows], more.target)


def test_across_a_tracklet_each_crop_is_drawn_from_the_other_moment(crops: TrackletCrops) -> None:
    one = TrackletViews(crops, IdentityConfig(tracklets=8, together=4, augment=False, colours_alone=1.0), 0, 4)
    two = TrackletViews(crops, one.config, 0, 4, across=True)
    (x, own), (same, across) = one.views(3), two.views(3)
    assert torch.equal(x, same)
    assert torch.equal(own.target, across.target)
    assert across.rows.tolist() == [8, 12, 0, 4]
    assert across.colours_alone is not None  # v tells the shapes, so z may be read of colours
    assert across.colours_alone.all()


def test_colours_alone_are_read_of_some_views_that_are_not_reconstructed(crops: TrackletCrops) -> None:
    assert views(crops).views(3)[1].colours_alone is None
    more = views(crops, colours_alone=0.5).views(3)[1]
    assert more.colours_alone is not None
    assert more.colours_alone.shape == (16,)
    assert not more.colours_alone[more.rows].any()
    assert 0 < int(more.colours_alone.sum()) < 12
    assert int(views(crops, colours_alone=1.0).views(3)[1].colours_alone.sum()) == 12


def test_targets_are_standardised_as_the_data_set_is(crops: TrackletCrops) -> None:
    targets = torch.cat([views(crops).views(step)[1].target for step in range(30)])
    assert targets.mean((0, 2, 3)).abs().max() < 0.3
    assert (targets.std((0, 2, 3)) - 1).abs().max() < 0.3


def test_gluing_is_due_at_even_shares_of_the_run(crops: TrackletCrops) -> None:
    one = views(crops, glue=3)
    times = []
    for progress in np.linspace(0, 1, 101):
        if one.due(float(progress)):
            times.append(round(float(progress), 2))
            one.take(crops.tracklets)
    assert times == [0.25, 0.5, 0.75]


def test_a_resumed_run_equals_the_uninterrupted_one(
    crops: TrackletCrops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings("compact/fmvae-tracklets", [*FEW, 'data.sources=["-"]', "steps=6", "save_every=2"])
    assert settings.model.nuisance > 0
    train(settings, tmp_path / "whole", dataset=crops, quiet=True)
    advance = Trainer.advance

    def killed(trainer: Trainer, progress: float) -> None:
        if trainer.step == 5:  # after the gluing at step 3 and the checkpoint at step 4
            raise KeyboardInterrupt
        advance(trainer, progress)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            train(settings, tmp_path / "cut", dataset=crops, quiet=True)
    train(settings, tmp_path / "cut", dataset=crops, quiet=True, resume=True)
    for file in ("model.safetensors", "history.json"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    assert json.loads((tmp_path / "whole" / "history.json").read_text())["history"]["identity"][0] > 0


def test_identity_asks_for_tracklets() -> None:
    with pytest.raises(InputError, match=r"identity needs data\.name = tracklet-crops"):
        load_settings("compact/fmvae", ["identity.weight=1", 'data.sources=["-"]'])
    with pytest.raises(InputError, match=r"colours_alone: needs .* model\.colours = true"):
        load_settings("compact/fmvae-tracklets", ["model.colours=false", 'data.sources=["-"]'])
    with pytest.raises(InputError, match=r"z_alone: needs .* model\.nuisance above 0"):
        load_settings("compact/fmvae-tracklets", ["nuisance=0", "z_alone=0.5", 'data.sources=["-"]'])
    with pytest.raises(InputError, match="a batch of 128 reconstructs every view"):
        load_settings("compact/fmvae-tracklets", ["batch=128", "nuisance=0", "z_alone=0", 'data.sources=["-"]'])
