"""Which camera motion a run follows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.tracker.running.camera import AUTO, camera_beside, camera_of
from flatsort.tracker.running.camera_file import CameraMotionFile

LINE = "{} 1 0 5 0 1 0\n"


def chosen(
    sequence: Any, setting: str = AUTO, descriptor: str = "none", **given: bool
) -> CameraMotionFile | str | None:
    return camera_of(setting, sequence, descriptor, **{"by_default": True, "images_read": False, **given})


def test_by_default_it_is_estimated_where_images_are_read(stand_in: Any) -> None:
    assert chosen(stand_in(), images_read=True) == "flow"
    assert chosen(stand_in()) is None
    assert chosen(stand_in(has_images=False), images_read=True) is None
    assert chosen(stand_in(), images_read=True, by_default=False) is None


@pytest.mark.parametrize(("setting", "motion"), [("none", None), ("flow", "flow"), ("ecc", "ecc")])
def test_what_the_user_says_holds(stand_in: Any, setting: str, motion: str | None) -> None:
    assert chosen(stand_in(), setting, images_read=True, by_default=False) == motion


def test_beside_stored_descriptors(stand_in: Any, tmp_path: Path) -> None:
    stored = tmp_path / "made-up.npy"
    np.save(stored, np.zeros((1, 12)))
    assert chosen(stand_in(length=2), descriptor=f"npy:{stored}") is None
    camera_beside(stored).write_text(LINE.format(0) + LINE.format(1))
    for name in (f"npy:{stored}", f"npy:{tmp_path}"):
        found = chosen(stand_in(length=2), descriptor=name)
        assert isinstance(found, CameraMotionFile)
        assert found.at(2)[0, 2] == 5
    assert chosen(stand_in(length=2), descriptor=f"npy:{stored}", by_default=False) is None
    with pytest.raises(InputError, match="has 2 lines, made-up 3 frames"):
        chosen(stand_in(length=3), descriptor=f"npy:{stored}")
