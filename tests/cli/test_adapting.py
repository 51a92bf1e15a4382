"""`flatsort track --adapt`: train on the sequence, then track it; what it cannot do is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort.cli import adapting
from flatsort.train_embedding.people import adapting as training
from tests.conftest import Run
from tests.train_embedding.people.test_adapting import FAST, FRAMES, write_walk


@pytest.fixture
def walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training, "Adaptation", lambda: FAST)
    return write_walk(tmp_path / "walk")


def test_a_sequence_is_tracked_by_what_was_learned_from_it(run: Run, walk: Path, tmp_path: Path) -> None:
    answer = run("track", walk, "--adapt", 5, "--output", tmp_path / "out")
    assert answer.code == 0, answer
    assert "72 crops of 3 tracklets, 60 steps (all steps done)" in answer.err
    rows = [line.split(",") for line in (tmp_path / "out" / "walk.txt").read_text().splitlines()]
    assert {row[1] for row in rows} == {"1", "2", "3"}
    assert len({row[0] for row in rows}) == FRAMES
    folder = tmp_path / "out" / "walk.adapted"
    assert {"model.onnx", "model.onnx.gate.json", "model.safetensors"} <= {file.name for file in folder.iterdir()}
    first = (tmp_path / "out" / "walk.txt").read_bytes()
    assert run("track", walk, "--adapt", 5, "--output", tmp_path / "out", "--quiet").code == 0
    assert (tmp_path / "out" / "walk.txt").read_bytes() == first


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--descriptor", "hsv"], "--adapt: trains the encoder people, and the descriptor is hsv"),
        (["--preset", "sort"], "--preset: sort uses no descriptor"),
        (["--every", "2"], "--adapt: looks the whole source through, and there is --every"),
        (["--show"], "--adapt: looks the whole source through, and there is --show"),
    ],
)
def test_what_does_not_go_with_it(run: Run, walk: Path, tmp_path: Path, options: list[str], says: str) -> None:
    assert run("track", walk, "--adapt", 5, "--output", tmp_path / "out", *options).refuses(says)
    assert not (tmp_path / "out").exists()


def test_it_names_the_extra_that_is_missing(
    run: Run, walk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapting, "find_spec", lambda name: None)
    answer = run("track", walk, "--adapt", 5, "--output", tmp_path / "out")
    assert answer.refuses("--adapt: needs torch, which is not installed; pip install 'flatsort[train]'")


def test_a_stream_cannot_be_looked_through_first(run: Run, tmp_path: Path) -> None:
    answer = run("track", "rtsp://camera/1", "--adapt", 5, "--output", tmp_path / "out")
    assert answer.refuses("is live, and --adapt looks it through first")
