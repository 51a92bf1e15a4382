"""Contact sheets of people: which crop is the best, how large a sheet gets, and what earlier runs left."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from flatsort.data import BoxTable, open_sequence
from flatsort.data.walkers.scene import walkers_scene
from flatsort.tracker.drawing.people import MOST, People, best_rows


def table(rows: list[tuple[int, int, float, float, float, float]]) -> BoxTable:
    array = np.array(rows, float)
    frames, ids = array[:, 0].astype(np.int64), array[:, 1].astype(np.int64)
    return BoxTable(frames, ids, array[:, 2:], np.ones(len(rows)), np.full(len(rows), -1), np.ones(len(rows)))


def test_the_best_crop_is_tall_inside_and_alone() -> None:
    tracks = table(
        [
            (1, 1, 10, 0, 20, 30),
            (2, 1, 10, 0, 20, 60),
            (2, 2, 10, 0, 20, 58),
            (3, 1, 10, 0, 20, 40),
            (3, 2, 95, 0, 105, 41),
            (4, 2, 50, 0, 60, 38),
        ]
    )
    assert best_rows(tracks, (100, 100)).tolist() == [3, 5]
    assert best_rows(tracks, None).tolist() == [3, 4]


def test_a_sheet_is_bounded_and_earlier_ones_go(tmp_path: Path) -> None:
    scene = walkers_scene(frames=2, people=3, size=(160, 90))
    scene.write_folder(tmp_path / "scene", images="img1")
    people = People()
    tracks = table([(1, 7, 10, 10, 30, 60)])
    for number in range(MOST + 5):
        people.add(f"a long name of a video {number}", open_sequence(tmp_path / "scene"), tracks)
    folder = tmp_path / "people"
    folder.mkdir()
    for name in ("8.jpg", "mine.jpg"):
        (folder / name).write_bytes(b"earlier")
    assert people.write(folder) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["7.jpg", "mine.jpg"]
    sheet = cv2.imread(str(folder / "7.jpg"))
    assert sheet is not None
    assert sheet.shape[0] < 2000
    assert sheet.shape[1] < 1300
