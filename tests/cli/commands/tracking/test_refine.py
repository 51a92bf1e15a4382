"""`flatsort refine`: tracks of a drawn scene in, better ones out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import read_tracks
from flatsort.data.walkers.scene import walkers_scene
from tests.conftest import Run


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refine") / "walk"
    drawn = walkers_scene(frames=90, people=8, size=(320, 180))
    drawn.name = "walk"
    drawn.write_folder(folder, images="video")
    return folder


@pytest.fixture
def tracks(run: Run, scene: Path, tmp_path: Path) -> Path:
    assert run("track", scene, "--output", tmp_path / "tracks", "--quiet")[0] == 0
    return tmp_path / "tracks" / "walk.txt"


def test_filled_boxes_have_no_detection(run: Run, scene: Path, tracks: Path, tmp_path: Path) -> None:
    lines = tracks.read_text().splitlines(keepends=True)
    tracks.write_text("".join(line for line in lines if not line.startswith(("40,", "41,"))))
    code, out, err = run("refine", tracks, "--source", scene, "--output", tmp_path / "a.csv")
    assert (code, out) == (0, "")
    assert "boxes filled in" in err
    before, after = read_tracks(tracks), read_tracks(tmp_path / "a.csv")
    assert len(after) > len(before)
    old = {(frame, identity) for frame, identity in zip(before.frames.tolist(), before.ids.tolist(), strict=True)}
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    new = [row for row in rows if (int(row["frame"]), int(row["id"])) not in old]
    assert new
    assert {row["detection"] for row in new} <= {"", "-1"}
    assert any(row["detection"] not in ("", "-1") for row in rows)


def test_stored_looks_give_what_images_give(run: Run, scene: Path, tracks: Path, tmp_path: Path) -> None:
    assert run("embed", scene, "--descriptor", "hsv", "--output", tmp_path / "hsv.npy", "--quiet")[0] == 0
    made = []
    for number, name in enumerate(("hsv", f"npy:{tmp_path / 'hsv.npy'}")):
        path = tmp_path / f"{number}.txt"
        assert run("refine", tracks, "--source", scene, "--descriptor", name, "--output", path, "--quiet") == (
            0,
            "",
            "",
        )
        made.append(path.read_bytes())
    assert made[0] == made[1]


def test_a_bare_video_is_described_at_the_tracks_own_boxes(run: Run, scene: Path, tracks: Path, tmp_path: Path) -> None:
    video = next(scene.glob("video.*"))
    output = tmp_path / "bare.txt"
    assert run("refine", tracks, "--source", video, "--descriptor", "hsv", "--output", output, "--quiet")[0] == 0
    assert len(read_tracks(output)) >= len(read_tracks(tracks))
    assert np.isin(read_tracks(output).ids, read_tracks(tracks).ids).all()


@pytest.mark.parametrize(
    ("words", "said"),
    {
        "live": (["--source", "0"], "is live"),
        "no source": (["--source", "nothing"], "no such file"),
        "two aims": (["--source", "{scene}", "--fill-only", "--descriptor", "hsv"], "--fill-only"),
        "other vectors": (["--source", "{scene}", "--descriptor", "npy:nothing.npy"], "nothing.npy"),
    }.values(),
)
def test_bad_input_is_one_line(
    run: Run, scene: Path, tracks: Path, tmp_path: Path, words: list[str], said: str
) -> None:
    given = [word.format(scene=scene) for word in words]
    code, out, err = run("refine", tracks, *given, "--output", tmp_path / "a.txt")
    assert code == 2
    assert out == ""
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "a.txt").exists()


def test_tracks_are_not_written_over(run: Run, scene: Path, tracks: Path) -> None:
    before = tracks.read_bytes()
    code, _, err = run("refine", tracks, "--source", scene, "--output", tracks)
    assert code == 2
    assert "input of this command" in err
    assert tracks.read_bytes() == before
