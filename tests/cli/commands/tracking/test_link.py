"""`flatsort link`: what it writes, and what it refuses."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
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
    sheets = {path.stem: cv2.imread(str(path)) for path in (tmp_path / "linked" / "people").iterdir()}
    assert sheets.keys() == {row["identity"] for row in rows}
    for identity, sheet in sheets.items():
        videos = len({row["video"] for row in rows if row["identity"] == identity})
        assert sheet.shape[1] == 56 + videos * 112 + (videos - 1) * 10
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


def test_videos_without_images_have_no_pictures(run: Run, tmp_path: Path) -> None:
    files, sources = [], []
    for name in ("one", "two"):
        drawn = walkers_scene(frames=20, people=3, size=(320, 180))
        drawn.name = name
        drawn.write_folder(tmp_path / name)
        rows = np.loadtxt(tmp_path / name / "det" / "det.txt", delimiter=",", ndmin=2)
        looks = np.random.default_rng(0).normal(size=(len(rows), 4))
        looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        np.save(tmp_path / f"{name}.npy", np.hstack((rows[:, :10], looks)).astype(np.float32))
        assert run("track", tmp_path / name, "--output", tmp_path / "tracks", "--quiet")[0] == 0
        files.append(tmp_path / "tracks" / f"{name}.txt")
        sources += ["--source", tmp_path / name]
    code, out, err = run("link", *files, *sources, "--descriptor", f"npy:{tmp_path}", "--output", tmp_path / "linked")
    assert (code, out) == (0, ""), err
    assert err.count("has no images, and is not in") == 2
    assert not list((tmp_path / "linked").glob("people/*"))
    assert (tmp_path / "linked" / "identities.csv").exists()
