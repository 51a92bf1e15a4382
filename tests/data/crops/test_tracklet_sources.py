"""Tracklets of folders and of sequences in one set."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.tracklet_sources import FEWEST, MOST, load_tracklets

COLOURS = [(0, 0, 220), (220, 0, 0), (0, 200, 0)]


def write_folder(path: Path, tracklets: int = 3, moments: int = 2) -> str:
    path.mkdir()
    for tracklet in range(tracklets):
        for moment in range(moments):
            picture = np.full((64, 32, 3), COLOURS[tracklet % 3], np.uint8)
            cv2.imwrite(str(path / f"{10 * tracklet:04}_l{moment}.png"), picture)
    return str(path)


def write_sequence(path: Path, lengths: tuple[tuple[int, int], ...], frames: int = 50) -> str:
    """People in a row of their own, each from one frame to another, in colours; the ground moves a little."""
    (path / "det").mkdir(parents=True)
    (path / "img1").mkdir()
    entries = f"name={path.name}\nimDir=img1\nframeRate=10\nimExt=.png\nimWidth=200\nimHeight=120\nseqLength={frames}\n"
    (path / "seqinfo.ini").write_text(f"[Sequence]\n{entries}")
    rows = []
    for frame in range(1, frames + 1):
        image = np.full((120, 200, 3), 128 + frame % 2 * 20, np.uint8)
        for person, (first, last) in enumerate(lengths):
            if first <= frame <= last:
                left = 10 + 60 * person
                image[20:84, left : left + 32] = COLOURS[person]
                rows.append(f"{frame},-1,{left + 1},{21},32,64,0.9,-1,-1,-1")
        cv2.imwrite(str(path / "img1" / f"{frame:06}.png"), image)
    (path / "det" / "det.txt").write_text("\n".join(rows) + "\n")
    return str(path)


def test_folders_and_sequences_are_numbered_through(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder")
    sequence = write_sequence(tmp_path / "walk", ((1, 50), (1, 12), (30, 33)))
    data = load_tracklets([folder, sequence])
    assert data.names == ("folder", "walk")
    assert len(data) == 6
    assert data.sources.tolist() == [0, 0, 0, 1, 1, 1]
    assert data.of_folder.tolist() == [True] * 3 + [False] * 3
    assert np.bincount(data.tracklets).tolist() == [2, 2, 2, MOST, 12, FEWEST]
    assert data.crops.shape == (6 + MOST + 12 + FEWEST, 128, 64, 3)
    for tracklet in range(6):
        shown = data.crops[data.tracklets == tracklet].mean(axis=(0, 1, 2))
        np.testing.assert_allclose(shown, COLOURS[tracklet % 3], atol=12)  # the edge of a box blends with the ground


def test_who_is_seen_beside_whom_is_known(tmp_path: Path) -> None:
    data = load_tracklets([write_sequence(tmp_path / "walk", ((1, 20), (15, 30), (25, 50)))])
    assert data.together.tolist() == [[False, True, False], [True, False, True], [False, True, False]]
    assert not load_tracklets([write_folder(tmp_path / "folder")]).together.any()


def test_short_tracklets_are_left_out(tmp_path: Path) -> None:
    assert len(load_tracklets([write_sequence(tmp_path / "walk", ((1, 20), (1, FEWEST - 1), (3, 9)))])) == 2


@pytest.mark.parametrize("kind", ["twice", "one tracklet", "nobody followed"])
def test_what_gives_too_little_is_refused(tmp_path: Path, kind: str) -> None:
    if kind == "twice":
        folder = write_folder(tmp_path / "folder")
        sources, says = [folder, folder], "holds a source twice"
    elif kind == "one tracklet":
        sources, says = [write_folder(tmp_path / "folder", tracklets=1)], "1 tracklets, at least 2"
    else:
        sources, says = [write_sequence(tmp_path / "walk", ((1, 2), (5, 7)))], "no person is followed over 4 frames"
    with pytest.raises(InputError, match=says):
        load_tracklets(sources)
