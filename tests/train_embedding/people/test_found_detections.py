"""`flatsort train mot16 --detector`: an embedding from a bare video, and how the run goes on with what was found."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort import read_detections
from flatsort.data.detection.sources import find_first
from flatsort.embedding.weights.checkpoint import read_checkpoint
from tests.conftest import Run

FAST = [f"--set={change}" for change in ("steps=4", "batch=8", "points=2", "log_every=1", "evaluation_samples=8",
                                               "latents=16", "importance_samples=2")]  # fmt: skip
FRAMES = 90


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people in colours of their own who walk through a square, and no detections."""
    path = tmp_path_factory.mktemp("bare") / "clip.avi"
    noise = np.random.default_rng(0)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (320, 240))
    for frame in range(FRAMES):
        image = np.full((240, 320, 3), 90, np.uint8)
        image[100:104] = 140
        for left, top, colour in ((10 + 3 * frame, 40, (200, 60, 40)), (290 - 3 * frame, 150, (30, 180, 220))):
            image[top : top + 60, left : left + 24] = colour
        writer.write(np.clip(image + noise.normal(0, 3, image.shape), 0, 255).astype(np.uint8))
    writer.release()
    return path


def test_from_a_bare_video_to_a_descriptor_that_tracks_it(run: Run, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    answer = run("train", "mot16", "--data", clip, "--detector", "motion", "--output", out, "--quiet", *FAST)
    assert answer.code == 0, answer.err
    found = read_detections(out / "detections.txt")
    expected = find_first(clip, "motion")
    assert len(found) == len(expected) > FRAMES
    np.testing.assert_allclose(found.boxes, expected.boxes, atol=0.02)
    assert json.loads((out / "detector.json").read_text()) == {"detector": "motion", "source": str(clip)}
    assert read_checkpoint(out / "model.safetensors").metadata["training"]["detector"] == "motion"
    assert "Detections by motion." in (out / "model-card.md").read_text()
    assert f"--detections {out / 'detections.txt'}" in answer.out.splitlines()[-1]
    track = ("track", clip, "--detections", out / "detections.txt", "--descriptor", out / "model.onnx")
    assert run(*track, "--output", tmp_path / "tracks", "--quiet").code == 0
    assert (tmp_path / "tracks" / "clip.txt").stat().st_size > 0


def test_a_resumed_run_goes_on_with_what_was_found(
    run: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    train = ("train", "mot16", "--data", clip, "--output", out, *FAST)
    answer = run(*train)
    assert answer.code == 0, answer.err
    assert "motion finds what moves before a fixed camera" in answer.err  # the default says so
    first = (out / "detections.txt").read_bytes()
    assert run(*train, "--quiet").refuses("holds a run already; add --resume")
    assert run(*train, "--detector", "other.py", "--resume", "--quiet").refuses(
        "was trained on what motion found, not other.py; resume with --detector motion"
    )

    def never(*arguments: object, **named: object) -> None:
        raise AssertionError("looked through a second time")

    with monkeypatch.context() as patch:
        patch.setattr("flatsort.train_embedding.people.found_detections.find_first", never)
        for detector in ([], ["--detector", "motion"]):
            answer = run(*train, *detector, "--resume", "--quiet")
            assert answer.code == 0, answer.err
    assert (out / "detections.txt").read_bytes() == first
    (out / "detector.json").unlink()
    assert run(*train, "--resume", "--quiet").refuses("holds no detections that a detector found for its run")


WRONG = {
    # name: (options after `train`, what the one line says); CLIP stands for the video
    "preset": (["pendulum/fmvae", "--detector", "motion"], "--detector: does not go with the preset pendulum/fmvae"),
    "compact preset": (["compact/fmvae", "--detector", "motion"], "--detector: does not go with the preset compact"),
    "deepsort": (
        ["mot16", "--data", "CLIP", "--method", "deepsort", "--detector", "motion"],
        "--detector: --method deepsort is trained on the ground truth of MOTChallenge folders",
    ),
    "people": (
        ["mot16", "--data", "CLIP", "--method", "people", "--detector", "motion"],
        "--detector: --method people mines the detections of MOTChallenge folders",
    ),
    "two videos": (
        ["mot16", "--data", "CLIP", "CLIP", "--detector", "motion"],
        "--detector: looks through one of 2 sources; give one video",
    ),
    "detections as well": (
        ["mot16", "--data", "CLIP", "--detector", "motion", "--detections", "x.txt"],
        "--detections: are there, and a --detector too; leave one of them out",
    ),
    "no such detector": (
        ["mot16", "--data", "CLIP", "--detector", "yolo"],
        "--detector: 'yolo' is no detector; use one of motion",
    ),
    "no such file": (["mot16", "--data", "CLIP", "--detector", "x.onnx"], "x.onnx: no such file"),
    "stream": (["mot16", "--data", "rtsp://127.0.0.1:9/x"], "is live and cannot be looked through first"),
    "setting": (["mot16", "--data", "CLIP", "--set", "stepps=1"], "did you mean"),
    "several processes": (
        ["mot16", "--data", "CLIP", "--detector", "motion", "--set", "devices=2"],
        "--detector: would look in each of several processes; find them once with `flatsort detect`",
    ),
    "nothing to resume": (
        ["mot16", "--data", "CLIP", "--detector", "motion", "--resume"],
        "has no training state to resume; leave --resume out",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused_in_one_line_before_anything_is_written(run: Run, clip: Path, tmp_path: Path, name: str) -> None:
    options, says = WRONG[name]
    arguments = [str(clip) if option == "CLIP" else option for option in options]
    assert run("train", *arguments, "--quiet", "--output", tmp_path / "out").refuses(says)
    assert not (tmp_path / "out").exists()
