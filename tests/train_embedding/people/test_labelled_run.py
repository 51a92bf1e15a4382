"""The encoder of people with labels: who is another, who is whose match, and that they are what is learned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from flatsort.data import InputError
from flatsort.data.crops.tracklet_identities import UNKNOWN, TrackletIdentities
from flatsort.data.crops.tracklet_sources import Tracklets
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.people.labelled_run import LabelledPeopleRun
from flatsort.train_embedding.people.request import People

SETTINGS = PeopleSettings(
    widths=(4, 8, 8, 16), blocks=(0, 0, 0), dimension=16, steps=60, tracklets=12, others=2, narrow=1, half=False,
    colours_alone=0.0, pair_every=5, learning_rate=1e-2,
)  # fmt: skip
# Twelve tracklets of a folder, 0 before three cameras and 5 before one, and two of a sequence, seen side by side.
PEOPLE = np.array([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 5, UNKNOWN, UNKNOWN])
CAMERAS = np.array([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, UNKNOWN, UNKNOWN])


@pytest.fixture(scope="module")
def task() -> LabelledPeopleRun:
    random = np.random.default_rng(0)
    colours = random.choice([0, 60, 130, 200, 255], (8, 3))
    person = np.where(PEOPLE == UNKNOWN, [*range(12), 6, 7], PEOPLE)
    tracklets = np.repeat(np.arange(len(PEOPLE)), 3)
    crops = np.full((len(tracklets), 128, 64, 3), 110.0) + 30 * CAMERAS[tracklets][:, None, None, None]
    crops[:, 20:120, 18:46] = colours[person[tracklets]][:, None, None]
    crops = np.clip(crops + random.normal(0, 5, crops.shape), 0, 255).astype(np.uint8)
    folder = PEOPLE != UNKNOWN
    together = ~folder[:, None] & ~folder[None] & ~np.eye(len(PEOPLE), dtype=bool)
    data = Tracklets(("folder", "walk"), crops, tracklets, (~folder).astype(np.int64), folder, together)
    run = LabelledPeopleRun(SETTINGS, data, TrackletIdentities(PEOPLE, CAMERAS), 0)
    run.resize(32)
    return run


def test_who_is_known_to_be_another(task: LabelledPeopleRun) -> None:
    different = task.different.numpy()
    assert np.array_equal(different[:12, :12], PEOPLE[:12, None] != PEOPLE[None, :12])
    assert not different[12:, :12].any()  # people of another source may be anybody
    assert different[12, 13]
    assert not different.diagonal().any()
    assert np.array_equal(different, different.T)


def test_matches_are_one_person_before_another_camera(task: LabelledPeopleRun) -> None:
    chosen = set()
    for step in range(20):
        task.step = step
        task.pair()
        match = task.proxies.match.numpy()
        known = np.flatnonzero(match >= 0)
        assert known.tolist() == list(range(11))  # not the one who was seen once, and not the sequence's
        assert np.array_equal(PEOPLE[known], PEOPLE[match[known]])
        assert (CAMERAS[known] != CAMERAS[match[known]]).all()
        assert np.array_equal(task.proxies.confidence.numpy(), match >= 0)
        chosen.add(int(match[0]))
    task.step = 0
    assert chosen == {5, 10}


def test_crops_of_one_person_are_drawn_together(task: LabelledPeopleRun) -> None:
    rows = np.flatnonzero(np.isin(task.data.tracklets, [0, 5, 1]))
    own = task.data.tracklets[rows]
    near = torch.eye(6)[torch.from_numpy(PEOPLE[own])]
    alike_by_tracklet = torch.eye(6)[torch.from_numpy(own)]
    assert float(task.beside(near, rows)) < float(task.beside(alike_by_tracklet, rows))


def test_it_learns_who_is_who(task: LabelledPeopleRun) -> None:
    losses = []
    for step in range(SETTINGS.steps):
        task.advance(step / SETTINGS.steps)
        losses.append(task.row()["other"])
    assert np.mean(losses[-10:]) < np.mean(losses[:10])
    assert task.pairing.confidence == 1
    assert task.about()["identities"] == 6


def test_methods_without_labels_refuse_identities() -> None:
    for method in ("people", "deepsort"):
        assert People(("crops",), Path("out"), method=method, identities=Path("who.csv")).supervised
    assert not People(("crops",), Path("out"), method="people").supervised
    with pytest.raises(InputError, match="--identities: names identities, and --method fmvae reads none"):
        People(("crops",), Path("out"), method="fmvae", identities=Path("who.csv"))
