"""The packaged encoder adapted to a video: it learns who is who there, is kept and taken again; failures have names."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError, open_sequence
from flatsort.data.progress import unwatched
from flatsort.embedding import load_descriptor
from flatsort.embedding.gate import gate_beside
from flatsort.embedding.networks.people import people_of
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.train_embedding.people.adapting import START, Adaptation, adapt

FRAMES = 24
FAST = Adaptation(steps=60, tracklets=8, copies=2)
# Nearly alike: what tells them apart is small beside what differs from frame to frame.
COLOURS = [(90, 90, 140), (100, 90, 120), (90, 110, 120)]


def write_walk(folder: Path, people: int = 3) -> Path:
    for inner in ("det", "img1"):
        (folder / inner).mkdir(parents=True)
    size = f"imWidth=200\nimHeight=160\nseqLength={FRAMES}\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nname=walk\nimDir=img1\nframeRate=10\nimExt=.png\n{size}")
    random = np.random.default_rng(0)
    rows = []
    for frame in range(1, FRAMES + 1):
        image = np.full((160, 200, 3), 60, np.float64)
        for place, colour in enumerate(COLOURS[:people]):
            left, top = 10 + 64 * place, 5 + frame
            image[top : top + 90, left : left + 40] = np.array(colour) * random.uniform(0.7, 1.4)
            rows.append(f"{frame},-1,{left},{top},40,90,0.9,-1,-1,-1")
        image += random.normal(0, 10, image.shape)
        cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), image.clip(0, 255).astype(np.uint8))
    (folder / "det" / "det.txt").write_text("\n".join(rows) + "\n")
    return folder


def test_it_starts_from_the_packaged_weights_and_is_taken_again(tmp_path: Path) -> None:
    sequence = open_sequence(write_walk(tmp_path / "walk"))
    file, said = adapt(sequence, tmp_path / "out", minutes=5, quiet=True, how=FAST, watch=unwatched)
    assert said == "72 crops of 3 tracklets, 60 steps (all steps done)"
    before, after = (people_of(read_checkpoint(path)) for path in (START, tmp_path / "out" / "model.safetensors"))
    old, new = before.state_dict(), after.state_dict()
    changed = {name for name in old if not bool((old[name] == new[name]).all())}
    assert "linear.weight" in changed
    assert not any(name.startswith("body") for name in changed)
    own = np.array(json.loads((tmp_path / "out" / "history.json").read_text())["history"]["own"])
    assert own[-1] < own[0]
    kept = file.read_bytes()
    again, said_again = adapt(sequence, tmp_path / "out", minutes=5, quiet=True, how=FAST, watch=unwatched)
    assert (again, again.read_bytes(), said_again) == (file, kept, said)


def test_the_result_has_a_gate_of_this_video(tmp_path: Path) -> None:
    sequence = open_sequence(write_walk(tmp_path / "walk"))
    file, _ = adapt(sequence, tmp_path / "out", minutes=5, quiet=True, how=FAST, watch=unwatched)
    gate = gate_beside(file)
    assert gate is not None
    assert gate.origin["sources"] == ["walk"]
    descriptor = load_descriptor(str(file))
    assert descriptor is not None
    assert descriptor.gate == gate.value


def test_no_time_leaves_one_step(tmp_path: Path) -> None:
    sequence = open_sequence(write_walk(tmp_path / "walk"))
    _, said = adapt(sequence, tmp_path / "out", minutes=0, quiet=True, how=FAST, watch=unwatched)
    assert said.endswith("1 steps (time budget of 0 minutes used)")


def test_one_person_tells_nobody_apart(tmp_path: Path) -> None:
    sequence = open_sequence(write_walk(tmp_path / "walk", people=1))
    with pytest.raises(InputError, match=r"no two people are seen side by side.*leave --adapt out"):
        adapt(sequence, tmp_path / "out", minutes=5, quiet=True, how=FAST, watch=unwatched)
    assert not (tmp_path / "out").exists()
