"""A sequence of two people, for the commands: one walks right, one left."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

FRAMES = 12


def detection_rows(frames: int = FRAMES) -> list[str]:
    """Rows of a frame together, frames in order."""
    rows = []
    for frame in range(1, frames + 1):
        rows.append(f"{frame},-1,{10 + 4 * frame},20,20,50,0.9,-1,-1,-1")
        rows.append(f"{frame},-1,{120 - 4 * frame},30,20,50,0.4,-1,-1,-1")
    return rows


def write_sequence(folder: Path, rows: list[str] | None = None, *, images: bool = False) -> Path:
    """A MOTChallenge folder with ground truth, and with these rows as its detections."""
    (folder / "det").mkdir(parents=True)
    (folder / "gt").mkdir()
    size = f"seqLength={FRAMES}\nimWidth=160\nimHeight=120\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nname={folder.name}\nimDir=img1\nframeRate=10\n{size}imExt=.png\n")
    (folder / "det" / "det.txt").write_text("\n".join(detection_rows() if rows is None else rows) + "\n")
    truth = [
        ",".join([row.split(",")[0], str(1 + place % 2), *row.split(",")[2:6], "1,-1,-1,-1"])
        for place, row in enumerate(detection_rows())
    ]
    (folder / "gt" / "gt.txt").write_text("\n".join(truth) + "\n")
    if images:
        (folder / "img1").mkdir()
        for frame in range(1, FRAMES + 1):
            cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), np.full((120, 160, 3), 10 * frame, np.uint8))
    return folder


def write_classed(folder: Path, names: str = "") -> Path:
    """A sequence with a person and a bicycle at nearly one place."""
    path = write_sequence(folder)
    rows = [
        f"{frame},-1,{40 + 3 * frame},{top},50,{180 - top},{score},{number},-1,-1\n"
        for frame in range(1, FRAMES + 1)
        for number, top, score in ((1, 60, 0.9), (2, 64, 0.8))
    ]
    (path / "det" / "det.txt").write_text("".join(rows))
    if names:
        (path / "names.txt").write_text(names)
    return path


def frames_of(path: Path) -> list[int]:
    """The frame of each row of a file of tracks."""
    return [int(line.split(",")[0]) for line in path.read_text().splitlines()]
