"""Remakes the drawn sequence and what the published trackers make of it: `python tests/tracker/drawn/make.py [FOLDER]`.

det.txt (MOTChallenge), embeddings.txt (a row a detection) and camera.txt (BoT-SORT's format) are drawn from a seed:
walkers who cross, hide behind each other and a pillar, turn about, leave and come back, a camera that pans, turns and
zooms, a detector that misses, sees twice and sees what is not there. The seed is one of thirty, taken because there
every stage and term of the published trackers that was left out on trial changed the outcome.

The tracks (frame, id, left, top, width, height) are flatsort's own. They are to be remade only from code at which
`pytest tests/tracker/test_originals.py` passes with the real data: there every row equals the originals' outputs.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker import Tracker, TrackerConfig

HERE = Path(__file__).resolve().parent
FRAMES, PEOPLE, DIMENSION, SEED = 90, 10, 8, 2
STANDS = PEOPLE - 1  # the one who stands still in a corner
TWICE = {72: 1.5, 73: 1.5, 77: 1.5, 78: 1.5, 82: 1.5, 83: 20.0}  # there the detector sees that one twice, so far apart
PILLAR = (290.0, 350.0, 262.0)  # left, right, bottom: it hides who stands behind it
MIN_CONFIDENCE = 0.3  # of SORT and DeepSORT; the others have thresholds of their own
Floats = NDArray[np.float64]


def camera() -> Floats:
    """(frames, 2, 3): from the frame before to each frame; it stands, then pans, turns and zooms, then stands."""
    out = np.tile(np.eye(2, 3), (FRAMES, 1, 1))
    middle = np.array([320.0, 240.0])
    for frame in range(35, 70):
        angle, scale = 0.02 * np.sin(frame / 5), 1 + 0.008 * np.cos(frame / 6)
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shift = middle - turn @ middle + (4.0 * np.cos(frame / 7), 1.5 * np.sin(frame / 3))
        out[frame] = np.column_stack((turn, shift))
    return np.round(out, 6)


def walk(random: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """(frames, people, 4) boxes `xyxy` before the camera moves, and (frames, people) who is there."""
    boxes, there = np.empty((FRAMES, PEOPLE, 4)), np.ones((FRAMES, PEOPLE), bool)
    place = random.uniform((60, 190), (580, 330), (PEOPLE, 2))
    velocity = random.normal(0, 1, (PEOPLE, 2)) * (3.5, 0.6)
    tall = 55 + 0.4 * (place[:, 1] - 150)
    stride = random.uniform(0, 6, PEOPLE)
    for frame in range(FRAMES):
        place = place + velocity
        velocity[:, 0] *= np.where((place[:, 0] < 30) | (place[:, 0] > 610), -1, 1)
        velocity[:, 1] *= np.where((place[:, 1] < 170) | (place[:, 1] > 350), -1, 1)
        if frame in (28, 55):  # every third turns about
            velocity[frame % 3 :: 3, 0] *= -1
        height = tall * (1 + 0.03 * np.sin(frame / 3 + stride))
        half = np.column_stack((height * (0.42 + 0.08 * np.sin(frame / 2 + stride)), height)) / 2
        boxes[frame] = np.concatenate((place - half, place + half), 1)
    there[:12, 0] = there[60:, 1] = False
    boxes[:, STANDS] = (20, 360, 60, 470)
    there[2:33, STANDS] = there[36:38, STANDS] = False  # away as long as ByteTrack remembers, and once more
    return boxes, there


def covered(boxes: Floats) -> Floats:
    """(n,) the share of each box that one nearer the camera (lower in the picture) or the pillar covers."""
    others = np.concatenate((boxes, [[PILLAR[0], -1e3, PILLAR[1], PILLAR[2]]]))
    size = np.minimum(boxes[:, None, 2:], others[:, 2:]) - np.maximum(boxes[:, None, :2], others[:, :2])
    share = np.maximum(size, 0).prod(2) / (boxes[:, 2:] - boxes[:, :2]).prod(1)[:, None]
    nearest: Floats = np.where(others[:, 3] > boxes[:, None, 3], share, 0).max(1)
    return nearest


def draw(seed: int) -> tuple[Floats, Floats, Floats]:
    """Detections (n, 6): frame, left, top, width, height, score; embeddings (n, 8); camera (frames, 2, 3)."""
    random = np.random.default_rng(seed)
    boxes, there = walk(random)
    motion = camera()
    identity = 0.3 * random.normal(size=(PEOPLE, DIMENSION)) + 1  # alike, so that gate and cascade matter
    seen = np.eye(2, 3)
    rows: list[list[float]] = []
    vectors: list[Floats] = []
    for frame in range(FRAMES):
        seen = motion[frame, :, :2] @ seen + np.column_stack((np.zeros((2, 2)), motion[frame, :, 2]))
        scale = float(np.sqrt(np.linalg.det(seen[:, :2])))
        middle = (boxes[frame, :, :2] + boxes[frame, :, 2:]) / 2 @ seen[:, :2].T + seen[:, 2]
        half = (boxes[frame, :, 2:] - boxes[frame, :, :2]) / 2 * scale
        now = np.concatenate((middle - half, middle + half), 1)
        hidden = covered(boxes[frame])
        for person in np.flatnonzero(there[frame]):
            score = float(np.clip(0.93 - 0.85 * hidden[person] + random.normal(0, 0.04), 0.05, 0.98))
            noise = random.normal(0, 0.015, 4) * float(half[person].sum()) * (person != STANDS)
            look = identity[person] + random.normal(0, 0.15 + hidden[person], DIMENSION)
            apart = 3.0 * (random.random() < 0.03)
            if person == STANDS:
                apart = TWICE.get(frame, 0.0)
            if hidden[person] > 0.8 or random.random() < 0.03 * (person != STANDS):
                continue
            for again in range(1 + (apart > 0)):
                box = now[person] + noise + apart * again
                rows.append([frame + 1, *box[:2], *(box[2:] - box[:2]), score - 0.12 * again])
                vectors.append(look / np.linalg.norm(look))
        for _ in range(random.poisson(0.4)):  # what is not there
            corner, side = random.uniform((0, 120), (600, 300)), random.uniform(30, 70)
            rows.append([frame + 1, *corner, side * 0.45, side, random.uniform(0.08, 0.85)])
            look = random.normal(size=DIMENSION)
            vectors.append(look / np.linalg.norm(look))
    table = np.array(rows)
    table[:, 1:5], table[:, 5] = np.round(table[:, 1:5], 2), np.round(table[:, 5], 3)
    return table, np.round(np.array(vectors), 3), motion


def track(
    config: TrackerConfig, table: Floats, vectors: Floats | None = None, motion: Floats | None = None
) -> list[str]:
    """Lines (frame, id, left, top, width, height) of a tracker on what `draw` returns."""
    tracker, lines = Tracker(config), []
    for frame in range(1, FRAMES + 1):
        now = table[:, 0] == frame
        boxes = table[now, 1:5] + np.pad(table[now, 1:3], ((0, 0), (2, 0)))
        embeddings = None if vectors is None else vectors[now]
        moved = None if motion is None else motion[frame - 1]
        tracks = tracker.update(boxes, table[now, 5], embeddings, motion=moved)
        for id_, (left, top, right, bottom) in zip(tracks.ids, tracks.boxes, strict=True):
            lines.append(f"{frame},{id_},{left:.3f},{top:.3f},{right - left:.3f},{bottom - top:.3f}")
    return lines


def write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path}: {len(lines)} lines")


def main(folder: Path) -> None:
    table, vectors, motion = draw(SEED)
    rows = [f"{int(row[0])},-1,{','.join(f'{v:g}' for v in row[1:])},-1,-1,-1" for row in table]
    write(folder / "det.txt", rows)
    write(folder / "embeddings.txt", [" ".join(f"{v:g}" for v in vector) for vector in vectors])
    write(folder / "camera.txt", ["\t".join((str(i), *(f"{v:.6f}" for v in m.ravel()))) for i, m in enumerate(motion)])
    sure = table[:, 5] >= MIN_CONFIDENCE
    write(folder / "sort.txt", track(TrackerConfig.sort(), table[sure]))
    write(folder / "deepsort.txt", track(TrackerConfig.deepsort_original(), table[sure], vectors[sure]))
    write(folder / "bytetrack.txt", track(TrackerConfig.bytetrack(), table))
    write(folder / "botsort.txt", track(TrackerConfig.botsort(), table))
    write(folder / "botsort-camera.txt", track(TrackerConfig.botsort(), table, motion=motion))
    write(folder / "ocsort.txt", track(TrackerConfig.ocsort(), table))
    write(folder / "hybridsort.txt", track(TrackerConfig.hybridsort(), table))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
