"""`flatsort link`: what it writes, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import read_tracks
from flatsort.data.walkers.scene import walkers_scene
from tests.conftest import Run


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One drawn street twice, under two names: everybody is in both."""
    found = []
    for name in ("morning", "evening"):
        drawn = walkers_scene(frames=80, people=10, size=(320, 180))
        drawn.name = name
        drawn.write_folder(tmp_path_factory.mktemp("link") / name, images="video")
        found.append(tmp_path_factory.getbasetemp())
        found[-1] = next(tmp_path_factory.getbasetemp().glob(f"link*/{name}"))
    return found


def test_everybody_is_found_again(run: Run, scenes: list[Path], tmp_path: Path) -> None:
    assert run("track", *scenes, "--descriptor", "hsv", "--output", tmp_path / "tracks", "--quiet")[0] == 0
    files = [tmp_path / "tracks" / f"{scene.name}.txt" for scene in scenes]
    sources = [word for scene in scenes for word in ("--source", scene)]
    code, out, err = run("link", *files, *sources, "--descriptor", "hsv", "--output", tmp_path / "linked")
    assert (code, out) == (0, "")
    assert "identities" in err
    with (tmp_path / "linked" / "identities.csv").open() as file:
        rows = list(csv.DictReader(file))
    one, two = ({row["track"]: row["identity"] for row in rows if row["video"] == scene.name} for scene in scenes)
    assert one.keys() == two.keys()
    again = sum(one[track] == two[track] for track in one)
    assert again >= 0.7 * len(one)
    for scene in scenes:
        before, after = (read_tracks(folder / f"{scene.name}.txt") for folder in (files[0].parent, tmp_path / "linked"))
        np.testing.assert_array_equal(np.sort(before.boxes, axis=0), np.sort(after.boxes, axis=0))
        assert set(map(str, after.ids.tolist())) == {row["identity"] for row in rows if row["video"] == scene.name}


@pytest.mark.parametrize(
    ("words", "said"),
    {
        "one file": (["{one}", "--source", "{scene}", "--descriptor", "hsv"], "nothing to link"),
        "one source": (["{one}", "{two}", "--source", "{scene}", "--descriptor", "hsv"], "1 times for 2 files"),
        "no looks": (
            ["{one}", "{two}", "--source", "{scene}", "--source", "{scene}", "--descriptor", "none"],
            "says nothing",
        ),
        "one name in two formats": (
            ["{one}", "{other}", "--source", "{scene}", "--source", "{scene}", "--descriptor", "hsv"],
            "has the name of",
        ),
        "one name": (
            ["{one}", "{one}", "--source", "{scene}", "--source", "{scene}", "--descriptor", "hsv"],
            "has the name of",
        ),
    }.values(),
)
def test_bad_input_is_one_line(run: Run, scenes: list[Path], tmp_path: Path, words: list[str], said: str) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text("1,1,10,20,30,60\n", encoding="ascii")
    names = {
        "one": tmp_path / "one.txt",
        "two": tmp_path / "two.txt",
        "scene": scenes[0],
        "other": tmp_path / "one.csv",
    }
    code, out, err = run("link", *(word.format(**names) for word in words), "--output", tmp_path / "linked")
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "linked").exists()
