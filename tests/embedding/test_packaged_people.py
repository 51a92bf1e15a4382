"""The packaged descriptors of people: they load without torch, fit their cards, and know a person again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from flatsort.data.walkers.scene import WalkersScene, walkers_scene
from flatsort.embedding import describe, load_descriptor
from flatsort.embedding.registry import PACKAGED_NAMES
from flatsort.embedding.weights import WEIGHTS

ROOT = Path(__file__).parents[2]
LARGEST = 5_000_000  # bytes


@pytest.fixture(scope="module")
def scene() -> WalkersScene:
    return walkers_scene(frames=40)


def test_all_of_them_are_there_and_are_found_by_name() -> None:
    assert {path.stem for path in WEIGHTS.glob("*.onnx")} == set(PACKAGED_NAMES)


@pytest.mark.parametrize("name", PACKAGED_NAMES)
def test_is_small_and_says_what_it_was_trained_on(name: str) -> None:
    file = WEIGHTS / f"{name}.onnx"
    assert file.stat().st_size <= LARGEST
    described = {entry.key: entry.value for entry in onnx.load(file).metadata_props}
    about = json.loads(described["flatsort"])
    assert about["descriptor"]["gate"] > 0
    card = file.with_suffix(".md").read_text()
    licence = "CUHK03: research use, privacy of the students" if name == "people" else "MOTChallenge, CC BY-NC-SA 3.0"
    scores = {"deepsort": "| held-out |", "people": "| cuhk01 ("}.get(name, "| adapted |")
    for part in (f"Licence of the data: {licence}", "Made by:", "## Scores", scores):
        assert part in card
    assert "/work" not in card
    assert ("Identity labels were read." in card) == (name == "deepsort")


@pytest.mark.parametrize("name", PACKAGED_NAMES)
def test_knows_people_again_better_than_chance(name: str, scene: WalkersScene) -> None:
    """Ten frames on, the nearest detection is the same person in most cases; chance is one in about six."""
    descriptor = load_descriptor(name)
    assert descriptor is not None
    assert descriptor.dimension == 128
    truth = scene.ground_truth
    vectors, people = {}, {}
    for frame in scene:
        if frame.index in (20, 30):
            rows = truth.rows_of(frame.index)
            assert frame.image is not None
            vectors[frame.index] = descriptor(frame.image, truth.boxes[rows])
            people[frame.index] = truth.ids[rows]
    assert vectors[20].dtype == np.float32
    distance = np.linalg.norm(vectors[30][:, None] - vectors[20][None], axis=2)
    common = np.isin(people[30], people[20])
    found = people[20][distance.argmin(axis=1)]
    assert (found == people[30])[common].mean() >= 0.5


def test_needs_no_torch(scene: WalkersScene) -> None:
    frame = next(iter(scene))
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from flatsort.data.walkers.scene import walkers_scene\n"
        "from flatsort.embedding import describe, load_descriptor\n"
        "frame = next(iter(walkers_scene(frames=1)))\n"
        "print(describe(load_descriptor('fmvae'), frame).shape[1])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(describe(load_descriptor("fmvae"), frame).shape[1])  # type: ignore[arg-type]
