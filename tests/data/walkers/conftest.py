"""A scene of the size that most tests look at."""

from __future__ import annotations

import pytest

from flatsort.data.walkers.scene import WalkersScene, walkers_scene


@pytest.fixture(scope="module")
def scene() -> WalkersScene:
    return walkers_scene(frames=200)
