"""`flatsort train mot16 --data`: from sequences to a descriptor that tracks, and what it refuses."""

from __future__ import annotations

import json
import os
import shlex
import signal
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from flatsort.data.walkers.scene import walkers_scene
from flatsort.embedding import load_descriptor
from flatsort.embedding.gate import Gate, read_gate, write_gate_beside
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.train_embedding.loop.trainer import Trainer
from tests.conftest import Run

FAST = [f"--set={change}" for change in ("steps=6", "batch=8", "points=2", "log_every=1", "evaluation_samples=8",
                                               "latents=16", "importance_samples=2")]  # fmt: skip


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of one sequence, `walkers`."""
    folder = tmp_path_factory.mktemp("scene")
    walkers_scene(frames=80, people=6, size=(480, 270)).write_folder(folder / "walkers", "video")
    return folder


def test_interrupted_and_resumed_it_becomes_a_descriptor_that_tracks(
    run: Run, tmp_path: Path, scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    train = ["train", "mot16", "--data", scene, "--output", out, "--data-licence", "drawn here", *FAST]
    advance = Trainer.advance

    def interrupted(trainer: Trainer, progress: float) -> None:
        if trainer.step == 2:
            os.kill(os.getpid(), signal.SIGINT)
        advance(trainer, progress)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "advance", interrupted)
        answer = run(*train, "--quiet")
    said = f"{out}: interrupted after step 3, which is saved; go on with the same command and --resume\n"
    assert (answer.code, answer.err) == (130, said)
    assert not (out / "model.onnx").exists()
    assert run(*train, "--quiet").refuses("holds a run already; add --resume")

    def gone(*arguments: object) -> Gate:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("flatsort.train_embedding.people.people.calibrated", gone)
        answer = run(*train, "--resume", "--quiet")
    assert answer.code == 130
    kept = "it is trained and kept, and is no descriptor yet"
    assert answer.err.endswith(f"{kept}; go on with the same command, --resume and --minutes 0\n")

    write_gate_beside(out / "model.safetensors", Gate("cosine", 0.5))  # of an earlier calibration
    answer = run(*train, "--resume", "--minutes", "0", "--quiet")
    assert answer.code == 0
    printed = answer.out.splitlines()
    assert "6 steps (all steps done)" in printed[0]
    assert json.loads((out / "history.json").read_text())["history"]["step"] == [1, 2, 3, 4, 5, 6]

    metadata = read_checkpoint(out / "model.safetensors").metadata
    gate = metadata["descriptor"]["gate"]
    assert (metadata["training"]["data"], metadata["training"]["data_licence"]) == (["walkers"], "drawn here")
    assert read_gate(out / "model.safetensors.gate.json").value == gate > 0
    session = onnxruntime.InferenceSession(str(out / "model.onnx"))
    described = json.loads(session.get_modelmeta().custom_metadata_map["flatsort"])
    assert (described["descriptor"]["gate"], described["data"], described["data_licence"]) == (
        gate, ["walkers"], "drawn here",
    )  # fmt: skip
    assert (out / "model.onnx").stat().st_size < 5_000_000

    card = (out / "model-card.md").read_text()
    error = f"{100 * metadata['gate']['error']:.1f} %"
    for said in ("walkers: ", "Licence of the data: drawn here.", "--resume", "(seed 0)", f"{gate:.4g}", error,
                 "| steps | 6 (all steps done) |", "N·RDM − 1", '"batch": 8', "No identity label"):  # fmt: skip
        assert said in card
    picture = cv2.imread(str(out / "samples.png"))
    assert picture.shape == (2 * 18 + 5 * 66, 12 * 66, 3)

    assert printed[-1].startswith("track with it: ")
    command = shlex.split(printed[-1].removeprefix("track with it: "))
    assert command[-2:] == ["--output", "tracks"]
    assert "--preset" not in command
    assert "- Use: `flatsort track SOURCE --descriptor model.onnx --output tracks`" in card
    assert run(*command[1:-1], tmp_path / "tracks").code == 0
    assert (tmp_path / "tracks" / "walkers.txt").stat().st_size > 0


def test_the_papers_vgg16_becomes_a_descriptor(run: Run, tmp_path: Path, scene: Path) -> None:
    options = ["--architecture", "paper/mot16", "--method", "vhp-vae", *FAST[:5], "--set=steps=2", "--quiet"]
    answer = run("train", "mot16", "--data", scene, "--output", tmp_path / "out", *options)
    assert answer.code == 0
    about = read_checkpoint(tmp_path / "out" / "model.safetensors").metadata
    assert about["training"]["settings"]["model"]["architecture"] == "paper-mot16"
    descriptor = load_descriptor(str(tmp_path / "out" / "model.onnx"))
    assert descriptor is not None
    assert descriptor.dimension == 128


def test_deepsort_is_trained_on_ground_truth_and_becomes_a_descriptor(run: Run, tmp_path: Path, scene: Path) -> None:
    out = tmp_path / "out"
    tiny = [f"--set={change}" for change in ("steps=2", "identities=2", "crops=2", "width=2")]
    train = ["train", "mot16", "--method", "deepsort", "--data", scene / "walkers", "--output", out, *tiny]
    answer = run(*train, "--quiet")
    assert answer.code == 0
    assert "2 steps (all steps done)" in answer.out
    card = (out / "model-card.md").read_text()
    assert "Identity labels were read." in card
    assert "Rank-1 on held-out identities" in card
    descriptor = load_descriptor(str(out / "model.onnx"))
    assert descriptor is not None
    assert (descriptor.dimension, descriptor.distance) == (128, "cosine")
    assert descriptor.gate == read_checkpoint(out / "model.safetensors").metadata["descriptor"]["gate"]


def one_person(folder: Path) -> list[str]:
    """Detections of one walker alone, side by side with nobody."""
    rows = [f"{k},-1,{100 + k},60,60,150,1" for k in range(1, 81)]
    (folder / "one.txt").write_text("\n".join(rows) + "\n")
    return ["--detections", str(folder / "one.txt")]


def few(folder: Path) -> list[str]:
    """Eleven detections."""
    (folder / "few.txt").write_text("\n".join(f"{k},-1,100,60,60,150,1" for k in range(1, 12)) + "\n")
    return ["--detections", str(folder / "few.txt")]


def nobody(folder: Path) -> list[str]:
    """A file of detections without a row."""
    (folder / "nobody.txt").write_text("")
    return ["--detections", str(folder / "nobody.txt")]


WRONG = {
    # name: (options after `train`, what the one line says); VIDEO and SCENE stand for the files
    "no data": (["mot16"], "--data: is missing; name sequences"),
    "unknown method": (["mot16", "--data", "SCENE", "--method", "gan"], "--method: is 'gan'; use one of vae, vhp-vae"),
    "unknown architecture": (["mot16", "--data", "SCENE", "--architecture", "vgg"], "--architecture: is 'vgg'"),
    "a method that the paper has not": (
        ["mot16", "--data", "SCENE", "--architecture", "paper/mot16", "--method", "fmvae-tracklets"],
        "paper/mot16/fmvae-tracklets: no such preset; did you mean mot16/fmvae-tracklets?",
    ),
    "method of a preset": (["pendulum/fmvae", "--method", "vae"], "--method: does not go with the preset pendulum"),
    "licence of a preset": (["pendulum/fmvae", "--data-licence", "MIT"], "--data-licence: does not go with the preset"),
    "data of a preset": (["compact/fmvae", "SCENE"], "--data: does not go with the preset compact/fmvae"),
    "no ground truth": (["mot16", "--data", "VIDEO", "--method", "deepsort"], "video.mp4: has no ground truth; superv"),
    "deepsort with an architecture": (
        ["mot16", "--data", "SCENE", "--method", "deepsort", "--architecture", "mot16"],
        "--architecture: --method deepsort has a network of its own; leave it out",
    ),
    "deepsort with a video": (
        ["mot16", "--data", "VIDEO", "--method", "deepsort", few],
        "--detections: --method deepsort is trained on the ground truth of MOTChallenge folders",
    ),
    "setting of deepsort": (
        ["mot16", "--data", "SCENE", "--method", "deepsort", "--set", "widht=3"],
        "--set widht: no such setting; did you mean width?",
    ),
    "no such source": (["mot16", "--data", "nowhere"], "nowhere: no such file or folder"),
    "two sources": (["mot16", "--data", "SCENE", "VIDEO", few], "--detections: is one file for 2 sources"),
    "two videos alone": (["mot16", "--data", "VIDEO", "VIDEO"], "0 crops were found, at least 32 are needed; give det"),
    "nobody": (["mot16", "--data", "VIDEO", nobody], "0 crops were found, at least 32 are needed"),
    "too few": (["mot16", "--data", "VIDEO", few], "11 crops were found (detections at least 32 pixels high), at leas"),
    "one tracklet": (["mot16", "--data", "VIDEO", one_person], "video: its crops are all of one tracklet, and no two"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_one_line_before_anything_is_trained(run: Run, tmp_path: Path, scene: Path, name: str) -> None:
    options, says = WRONG[name]
    files = {"SCENE": str(scene / "walkers"), "VIDEO": str(scene / "walkers" / "video.mp4")}
    arguments: list[str] = []
    for option in options:
        arguments += [files.get(option, option)] if isinstance(option, str) else option(tmp_path)  # type: ignore[operator]
    fast = FAST if arguments[0] == "mot16" and "deepsort" not in arguments else []
    assert run("train", *arguments, "--quiet", *fast, "--output", tmp_path / "out").refuses(says)
    assert not (tmp_path / "out").exists()


def test_supervised_training_takes_folders_of_crops_beside_a_sequence(run: Run, tmp_path: Path, scene: Path) -> None:
    crops, table = tmp_path / "crops", tmp_path / "who.csv"
    crops.mkdir()
    for tracklet in range(8):
        for moment in range(2):
            picture = np.full((128, 64, 3), 25 * tracklet, np.uint8)
            cv2.imwrite(str(crops / f"{tracklet:04}_l{moment}.png"), picture)
    table.write_text("tracklet,identity,camera\n" + "".join(f"{k},{k // 2},{1 + k % 2}\n" for k in range(8)))
    fast = [f"--set={change}" for change in ("steps=2", "width=2", "identities=4", "crops=2")]
    train = ["train", "mot16", "--method", "deepsort", "--output", tmp_path / "out", "--quiet", *fast]
    assert run(*train, "--data", crops).refuses("holds crops alone, on which no gate can be calibrated")
    assert run(*train, "--data", scene / "walkers", crops).refuses("crops: does not say who its tracklets are")
    answer = run(*train, "--data", scene / "walkers", crops, "--identities", table)
    assert answer.code == 0, answer
    training = read_checkpoint(tmp_path / "out" / "model.safetensors").metadata["training"]
    assert training["sequences"] == ["crops", "walkers"]
    people = ["train", "mot16", "--method", "people", "--output", tmp_path / "other", "--identities", table]
    assert run(*people, "--data", crops).refuses(
        "crops: 16 pairs of one person and 64 of different people, at least 50"
    )
    assert not (tmp_path / "other" / "model.safetensors").exists()  # known before anything is trained
