"""The encoder of people from the command: a folder of tracklets to a descriptor with its gate, ONNX file and card."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.cli.app import main
from flatsort.data import InputError
from flatsort.embedding import load_descriptor
from flatsort.embedding.calibration import equal_error
from flatsort.train_embedding.people.request import People
from flatsort.train_embedding.people.tracklet_gate import tracklet_pairs

SETTINGS = ("steps=2", "widths=[4, 8, 8, 16]", "blocks=[0, 0, 0]", "dimension=16", "tracklets=8", "half=false")


def write_tracklets(path: Path, tracklets: int = 24, moments: int = 3) -> Path:
    """People of their own colours, every other one before a railing."""
    path.mkdir()
    random = np.random.default_rng(0)
    for tracklet in range(tracklets):
        colour = random.choice([0, 60, 200, 255], 3)
        for moment in range(moments):
            picture = np.full((128, 64, 3), 130, np.uint8)
            if tracklet % 2:
                picture[np.arange(128) % 24 < 4] = 60
            picture[20:120, 20 + moment : 44 + moment] = colour
            cv2.imwrite(str(path / f"{tracklet:04}_l{moment}.png"), picture)
    return path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["flatsort", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_a_folder_of_tracklets_becomes_a_descriptor(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, output = write_tracklets(tmp_path / "crops"), tmp_path / "out"
    changes = [part for change in SETTINGS for part in ("--set", change)]
    arguments = ("train", "mot16", "--data", folder, "--method", "people", "--output", output, "--quiet", *changes)
    assert run(monkeypatch, *arguments, "--data-licence", "drawn here") == 0
    said = capsys.readouterr().out
    assert "2 (all steps done)" in said
    assert "gate: euclidean distance" in said
    exported = load_descriptor(str(output / "model.onnx"))
    assert exported is not None
    assert (exported.dimension, exported.distance) == (16, "euclidean")
    assert 0 < exported.gate < 2
    card = (output / "model-card.md").read_text()
    assert "crops: 72 crops of 24 tracklets" in card
    assert "No identity label was read" in card
    assert "drawn here" in card
    assert run(monkeypatch, *arguments) == 2
    assert "holds a run already" in capsys.readouterr().err
    assert run(monkeypatch, *arguments, "--resume") == 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("step=3", "did you mean steps"),
        ("steps=0", "steps: 0 is not at least 1"),
        ("widths=[4, 8]", "widths"),
        ("views=30", "views: 30 of 24 tracklets"),
    ],
)
def test_wrong_settings_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, change: str, says: str
) -> None:
    folder = write_tracklets(tmp_path / "crops")
    arguments = ("--data", folder, "--method", "people", "--output", tmp_path / "out", "--quiet", "--set", change)
    assert run(monkeypatch, "train", "mot16", *arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(("option", "value"), [("architecture", "compact"), ("detections", Path("det.txt"))])
def test_what_it_does_not_take_is_refused(option: str, value: object) -> None:
    with pytest.raises(InputError, match=f"--{option}: --method people"):
        People(("crops",), Path("out"), method="people", **{option: value})  # type: ignore[arg-type]


def test_the_gate_parts_tracklets_of_known_vectors() -> None:
    tracklets = np.repeat(np.arange(6), 4)
    vectors = (np.eye(6)[tracklets] + np.random.default_rng(0).normal(0, 0.01, (24, 6))).astype(np.float32)
    different = ~np.eye(6, dtype=bool)
    different[0, 1] = different[1, 0] = False
    pairs = tracklet_pairs(vectors, tracklets, different)
    assert len(pairs.same) == 24
    assert len(pairs.different) == 24 * 4
    gate, error = equal_error(pairs)
    assert error == 0
    assert 0 < gate < 1
    alone = tracklet_pairs(vectors[::4], np.arange(6), different)
    assert len(alone.same) == 0
