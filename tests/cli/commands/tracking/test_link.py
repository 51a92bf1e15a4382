"""`flatsort link`: what it writes, and what it refuses."""

from __future__ import annotations

import csv
import shutil
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
        found.append(drawn.write_folder(tmp_path_factory.mktemp("link") / name, images="video"))
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


@pytest.fixture(scope="module")
def views(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One street seen from two sides at once, and another street; without images, with random looks of each person."""
    folder = tmp_path_factory.mktemp("views")
    faces = np.random.default_rng(0).normal(size=(13, 16))
    for name, seed, turned_by in (("front", 0, 0), ("back", 0, 180), ("elsewhere", 8, 0)):
        drawn = walkers_scene(seed, frames=300, people=12, size=(480, 270), turned_by=turned_by)
        drawn.name = name
        drawn.write_folder(folder / name)
        truth = drawn.ground_truth[drawn.ground_truth.scores > 0]
        ltwh = np.hstack((truth.boxes[:, :2], truth.boxes[:, 2:] - truth.boxes[:, :2])).round(2)
        looks = faces[truth.ids] + np.random.default_rng(turned_by).normal(0, 0.8, (len(truth), 16))
        looks /= np.linalg.norm(looks, axis=1, keepdims=True)
        rest = np.full((len(truth), 3), -1)
        rows = np.column_stack((truth.frames, np.full(len(truth), -1), ltwh, np.ones(len(truth)), rest, looks))
        np.save(folder / f"{name}.npy", rows.astype(np.float32))
        np.savetxt(folder / name / "det" / "det.txt", rows[:, :7], "%.2f", ",")
        (folder / "tracks").mkdir(exist_ok=True)
        np.savetxt(folder / "tracks" / f"{name}.txt", np.column_stack((truth.frames, truth.ids, ltwh)), "%.2f", ",")
    return folder


def test_cameras_that_overlap(run: Run, views: Path, tmp_path: Path) -> None:
    def linked(*names: str) -> str:
        words = [word for name in names for word in ("--source", views / name)]
        files = [views / "tracks" / f"{name}.txt" for name in names]
        more = ("--descriptor", f"npy:{views}", "--output", tmp_path / "linked", "--overlap")
        code, out, err = run("link", *files, *words, *more)
        assert (code, out) == (0, ""), err
        return err

    assert "--overlap" not in linked("front", "back")
    with (tmp_path / "linked" / "identities.csv").open() as file:
        rows = list(csv.DictReader(file))
    front, back = (
        {row["track"]: row["identity"] for row in rows if row["video"] == name} for name in ("front", "back")
    )
    both = front.keys() & back.keys()
    assert len(both) >= 8
    assert sum(front[person] == back[person] for person in both) >= len(both) - 1
    said = linked("front", "elsewhere")
    assert f"--overlap: {views / 'front'} and {views / 'elsewhere'}: too few people are seen by both" in said


def test_videos_that_do_not_both_tell_their_time_do_not_overlap(run: Run, views: Path, tmp_path: Path) -> None:
    shutil.copytree(views / "back", tmp_path / "back")
    info = tmp_path / "back" / "seqinfo.ini"
    info.write_text("\n".join(line for line in info.read_text().splitlines() if not line.startswith("frameRate")))
    words = [views / "tracks" / "front.txt", views / "tracks" / "back.txt", "--source", views / "front"]
    words += ["--source", tmp_path / "back", "--descriptor", f"npy:{views}", "--output", tmp_path / "linked"]
    assert run("link", *words, "--overlap").refuses(f"{tmp_path / 'back'}: does not say its frames a second")
    assert not (tmp_path / "linked").exists()
    assert run("link", *words)[0] == 0
