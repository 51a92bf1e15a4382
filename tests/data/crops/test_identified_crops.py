"""Folders of crops with identities: from a table of tracklets or from the names, and what cannot be used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.identified_crops import joined, load_identified

TABLE = "tracklet,identity,camera\n7,30,2\n3,30,1\n5,10,1\n"


def write(path: Path, names: list[str]) -> Path:
    path.mkdir()
    for place, name in enumerate(names):
        cv2.imwrite(str(path / f"{name}.png"), np.full((64, 32, 3), 20 * place, np.uint8))
    return path


def tracklets(path: Path) -> Path:
    return write(path, ["3_l0", "3_l1", "5_l0", "7_d0"])


def test_a_table_says_who_the_tracklets_are(tmp_path: Path) -> None:
    table = tmp_path / "who.csv"
    table.write_text(TABLE)
    found = load_identified(tracklets(tmp_path / "crops"), table)
    assert found.names == ("crops",)
    assert found.identities.tolist() == [1, 1, 0, 1]
    assert found.frames.tolist() == [1001, 1002, 1001, 2001]
    assert found.crops.shape == (4, 160, 80, 3)
    assert [int(crop.min()) for crop in found.boxes] == [int(crop.max()) for crop in found.boxes] == [0, 20, 40, 60]
    assert int(found.crops[3].min()) == 60  # the margin repeats the edge


def test_names_say_who_is_seen(tmp_path: Path) -> None:
    found = load_identified(write(tmp_path / "crops", ["0002_c1_1", "0002_c2_1", "0009_c1_1"]))
    assert found.identities.tolist() == [0, 0, 1]
    assert found.frames.tolist() == [1001, 2001, 1001]


def test_identities_of_several_sources_are_numbered_on(tmp_path: Path) -> None:
    a = load_identified(write(tmp_path / "a", ["0002_c1_1", "0009_c1_1"]))
    b = load_identified(write(tmp_path / "b", ["0002_c1_1"]))
    both = joined([a, b])
    assert both.names == ("a", "b")
    assert both.identities.tolist() == [0, 1, 2]
    assert both.sequences.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (None, r"crops: does not say who its tracklets are; name the CSV file .* with --identities"),
        (TABLE[:-7], r"has no row for tracklet 5"),
        ("tracklet,who\n", r"who.csv, (line|row) 1: is not the header"),
        (TABLE + "8,x,1\n", r"who.csv, (line|row) 5: is no row of three whole numbers"),
        (TABLE + "7,1,1\n", r"who.csv, (line|row) 5: names tracklet 7 again"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, table: str | None, says: str) -> None:
    file = tmp_path / "who.csv"
    if table is not None:
        file.write_text(table)
    with pytest.raises(InputError, match=says):
        load_identified(tracklets(tmp_path / "crops"), None if table is None else file)
