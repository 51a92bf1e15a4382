"""What long memory gains: tracks of the default with `max_age` 30, as they are, and with `remember`.

    python benchmarks/remember.py [--descriptor people hsv] [--sequence MOT16-11 walkers-2]

Frames are read and described once. Printed a row: identity switches, IDF1 and HOTA without and with memory, and how
many who came back have an id that they had before, of all who came back. Somebody comes back whose boxes were not
tracked for three seconds; a stay counts from ten boxes on, and its id is the one of most of them. The last column is
the time of the tracker alone, in milliseconds a frame. Where the settings were chosen: docs/guides/remember.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data import BoxTable, Sequence, open_sequence, read_ground_truth
from flatsort.data.experiments.location import data_root
from flatsort.data.walkers.scene import walkers_scene
from flatsort.embedding import load_descriptor
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.tracker import Tracker, TrackerConfig
from flatsort.tracker.boxes import overlapping_pairs
from flatsort.tracker.running.camera_motion import CameraMotion
from flatsort.tracker.running.pipeline import FrameInputs, frame_inputs

DESCRIPTORS = ("hsv", "fmvae", "fmvae-tracklets", "people")
FOLDERS = {
    "PETS09-S2L1": "MOT15/train/PETS09-S2L1",
    "TUD-Campus": "MOT15/train/TUD-Campus",
    "KITTI-17": "MOT15/train/KITTI-17",
    "MOT16-11": "MOT16/train/MOT16-11",
}
# seed, frames, people, and for how many seconds they stay away.
WALKERS: dict[str, tuple[int, int, int, tuple[float, float] | None]] = {
    "walkers-0": (0, 600, 10, None),
    "walkers-1": (1, 3000, 10, (10, 60)),
    "walkers-2": (2, 2500, 10, (10, 30)),
    "walkers-3": (3, 2500, 14, (10, 30)),
}
# The truth of PETS09-S2L1 gives whoever leaves the view and comes back a new id. By their clothes these ids are one
# person's each: looked through by eye, ten people in all.
PEOPLE = ((1, 19), (2, 13), (3, 11), (4, 12), (5, 9), (6, 10), (8, 14, 15, 18))
PETS, JOINED = "PETS09-S2L1", "PETS09-S2L1, people joined"
GAP, STAY, SAME = 3.0, 10, 0.5  # seconds away, boxes of a stay, overlap with the truth


@dataclass(frozen=True)
class Prepared:
    """A sequence with all that a tracker is given of it, by the name of a descriptor."""

    sequence: Sequence
    truth: BoxTable
    frames: list[FrameInputs]
    looks: dict[str, list[Any]]
    settings: dict[str, dict[str, Any]]


def prepare(name: str, descriptors: list[str]) -> Prepared:
    if name in WALKERS:
        seed, length, people, away = WALKERS[name]
        scene = walkers_scene(seed, length, people, away=away)
        sequence: Sequence = scene
        truth = scene.ground_truth
    else:
        folder = data_root() / FOLDERS[name]
        sequence = open_sequence(folder)
        truth = read_ground_truth(folder / "gt" / "gt.txt", sequence.length)
    loaded = {one: load_descriptor(one, sequence=sequence) for one in descriptors}
    frames, looks = [], {one: [] for one in descriptors}
    settings: dict[str, dict[str, Any]] = {}
    for one, descriptor in loaded.items():
        assert descriptor is not None
        settings[one] = {"distance": descriptor.distance, "gate": descriptor.gate, "frame_rate": sequence.frame_rate}
    for given in frame_inputs(sequence, None, camera_motion=CameraMotion("flow")):
        for one, descriptor in loaded.items():
            there = len(given.boxes) > 0
            looks[one].append(descriptor(given.image, given.boxes) if there else np.empty((0, descriptor.dimension)))
        frames.append(replace(given, image=None))
    return Prepared(sequence, truth, frames, looks, settings)


def tracked(prepared: Prepared, descriptor: str, **changes: Any) -> tuple[BoxTable, float]:
    """The tracks, and the milliseconds of this process that the tracker took a frame."""
    tracker = Tracker(TrackerConfig(**prepared.settings[descriptor], **changes))
    start = time.process_time()
    found = [
        replace(frame, embeddings=looks).update(tracker)
        for frame, looks in zip(prepared.frames, prepared.looks[descriptor], strict=True)
    ]
    spent = 1000 * (time.process_time() - start) / len(found)
    frames = np.repeat([one.index for one in found], [len(one.ids) for one in found])
    ids, boxes, scores = (np.concatenate([getattr(one, part) for one in found]) for part in ("ids", "boxes", "scores"))
    return BoxTable(frames, ids, boxes, scores, np.full(len(ids), -1), np.ones(len(ids))), spent


def returns(truth: BoxTable, tracks: BoxTable, rate: float) -> tuple[int, int]:
    """How many who came back have an id that they had before; and how many came back."""
    seen: dict[int, list[tuple[int, int]]] = {}
    for frame in np.unique(truth.frames).tolist():
        there, found = truth.rows_of(frame), tracks.rows_of(frame)
        i, j, overlap = overlapping_pairs(truth.boxes[there], tracks.boxes[found])
        own: set[int] = set()
        taken: set[int] = set()
        for pair in np.argsort(-overlap, kind="stable").tolist():
            person, track = int(i[pair]), int(j[pair])
            if overlap[pair] < SAME or person in own or track in taken:
                continue
            own.add(person)
            taken.add(track)
            seen.setdefault(int(truth.ids[there][person]), []).append((frame, int(tracks.ids[found][track])))
    kept = count = 0
    for visits in seen.values():
        frames, ids = np.array(visits).T
        stays = [part for part in np.split(ids, np.flatnonzero(np.diff(frames) > GAP * rate) + 1) if len(part) >= STAY]
        most = [int(np.bincount(part).argmax()) for part in stays]
        count += max(len(stays) - 1, 0)
        kept += sum(most[k] in most[:k] for k in range(1, len(most)))
    return kept, count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--descriptor", nargs="*", default=list(DESCRIPTORS))
    parser.add_argument("--sequence", nargs="*", default=[*FOLDERS, *WALKERS], choices=[*FOLDERS, *WALKERS])
    options = parser.parse_args()
    print(
        "| sequence | descriptor | IDs | IDF1 | HOTA | back with their id: max_age 30, default, remember | ms a frame |"
    )
    print("|---|---|---|---|---|---|---|", flush=True)
    for name in options.sequence:
        prepared = prepare(name, options.descriptor)
        truths = {name: prepared.truth}
        if name == PETS:
            ids = prepared.truth.ids.copy()
            for group in PEOPLE:
                ids[np.isin(ids, group)] = group[0]
            truths[JOINED] = replace(prepared.truth, ids=ids)
        rate = prepared.sequence.frame_rate or 30.0
        for one in options.descriptor:
            short, plain, long = (tracked(prepared, one, **how) for how in ({"max_age": 30}, {}, {"remember": inf}))
            for label, truth in truths.items():
                before, after = (score_sequence(truth, made, prepared.sequence.length) for made, _ in (plain, long))
                cells = [f"{before['IDs']:.0f} → {after['IDs']:.0f}"]
                cells += [f"{before[part]:.1f} → {after[part]:.1f}" for part in ("IDF1", "HOTA")]
                back = [returns(truth, made, rate) for made, _ in (short, plain, long)]
                cells.append(", ".join(f"{kept}" for kept, _ in back) + f" of {back[-1][1]}")
                cells.append(f"{plain[1]:.2f} → {long[1]:.2f}")
                print(f"| {label} | {one} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
