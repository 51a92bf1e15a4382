"""What refinement gains: tracks of the default before and after, without a descriptor and with several.

    python benchmarks/refinement.py [--descriptor people hsv] [--each] [--output outputs/refinement]

Descriptors are computed once and kept in --output. Printed: identity switches, IDF1 and HOTA over all sequences of a
row. Where the settings were chosen: docs/guides/refine.md.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data import BoxTable, open_sequence, read_ground_truth
from flatsort.data.experiments.location import data_root
from flatsort.embedding import load_descriptor
from flatsort.embedding.store import store_descriptors
from flatsort.eval.scores.sequence_scores import Counts, combine, count_sequence
from flatsort.tracker.offline.described import follow
from flatsort.tracker.offline.refinement import refine
from flatsort.tracker.running.settings import TrackSettings

FOUR = ("MOT16/train/MOT16-11", "MOT15/train/PETS09-S2L1", "MOT15/train/TUD-Campus", "MOT15/train/KITTI-17")
COLUMNS = ("IDs", "IDF1", "HOTA")


def counted(folder: Path, descriptor: str, output: Path, min_confidence: float | None) -> list[Counts]:
    """The counts of a sequence's tracks, as they are and refined."""
    name = descriptor
    if descriptor != "none":
        whole = open_sequence(folder)
        file = output / descriptor.replace("/", "_").replace(":", "_") / f"{whole.name}.npy"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            loaded = load_descriptor(descriptor, sequence=whole)
            assert loaded is not None
            store_descriptors(whole, loaded, file)
        name = f"npy:{file}"
    sequence = open_sequence(folder, images=False)
    run = TrackSettings(descriptor=name, min_confidence=min_confidence).on(sequence)
    parts = [(np.full(len(one.ids), one.index), one.ids, one.boxes, one.scores) for one in run]
    frames, ids, boxes, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    tracks = BoxTable(frames, ids, boxes, scores, np.full(len(ids), -1), np.ones(len(ids)))
    looks = follow(tracks, sequence, run.descriptor).looks
    distance = "cosine" if run.descriptor is None else run.descriptor.distance
    refined = refine(tracks, looks, distance=distance, frame_rate=sequence.frame_rate)
    truth = read_ground_truth(folder / "gt" / "gt.txt", sequence.length)
    return [count_sequence(truth, table, sequence.length) for table in (tracks, refined.tracks)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = ["fmvae-tracklets", "people", "hsv", f"onnx:{data_root()}/weights/osnet_x0_25_msmt17.onnx"]
    parser.add_argument("--descriptor", nargs="*", default=known)
    parser.add_argument("--output", type=Path, default=Path("outputs/refinement"))
    parser.add_argument("--each", action="store_true", help="the four, one by one")
    options = parser.parse_args()
    data = data_root()
    rows = [("the four", [data / folder for folder in FOUR], name, 0.3) for name in ("none", *options.descriptor)]
    if options.each:
        rows = [(folder.name, [folder], name, least) for _, four, name, least in rows for folder in four]
    more = (("MOT17/val_half", None), ("MOT16/train", 0.3), ("DanceTrack/val", None))
    for root, least in () if options.each else more:
        folders = sorted(path.parents[1] for path in (data / root).glob("*/gt/gt.txt"))
        rows.append((f"{root}, {len(folders)}", folders, "none", least))
    print("| sequences | descriptor | before | refined |\n|---|---|---|---|", flush=True)
    for label, folders, name, least in rows:
        found = zip(*(counted(folder, name, options.output, least) for folder in folders), strict=True)
        cells = []
        for counts in found:
            scores = combine(counts).scores(combined=True)
            cells.append(" / ".join(f"{scores[column]:.{0 if column == 'IDs' else 1}f}" for column in COLUMNS))
        print(f"| {label} | {Path(name).stem} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
