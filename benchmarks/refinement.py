"""What refinement gains: tracks of the default before and after, without a descriptor and with several.

    python benchmarks/refinement.py [--descriptor people hsv] [--drop 3] [--output outputs/refinement] [--each]

Descriptors and the camera's motion are computed once and kept in --output. Printed: identity switches, IDF1 and HOTA
over all sequences of a row, before, and what refinement adds. --drop N: also with 3 % of the detections dropped, in N
ways; a row is then their mean, and no single lucky join. --each: also sequence by sequence.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.cli.commands.tracking.embed import store
from flatsort.cli.progress import display
from flatsort.data import BoxTable, open_sequence, read_ground_truth
from flatsort.data.experiments.location import data_root
from flatsort.eval.scores.sequence_scores import Counts, combine, count_sequence
from flatsort.tracker.offline.described import follow
from flatsort.tracker.offline.refinement import refine
from flatsort.tracker.running.settings import TrackSettings

# Sequences with frames, and those without, on which the settings were chosen, and the others.
WITH_FRAMES = {
    "chosen on": ("MOT15/train/PETS09-S2L1", "MOT15/train/KITTI-17"),
    "held out": ("MOT16/train/MOT16-11", "MOT15/train/TUD-Campus"),
}
WITHOUT = {
    "MOT17/val_half": ("MOT17-02", "MOT17-05"),
    "MOT16/train": ("MOT16-02", "MOT16-05", "MOT16-10"),
    "DanceTrack/val": tuple(f"dancetrack{number:04d}" for number in (5, 18, 30, 43, 65, 81)),
    "MOT15/train": ("ADL-Rundle-8", "ETH-Bahnhof", "KITTI-13", "TUD-Stadtmitte"),
}
LEAST = {"MOT16/train": 0.3, "MOT15/train": 0.3}  # score of a detection of these detectors
MARS = "mars128"  # DeepSORT's own descriptor, of other detections: those of MOT16-05 and -09 are held out
COLUMNS = ("IDs", "IDF1", "HOTA")


def stored(folder: Path, descriptor: str, output: Path) -> Path:
    """The file of a sequence's descriptors, made where it is not there."""
    if descriptor == MARS:
        return data_root() / "features" / MARS / f"{folder.name}.npy"
    file = output / descriptor.replace("/", "_").replace(":", "_") / f"{folder.name}.npy"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with display(quiet=True) as shown:
            store(str(folder), file, descriptor, None, None, None, shown)
    return file


def detections(folder: Path, descriptor: str, seed: int, output: Path) -> Path | None:
    """A file of detections that are not the sequence's own: those of mars128, or 3 % dropped by a seed above 0."""
    if descriptor == MARS:
        rows = np.load(stored(folder, MARS, output))[:, :10]
        lines = [",".join(f"{value:.6f}" for value in row) for row in rows.tolist()]
    elif seed:
        lines = (folder / "det" / "det.txt").read_text().splitlines()
    else:
        return None
    if seed:
        kept = np.random.default_rng(seed).random(len(lines)) >= 0.03
        lines = [line for line, keep in zip(lines, kept.tolist(), strict=True) if keep]
    file = output / f"{folder.name}-{descriptor.replace('/', '_')}-{seed}.txt"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def counted(folder: Path, descriptor: str, output: Path, min_confidence: float | None, seed: int) -> list[Counts]:
    """The counts of a sequence's tracks, as they are and refined."""
    name = "none" if descriptor == "none" else f"npy:{stored(folder, descriptor, output)}"
    sequence = open_sequence(folder, detections=detections(folder, descriptor, seed, output), images=False)
    run = TrackSettings(descriptor=name, min_confidence=min_confidence).on(sequence)
    parts = [(np.full(len(one.ids), one.index), one.ids, one.boxes, one.scores) for one in run]
    frames, ids, boxes, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    tracks = BoxTable(frames, ids, boxes, scores, np.full(len(ids), -1), np.ones(len(ids)))
    looks = follow(tracks, sequence, run.descriptor).looks
    distance = "cosine" if run.descriptor is None else run.descriptor.distance
    refined = refine(tracks, looks, distance=distance, frame_rate=sequence.frame_rate)
    truth = read_ground_truth(folder / "gt" / "gt.txt", sequence.length)
    return [count_sequence(truth, table, sequence.length) for table in (tracks, refined.tracks)]


def rows_of(descriptors: list[str]) -> list[tuple[str, list[Path], str, float | None]]:
    """Label, folders, descriptor and least score of each row of the table."""
    data = data_root()
    rows: list[tuple[str, list[Path], str, float | None]] = []
    for name in descriptors:
        four = tuple(folder for folders in WITH_FRAMES.values() for folder in folders)
        for kind, folders in {**WITH_FRAMES, "all 4": four}.items():
            rows.append((f"with frames, {kind}", [data / folder for folder in folders], name, 0.3))
    mars = [data / "MOT16/train" / name for name in ("MOT16-05", "MOT16-09")]
    rows.append(("MOT16-05, -09, held out", mars, MARS, 0.3))
    own = {Path(folder).name for folders in WITH_FRAMES.values() for folder in folders}
    for root, chosen in WITHOUT.items():
        names = sorted({path.parents[1].name for path in (data / root).glob("*/gt/gt.txt")} - own)
        for kind in ("chosen on", "held out"):
            folders = [data / root / name for name in names if (name in chosen) == (kind == "chosen on")]
            rows.append((f"{root}, {len(folders)} {kind}", folders, "none", LEAST.get(root)))
        if root == "MOT17/val_half":
            rows.append((f"{root}, all {len(names)}", [data / root / name for name in names], "none", None))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = ["fmvae-tracklets", "people", "hsv", "fmvae", f"onnx:{data_root()}/weights/osnet_x0_25_msmt17.onnx"]
    parser.add_argument("--descriptor", nargs="*", default=known)
    parser.add_argument("--output", type=Path, default=Path("outputs/refinement"))
    parser.add_argument("--drop", type=int, default=3, metavar="N")
    parser.add_argument("--each", action="store_true", help="also each sequence")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    print("| sequences | descriptor | before | change |\n|---|---|---|---|", flush=True)
    for label, folders, name, least in rows_of(["none", *options.descriptor]):
        seeds = range(options.drop + 1)
        found = {
            folder.name: [counted(folder, name, options.output, least, seed) for seed in seeds] for folder in folders
        }
        lines = {label: [pair for pairs in found.values() for pair in pairs]}
        if options.each and len(found) > 1:
            lines |= found
        for title, pairs in lines.items():
            before, after = (combine(counts).scores(combined=True) for counts in zip(*pairs, strict=True))
            share = {"IDs": len(seeds)}
            told = " / ".join(f"{before[key] / share.get(key, 1):.{0 if key == 'IDs' else 1}f}" for key in COLUMNS)
            change = " / ".join(
                f"{(after[key] - before[key]) / share.get(key, 1):+.{0 if key == 'IDs' else 1}f}" for key in COLUMNS
            )
            print(f"| {title} | {Path(name).stem} | {told} | {change} |", flush=True)


if __name__ == "__main__":
    main()
