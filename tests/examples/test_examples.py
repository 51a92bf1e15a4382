"""Each example runs as a reader would run it, from another folder, and says what it did."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SAYS = {
    "compare_descriptors": ["pixels", "hsv", "fmvae"],
    "count_crossings": ["cross to the left, ", " to the right; the last picture has 960x540 pixels"],
    "evaluate_tracks": ["IDs", "MOTA", "IDF1", "HOTA"],
    "own_descriptor": ["shirt and trousers, gate 0.2: people ["],
    "save_and_restore": ["30 frames later still the same: people ["],
    "track_a_drawn_scene": ["none: ", "hsv: "],
}


def test_every_example_is_run() -> None:
    assert sorted(SAYS) == sorted(file.stem for file in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", sorted(SAYS))
def test_example(name: str, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(EXAMPLES.parent)}
    command = [sys.executable, str(EXAMPLES / f"{name}.py")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    for words in SAYS[name]:
        assert words in done.stdout
    assert not list(tmp_path.iterdir())  # examples leave nothing behind
