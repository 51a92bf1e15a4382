"""One source in other ways: every N-th frame, onto standard output, in a window."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data.files.tracks import read_tracks
from tests.cli.two_people import FRAMES, write_sequence
from tests.conftest import ROOT, Run


def test_every_third_frame(run: Run, tmp_path: Path) -> None:
    """The frames keep their numbers, and those who walk keep their ids."""
    sequence = write_sequence(tmp_path / "walk")
    given = ("--every", 3, "--n-init", 1, "--output", tmp_path / "out", "--quiet")
    assert run("track", sequence, *given) == (0, "", "")
    tracks = read_tracks(tmp_path / "out" / "walk.txt")
    assert set(tracks.frames.tolist()) == set(range(1, FRAMES + 1, 3))
    assert set(tracks.ids.tolist()) == {1}  # the other is below what the detector is sure of


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".jsonl"])
def test_a_file_of_its_own_in_the_format_of_its_name(run: Run, tmp_path: Path, suffix: str) -> None:
    sequence, file = write_sequence(tmp_path / "walk"), tmp_path / "out" / f"one{suffix}"
    assert run("track", sequence, "--output", file).err == f"wrote {file} ({FRAMES} frames)\n"
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert run("track", sequence, "--output", tmp_path / "folder", "--quiet").code == 0
    expected, found = read_tracks(tmp_path / "folder" / "walk.txt"), read_tracks(file)
    assert found.ids.tolist() == expected.ids.tolist()
    np.testing.assert_allclose(found.boxes, expected.boxes, atol=0.01)
    given = ("track", sequence, "--output", file, "--quiet")
    first = file.read_bytes()
    assert run(*given, "--workers", 1).code == 0  # the same elsewhere
    assert file.read_bytes() == first
    assert run(*given, "--format", "parquet").refuses(f"--format: is parquet, and --output ends in {suffix}")
    assert run("track", sequence, sequence, *given[2:]).refuses("--output: is one file for 2 sources")
    assert run("track", sequence, "--output", tmp_path / "one.mp4").refuses(
        "one.mp4 is not the name of what is written; name a folder, or for one source a file that ends in .txt, .csv"
    )
    assert not (tmp_path / "one.mp4").exists()


def test_standard_output_has_the_same_tracks_as_a_file(run: Run, tmp_path: Path) -> None:
    sequence = write_sequence(tmp_path / "walk")
    assert run("track", sequence, "--output", tmp_path / "out", "--quiet").code == 0
    answer = run("track", sequence, "--output", "-", "--quiet")
    assert (answer.code, answer.err) == (0, "")
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert [line["frame"] for line in lines] == list(range(1, FRAMES + 1))
    tracks = read_tracks(tmp_path / "out" / "walk.txt")
    assert [track["id"] for line in lines for track in line["tracks"]] == tracks.ids.tolist()
    ltwh = np.array([track["bbox"] for line in lines for track in line["tracks"]])
    np.testing.assert_allclose(ltwh[:, :2], tracks.boxes[:, :2], atol=0.01)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--output", "-", "--report"), "--output: is standard output, and there is --report; name a folder"),
        (("--output", "-", "--workers", "2"), "--output: is standard output, and there is --workers"),
        (("--output", "-", "--format", "csv"), "--format: is csv, and standard output takes JSON lines"),
        (("--output", "o", "--show", "--workers", "2"), "--show: needs this process"),
        (("--output", "o", "--show"), "--show: walk has no images"),
    ],
)
def test_options_that_contradict_each_other(run: Run, tmp_path: Path, given: tuple[str, ...], message: str) -> None:
    sequence = write_sequence(tmp_path / "walk")
    given = tuple(str(tmp_path / part) if part == "o" else part for part in given)
    assert message in run("track", sequence, *given).err


@pytest.mark.parametrize(
    ("given", "option"), [(("--output", "-"), "--output -"), (("--show", "--output", "o"), "--show")]
)
def test_two_cameras_have_neither_one_window_nor_one_output(run: Run, given: tuple[str, ...], option: str) -> None:
    assert run("track", "0", "1", "--detector", "motion", *given).refuses(f"{option}: is for one camera or stream")


def show(folder: Path, output: Path, *before: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flatsort", "track", str(folder), "--show", "--output", str(output), "--quiet"]
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [*before, *command], cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=600, check=False
    )


def test_without_a_screen_no_window_can_be_opened(tmp_path: Path) -> None:
    end = show(write_sequence(tmp_path / "walk", images=True), tmp_path / "out", QT_QPA_PLATFORM="xcb")
    assert end.returncode == 2
    assert "--show: no window can be opened; run it where there is a screen" in end.stderr


@pytest.mark.skipif(shutil.which("xvfb-run") is None, reason="needs xvfb-run (Debian: xvfb) for a screen")
def test_the_window_shows_and_the_tracks_are_the_same(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "walk", images=True)
    end = show(folder, tmp_path / "out", "xvfb-run", "-a")
    assert (end.returncode, end.stderr) == (0, "")
    assert run("track", folder, "--output", tmp_path / "plain", "--quiet").code == 0
    assert (tmp_path / "out" / "walk.txt").read_text() == (tmp_path / "plain" / "walk.txt").read_text()


def test_a_window_names_classes_where_there_are_several(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[int], list[str] | None]] = []

    class Blind(nullcontext[Any]):
        def show(self, index: int, image: Any, ids: Any, boxes: Any, kinds: Any) -> None:
            seen.append((ids.tolist(), None if kinds is None else kinds.tolist()))

        def __enter__(self) -> Any:
            return self

    monkeypatch.setattr("flatsort.tracker.drawing.window.Window", Blind)
    rows = [f"{f},-1,{10 + 4 * f},{10 + 50 * c},20,40,0.9,{c},-1,-1" for f in range(1, FRAMES + 1) for c in (0, 1)]
    folder = write_sequence(tmp_path / "street", rows, images=True)
    given = ("--show", "--output", tmp_path / "out", "--quiet")
    assert run("track", folder, *given).code == 0
    assert [kinds for _, kinds in seen] == [None] * FRAMES  # classes without names
    seen.clear()
    (folder / "det" / "names.txt").write_text("person\nbicycle\n")
    assert run("track", folder, *given).code == 0
    assert sorted(zip(*seen[-1], strict=True)) == [(1, "person"), (2, "bicycle")]
