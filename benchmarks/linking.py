"""What linking finds again: a sequence cut into parts, each tracked and refined by itself, then linked.

    python benchmarks/linking.py [--parts 3] [--descriptor people hsv] [--output outputs/linking]

Descriptors are computed once and kept in --output. Printed: IDF1 over the whole sequence with the parts' tracks as they
are, each a person of its own, and with their identities; and how many tracks there are and how many were linked.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data import BoxTable, Sequence, open_sequence, read_ground_truth
from flatsort.data.experiments.location import data_root
from flatsort.embedding import load_descriptor
from flatsort.embedding.store import store_descriptors
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.tracker.offline.described import follow
from flatsort.tracker.offline.linking import link
from flatsort.tracker.offline.refinement import refine
from flatsort.tracker.offline.tracked import prepared
from flatsort.tracker.offline.tracklets import Tracklet, tracklets
from flatsort.tracker.running.settings import TrackSettings

FOLDERS = ("MOT16/train/MOT16-11", "MOT15/train/PETS09-S2L1")


def part_of(whole: Sequence, settings: TrackSettings, first: int, last: int) -> tuple[BoxTable, list[Tracklet], str]:
    """The refined tracks of the frames from one to another, both with it; their tracklets; the distance of looks.

    Frames keep their numbers, by which stored descriptors are looked up.
    """
    kept = (whole.detections.frames >= first) & (whole.detections.frames <= last)
    part = Sequence(
        whole.name,
        str(whole.source),
        whole.detections[kept],
        None,
        length=whole.length,
        frame_rate=whole.frame_rate,
        size=whole.size,
    )
    run = settings.on(part)
    tracker = run.tracker()
    assert run.descriptor is not None
    made = [inputs.update(tracker) for inputs in run.inputs() if first <= inputs.index <= last]
    parts = [(np.full(len(one.ids), one.index), one.ids, one.boxes, one.scores) for one in made]
    frames, ids, boxes, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    tracks = BoxTable(frames, ids, boxes, scores, np.full(len(ids), -1), np.ones(len(ids)))
    looks = follow(tracks, part, run.descriptor).looks
    assert looks is not None
    distance = run.descriptor.distance
    refined = refine(tracks, looks, distance=distance, frame_rate=part.frame_rate)
    looks = np.vstack((looks, np.full(looks.shape[1], np.nan, np.float32)))[refined.rows]
    table = refined.tracks
    found = tracklets(table.frames, table.ids, table.boxes, table.classes, *prepared(looks, distance))
    return table, found, distance


def scored(folder: Path, tables: list[BoxTable], parts: list[list[Tracklet]], identities: list[np.ndarray]) -> float:
    """IDF1 of the parts together."""
    rows = []
    for table, own, found in zip(tables, parts, identities, strict=True):
        ids = table.ids.copy()
        for part, identity in zip(own, found.tolist(), strict=True):
            ids[part.rows] = identity
        rows.append(replace(table, ids=ids))
    columns = ("frames", "ids", "boxes", "scores", "classes", "visibility")
    both = BoxTable(*(np.concatenate([getattr(table, name) for table in rows]) for name in columns))
    return score_sequence(read_ground_truth(folder / "gt" / "gt.txt"), both)["IDF1"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = ["fmvae-tracklets", "people", "hsv", f"onnx:{data_root()}/weights/osnet_x0_25_msmt17.onnx"]
    parser.add_argument("--descriptor", nargs="*", default=known)
    parser.add_argument("--parts", type=int, default=3)
    parser.add_argument("--output", type=Path, default=Path("outputs/linking"))
    options = parser.parse_args()
    print("| sequence | descriptor | tracks | linked | IDF1 apart | IDF1 linked |\n|---|---|---:|---:|---:|---:|")
    for folder in (data_root() / name for name in FOLDERS):
        for name in options.descriptor:
            whole = open_sequence(folder)
            file = options.output / name.replace("/", "_").replace(":", "_") / f"{whole.name}.npy"
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                loaded = load_descriptor(name, sequence=whole)
                assert loaded is not None
                store_descriptors(whole, loaded, file)
            whole = open_sequence(folder, images=False)
            settings = TrackSettings(descriptor=f"npy:{file}", min_confidence=0.3)
            length = (whole.length or 0) // options.parts
            made = [part_of(whole, settings, n * length + 1, (n + 1) * length) for n in range(options.parts)]
            tables, parts = [one[0] for one in made], [one[1] for one in made]
            counts = [len(own) for own in parts]
            starts = np.cumsum([0, *counts])
            apart = [np.arange(count) + start + 1 for count, start in zip(counts, starts, strict=False)]
            identities = link(parts, made[0][2])
            linked = sum(counts) - len(np.unique(np.concatenate(identities)))
            values = [scored(folder, tables, parts, one) for one in (apart, identities)]
            print(
                f"| {whole.name} | {Path(name).stem} | {sum(counts)} | {linked} | {values[0]:.1f} | {values[1]:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
