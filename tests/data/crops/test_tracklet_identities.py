"""Who the tracklets of several sources are."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.tracklet_identities import UNKNOWN, tracklet_identities
from flatsort.data.crops.tracklet_sources import Tracklets


def folder(path: Path, tracklets: list[int]) -> str:
    path.mkdir()
    for number in tracklets:
        cv2.imwrite(str(path / f"{number:04}_l0.png"), np.zeros((8, 4, 3), np.uint8))
    return str(path)


def of_sources(*counts: int) -> Tracklets:
    sources = np.repeat(np.arange(len(counts)), counts)
    t = len(sources)
    names = tuple(map(str, range(len(counts))))
    crops = np.zeros((t, 128, 64, 3), np.uint8)
    return Tracklets(names, crops, np.arange(t), sources, np.ones(t, bool), np.zeros((t, t), bool))


def test_folders_have_identities_of_their_own_and_sequences_none(tmp_path: Path) -> None:
    table = tmp_path / "who.csv"
    table.write_text("tracklet,identity,camera\n2,70,3\n4,10,1\n9,70,1\n")
    sources = [folder(tmp_path / "a", [2, 4, 9]), str(tmp_path / "video.mp4"), folder(tmp_path / "b", [4, 9])]
    found = tracklet_identities(sources, of_sources(3, 2, 2), table)
    assert found.people.tolist() == [1, 0, 1, UNKNOWN, UNKNOWN, 2, 3]
    assert found.cameras.tolist() == [1, 0, 0, UNKNOWN, UNKNOWN, 0, 0]


def test_what_it_cannot_tell_is_named(tmp_path: Path) -> None:
    table = tmp_path / "who.csv"
    table.write_text("tracklet,identity,camera\n2,70,3\n")
    with pytest.raises(InputError, match=r"who.csv: has no row for tracklet 4 of a"):
        tracklet_identities([folder(tmp_path / "a", [2, 4])], of_sources(2), table)
    with pytest.raises(InputError, match=r"who.csv: says who .* and --data has no such folder"):
        tracklet_identities([str(tmp_path / "video.mp4")], of_sources(2), table)
