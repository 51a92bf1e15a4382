"""torchvision's detectors end to end, with weights drawn here: nothing is fetched."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import detection

from flatsort import read_detections, read_tracks
from flatsort.data import InputError
from flatsort.data.detection import detect, load_detector
from tests.conftest import Run

NAME = "ssdlite320_mobilenet_v3_large"  # the smallest
FRAMES = 4


@pytest.fixture(scope="module")
def model() -> torch.nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        drawn: torch.nn.Module = getattr(detection, NAME)(weights=None, weights_backbone=None, num_classes=91)
    return drawn.eval()


@pytest.fixture(scope="module")
def weights(model: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("torchvision") / "drawn.safetensors"
    save_file(model.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (120, 160, 3)).astype(np.uint8)


def test_it_finds_what_torchvision_finds(model: torch.nn.Module, weights: Path, image: np.ndarray) -> None:
    detector = load_detector(f"torchvision:{NAME},weights={weights},score=0,device=cpu")
    assert detector.class_names[:3] == ("__background__", "person", "bicycle")
    found = detect(detector, image)
    with torch.inference_mode():
        (expected,) = model([torch.from_numpy(image[:, :, ::-1].copy()).permute(2, 0, 1) / 255])
    assert len(found.boxes) == len(expected["boxes"]) > 0
    boxes, scores, labels = (np.asarray(expected[key], float) for key in ("boxes", "scores", "labels"))
    order = np.lexsort((*boxes.T[::-1], -scores))
    np.testing.assert_allclose(found.scores, scores[order], atol=1e-6)
    np.testing.assert_allclose(found.boxes, boxes[order], atol=1e-3)
    assert found.classes.tolist() == labels[order].tolist()
    above = f"torchvision:{NAME},weights={weights},score={found.scores[0] + 1e-3}"
    assert len(detect(load_detector(above), image).boxes) == 0


def test_a_video_is_detected_and_tracked_with_it(run: Run, weights: Path, image: np.ndarray, tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), 10, (160, 120))
    for _ in range(FRAMES):
        writer.write(image)
    writer.release()
    detector = ("--detector", f"torchvision:{NAME},weights={weights},score=0", "--quiet")
    answer = run("detect", clip, *detector, "--classes", "all", "--output", tmp_path / "found.txt")
    assert answer.code == 0, answer.err
    found = read_detections(tmp_path / "found.txt")
    assert set(found.frames.tolist()) == set(range(1, FRAMES + 1))
    assert found.names[2] == "person"  # numbers count from 1, and the background is torchvision's first class
    answer = run("track", clip, *detector, "--classes", "all", "--preset", "sort", "--output", tmp_path / "out.txt")
    assert answer.code == 0, answer.err
    tracks = read_tracks(tmp_path / "out.txt")
    assert len(tracks) > 0
    assert set(tracks.classes.tolist()) <= set(found.classes.tolist())


def test_refused(weights: Path, tmp_path: Path) -> None:
    (tmp_path / "other.safetensors").write_bytes(weights.read_bytes()[:-8])
    save_file({"x": torch.zeros(1)}, tmp_path / "small.safetensors")
    for text, says in {
        "torchvision:yolo": "torchvision has no yolo; use one of ",
        f"torchvision:{NAME},weights=x.pth": "x.pth: is no .safetensors file; others can run code when read",
        f"torchvision:{NAME},weights={tmp_path / 'gone.safetensors'}": "does not hold this model's tensors",
        f"torchvision:{NAME},weights={tmp_path / 'other.safetensors'}": "does not hold this model's tensors",
        f"torchvision:{NAME},weights={tmp_path / 'small.safetensors'}": "does not hold this model's tensors",
        f"torchvision:{NAME},weights={weights},score=2": "option score: 2 is not between 0 and 1",
        f"torchvision:{NAME},weights={weights},device=tpu9": "does not run on tpu9",
    }.items():
        with pytest.raises(InputError) as error:
            load_detector(text)
        assert says in str(error.value), text
        assert "\n" not in str(error.value)
