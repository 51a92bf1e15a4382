"""Sequences that SORT as published does badly on: people are missed for a few frames, and false alarms score low."""

from __future__ import annotations

from pathlib import Path

import numpy as np

FRAMES = 60


def write_gaps(root: Path, names: str = "abcd") -> Path:
    """A sequence of each name: three people who walk in lanes."""
    for number, name in enumerate(names):
        random = np.random.default_rng(number)
        folder = root / name
        for inner in ("det", "gt"):
            (folder / inner).mkdir(parents=True)
        info = f"[Sequence]\nname={name}\nimDir=img1\nframeRate=10\nimWidth=640\nimHeight=480\nseqLength={FRAMES}\n"
        (folder / "seqinfo.ini").write_text(f"{info}imExt=.png\n")
        detections, truth = [], []
        for frame in range(1, FRAMES + 1):
            for person in range(3):
                box = f"{50 + 3 * frame + 20 * number},{20 + 150 * person},40,100"
                truth.append(f"{frame},{person + 1},{box},1,-1,-1,-1")
                if (frame + 7 * person) % 15 >= 4:
                    detections.append(f"{frame},-1,{box},{random.uniform(0.6, 0.9):.3f}")
            for _ in range(2):  # false alarms that stay for long enough to be tracks
                left = 500 + 5 * (frame // 6 % 5)
                detections.append(f"{frame},-1,{left},{200 * (_ + 1) - 150},30,80,{random.uniform(0.1, 0.3):.3f}")
        (folder / "det" / "det.txt").write_text("\n".join(detections) + "\n")
        (folder / "gt" / "gt.txt").write_text("\n".join(truth) + "\n")
    return root
