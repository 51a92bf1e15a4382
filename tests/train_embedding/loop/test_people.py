"""Label-free learning across cameras on drawn people: it goes on exactly, pairs the right people, and saves a model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from flatsort.data import InputError
from flatsort.data.crops.tracklet_sources import Tracklets
from flatsort.embedding import load_descriptor
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.train_embedding.batches.camera_views import views_of
from flatsort.train_embedding.loop.loop import INTERRUPTED, Result, run
from flatsort.train_embedding.loop.people import PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.loop.state import MODEL_FILE

PEOPLE = 16
Stop = Callable[[], bool] | None
SMALL = PeopleSettings(
    widths=(4, 8, 8, 16), blocks=(0, 0, 0), dimension=16, steps=6, tracklets=8, others=2, pair_from=2, pair_every=2,
    pair_steps=0, narrow=0.5, half=False, log_every=1, save_every=100,
)  # fmt: skip


def drawn(moments: int = 2, others: int = 3) -> Tracklets:
    """People in colours of their own, each seen striding by one camera and standing by another; and a sequence's.

    Tracklet k and tracklet k + PEOPLE are one person.
    """
    random = np.random.default_rng(0)
    clothes = random.choice([0, 30, 60, 200, 230, 255], (PEOPLE + others, 2, 3))  # none is the ground's grey
    crops, tracklets = [], []
    rows, columns = np.mgrid[:128, :64]
    for tracklet in range(2 * PEOPLE + others):
        person = tracklet % PEOPLE if tracklet < 2 * PEOPLE else tracklet - PEOPLE
        stride = 0.35 if tracklet < PEOPLE else 0.0
        for _ in range(moments):
            picture = np.full((128, 64, 3), 150 if stride else 110, float)
            if stride:  # a railing
                picture[(rows % 24 < 4) & (np.abs(columns - 32) > 15)] = 60
            shift = random.uniform(-3, 3)
            picture[(np.abs(columns - 32 - shift) < 14) & (rows > 20) & (rows <= 60)] = clothes[person, 0]
            for side in (-1, 1):
                leg = np.abs(columns - 32 - shift - side * (6 + stride * (rows - 60))) < 6
                picture[leg & (rows > 60)] = clothes[person, 1]
            crops.append(np.clip(picture + random.normal(0, 4, picture.shape), 0, 255).astype(np.uint8))
            tracklets.append(tracklet)
    count = 2 * PEOPLE + others
    sources = np.where(np.arange(count) < 2 * PEOPLE, 0, 1)
    together = (sources[:, None] == 1) & (sources[None] == 1) & ~np.eye(count, dtype=bool)
    return Tracklets(("folder", "walk"), np.stack(crops), np.array(tracklets), sources, sources == 0, together)


def train_encoder(
    data: Tracklets, output: Path, settings: PeopleSettings, seed: int = 0, resume: bool = False, stop: Stop = None
) -> Result:
    return run(PeopleRun(settings, data, seed), output, resume=resume, quiet=True, stop=stop)


@pytest.fixture(scope="module")
def data() -> Tracklets:
    return drawn()


def test_views_are_told_apart_and_sequences_have_none(data: Tracklets) -> None:
    views = views_of(data, 2, seed=0)
    assert views.tolist() == [0] * PEOPLE + [1] * PEOPLE + [-1] * 3
    with pytest.raises(InputError, match="folder: views: 20"):
        views_of(data, 20, seed=0)


def test_who_is_known_to_be_another(data: Tracklets) -> None:
    different = PeopleRun(SMALL, data, 0).different
    assert bool(different[0, 1])
    assert not different[0, PEOPLE : 2 * PEOPLE + 3].any()  # the other view may hold the same person
    assert bool(different[-1, -2])
    assert not different.diagonal().any()
    apart = PeopleRun(replace(SMALL, sources_apart=True), data, 0).different
    assert bool(apart[0, 2 * PEOPLE : 2 * PEOPLE + 3].all())
    assert not apart[0, PEOPLE : 2 * PEOPLE].any()


def test_an_interrupted_run_goes_on_exactly(tmp_path: Path, data: Tracklets) -> None:
    whole = train_encoder(data, tmp_path / "whole", settings=SMALL)
    steps = iter([False, False, False, True])
    part = train_encoder(data, tmp_path / "parts", settings=SMALL, stop=lambda: next(steps))
    assert (part.step, part.reason) == (4, INTERRUPTED)
    with pytest.raises(InputError, match="holds a run already"):
        train_encoder(data, tmp_path / "parts", settings=SMALL)
    train_encoder(data, tmp_path / "parts", settings=SMALL, resume=True)
    one, other = (read_checkpoint(tmp_path / name / MODEL_FILE).tensors for name in ("whole", "parts"))
    assert whole.step == 6
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name
    history = json.loads((tmp_path / "whole" / "history.json").read_text())["history"]
    assert history["step"] == [1, 2, 3, 4, 5, 6]
    assert history["pairs"][1] == 0 < history["pairs"][2]
    assert history == json.loads((tmp_path / "parts" / "history.json").read_text())["history"]


def test_a_run_resumed_otherwise_is_refused(tmp_path: Path, data: Tracklets) -> None:
    with pytest.raises(InputError, match="no training state"):
        train_encoder(data, tmp_path, settings=SMALL, resume=True)
    train_encoder(data, tmp_path, settings=replace(SMALL, steps=1))
    with pytest.raises(InputError, match="was trained with seed = 0, not 1"):
        train_encoder(data, tmp_path, settings=replace(SMALL, steps=1), seed=1, resume=True)


def test_learning_pairs_the_right_people(data: Tracklets) -> None:
    settings = replace(
        SMALL, steps=40, pair_from=20, pair_every=10, tracklets=32, narrow=1, colours_alone=0.0, strong=0.0
    )
    task = PeopleRun(settings, data, seed=0)
    losses = []
    for step in range(41):
        task.advance(step / 41)
        losses.append(task.row())
    matched = np.flatnonzero(task.proxies.match.numpy() >= 0)
    right = task.proxies.match.numpy()[matched] % PEOPLE == matched % PEOPLE
    assert len(matched) >= PEOPLE
    assert right.mean() > 0.7
    assert np.mean([row["own"] for row in losses[-5:]]) < np.mean([row["own"] for row in losses[:5]])
    assert losses[-1]["other"] > 0 == losses[10]["other"]


@pytest.mark.parametrize("without", [replace(SMALL, own=0.0), replace(SMALL, strong=0.0)])
def test_a_part_that_is_left_out_changes_the_step(data: Tracklets, without: PeopleSettings) -> None:
    whole, less = (PeopleRun(settings, data, 0) for settings in (SMALL, without))
    for task in (whole, less):
        task.advance(0.0)
    one, other = (next(iter(task.network.parameters())) for task in (whole, less))
    assert not torch.equal(one, other)


def test_the_saved_model_is_a_descriptor(tmp_path: Path, data: Tracklets) -> None:
    result = train_encoder(data, tmp_path, settings=replace(SMALL, steps=2))
    descriptor = load_descriptor(str(result.model), gate=1.0)
    assert descriptor is not None
    vectors = descriptor(data.crops[0], np.array([[0.0, 0.0, 64.0, 128.0]]))
    assert vectors.shape == (1, 16)
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    assert descriptor.distance == "euclidean"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("steps", 0), ("views", 1), ("temperature", 0.0), ("alignment", -1.0), ("own", -1.0), ("pair_first", 1.5),
        ("strong", 1.5), ("narrow", -0.1), ("drop", 1.0), ("widths", (4, 4, 4)),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        replace(SMALL, **{field: value})  # type: ignore[arg-type]


def test_crops_grow_with_the_run() -> None:
    assert [SMALL.width_at(share) for share in (0, 0.49, 0.5, 1)] == [32, 32, 64, 64]
