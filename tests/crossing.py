"""A benchmark of two drawn sequences in which two people cross: `walk` has images, `blind` has none."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

FRAMES = 20


def write_crossings(root: Path) -> Path:
    """Write both below `root`, with detections and ground truth."""
    _write(root / "walk", images=True, hidden=range(9, 14))
    _write(root / "blind", images=False, hidden=range(5, 7))
    return root


def _write(folder: Path, *, images: bool, hidden: range) -> None:
    """Two people in red and blue cross; the red one is not detected in the frames `hidden`."""
    for inner in ("det", "gt", *(["img1"] if images else [])):
        (folder / inner).mkdir(parents=True)
    size = f"imWidth=200\nimHeight=120\nseqLength={FRAMES}\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nname={folder.name}\nimDir=img1\nframeRate=10\nimExt=.png\n{size}")
    detections, truth = [], []
    for frame in range(1, FRAMES + 1):
        image = np.full((120, 200, 3), 60, np.uint8)
        for person, (left, colour) in enumerate(((6 * frame, (0, 0, 220)), (150 - 6 * frame, (220, 0, 0))), start=1):
            image[30:90, max(left, 0) : left + 24] = colour
            truth.append(f"{frame},{person},{left},30,24,60,1,-1,-1,-1")
            if person == 2 or frame not in hidden:
                detections.append(f"{frame},-1,{left},30,24,60,0.9,-1,-1,-1")
        if images:
            cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), image)
    (folder / "det" / "det.txt").write_text("\n".join(detections) + "\n")
    (folder / "gt" / "gt.txt").write_text("\n".join(truth) + "\n")
