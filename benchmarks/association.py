"""The one default on old and modern detections, no option given; the four sequences with each descriptor under noise.

    python benchmarks/association.py                        # MOT16, MOT17's halves, DanceTrack: no descriptor
    python benchmarks/association.py --only four --runs 6   # four sequences, each descriptor, 3 % of detections dropped
    python benchmarks/association.py --only low-rate        # every fifth frame, from each of the first five

Each run (data, descriptor, seed) is kept in --output as it finishes, under a digest of the code, so that an interrupted
benchmark goes on. With a descriptor images are read, so the camera's motion is followed; at the low rate it is composed
of the motions between all frames. Peers: shared/data/reference/MODERN.md names them; `--preset bytetrack` and others
run them here.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import mean, stdev

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data import BoxTable, Sequence, open_sequence, read_ground_truth
from flatsort.data.experiments.location import data_root
from flatsort.embedding import load_descriptor
from flatsort.embedding.store import store_descriptors
from flatsort.eval.scores.sequence_scores import Counts, combine, count_sequence
from flatsort.eval.tables.result_cache import ResultCache
from flatsort.tracker.running.camera import CameraRecorder, camera_beside, write_camera
from flatsort.tracker.running.camera_file import CameraMotionFile
from flatsort.tracker.running.presets import PRESETS
from flatsort.tracker.running.settings import TrackSettings

FOUR = ("MOT16/train/MOT16-11", "MOT15/train/PETS09-S2L1", "MOT15/train/TUD-Campus", "MOT15/train/KITTI-17")
DESCRIPTORS = ("none", "fmvae", "fmvae-tracklets", "hsv", "onnx:{data}/weights/osnet_x0_25_msmt17.onnx")
ROOTS = ("MOT16/train", "MOT17/val_half", "DanceTrack/val", "MOT15/train")
COLUMNS = ("IDs", "IDF1", "HOTA", "MOTA")
DROPPED = 0.03  # of the detections, in a noisy run
LOW_RATE = 5  # every so many-th frame


def thinned(table: BoxTable, seed: int | None) -> BoxTable:
    """A table without 3 % of its rows; all of them for seed None."""
    return table if seed is None else table[np.random.default_rng(seed).random(len(table)) >= DROPPED]


def every(table: BoxTable, step: int, first: int) -> BoxTable:
    """Each step-th frame from the `first` on, counted from 0; counted anew from 1."""
    kept = table[(table.frames - 1) % step == first]
    return replace(kept, frames=(kept.frames - 1) // step + 1)


def composed(motions: NDArray[np.float64], step: int, first: int) -> NDArray[np.float64]:
    """The camera's motions `(n, 2, 3)` from each step-th frame to the next, those between one after the other."""
    square = np.concatenate([motions, np.broadcast_to([[[0.0, 0, 1]]], (len(motions), 1, 3))], axis=1)
    parts = [square[max(0, at - step + 1) : at + 1] for at in range(first, len(motions), step)]
    return np.stack([np.linalg.multi_dot([np.eye(3), np.eye(3), *part[::-1]])[:2] for part in parts])


def followed(sequence: Sequence, settings: TrackSettings) -> BoxTable:
    """The tracks of a sequence as a table."""
    parts = [
        (np.full(len(tracks.ids), tracks.index), tracks.ids, tracks.boxes, tracks.scores)
        for tracks in settings.on(sequence)
    ]
    frames, ids, boxes, scores = (np.concatenate(column) for column in zip(*parts, strict=True))
    ones = np.ones(len(ids))
    return BoxTable(frames, ids, boxes.reshape(-1, 4), scores, np.full(len(ids), -1), ones)


def counts_of(
    folder: Path, descriptor: str, seed: int | None, step: int, stored: Path, preset: str, first: int = 0
) -> Counts:
    """Track one sequence and count; descriptors are computed once and kept in `stored`."""
    whole = open_sequence(folder, images=False)
    name = descriptor
    if descriptor != "none":
        file = stored / descriptor.replace("/", "_").replace(":", "_") / f"{whole.name}.npy"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            full = open_sequence(folder)
            loaded = load_descriptor(descriptor, sequence=full)
            assert loaded is not None
            camera = CameraRecorder()
            store_descriptors(full, loaded, file, camera.watch)
            camera.write(camera_beside(file))
        if step > 1:
            rows = np.load(file)
            rows = rows[(rows[:, 0].astype(int) - 1) % step == first]
            rows[:, 0] = (rows[:, 0] - 1) // step + 1
            thin = file.with_name(f"{whole.name}-every-{step}-from-{first}.npy")
            np.save(thin, rows)
            write_camera(camera_beside(thin), composed(CameraMotionFile(camera_beside(file)).motions, step, first))
            gate = file.with_name(file.name + ".gate.json")
            if gate.exists():
                thin.with_name(thin.name + ".gate.json").write_text(gate.read_text())
            file = thin
        name = f"npy:{file}"
    table = every(thinned(whole.detections, seed), step, first)
    length = None if whole.length is None else len(range(first, whole.length, step))
    rate = None if whole.frame_rate is None else whole.frame_rate / step
    sequence = Sequence(whole.name, str(folder), table, None, length=length, frame_rate=rate, size=whole.size)
    truth = every(read_ground_truth(folder / "gt" / "gt.txt", whole.length), step, first)
    alone = descriptor == "none" and PRESETS[preset].config().association == "appearance"
    settings = TrackSettings(descriptor=name, preset="sort" if alone else preset)
    return count_sequence(truth, followed(sequence, settings), length)


def score(
    folders: list[Path], descriptor: str, seed: int | None, step: int, output: Path, preset: str, first: int = 0
) -> dict[str, float]:
    """Scores over sequences, from the kept results where they are there."""
    cache = ResultCache(output)
    found = []
    for folder in folders:
        what = {"descriptor": descriptor, "seed": seed, "step": step, "first": first, "preset": preset}
        key = cache.key([folder / "det" / "det.txt", folder / "gt" / "gt.txt"], what)
        counts = cache.get(key)
        if counts is None:
            counts = counts_of(folder, descriptor, seed, step, output / "descriptors", preset, first)
            cache.put(key, counts)
        found.append(counts)
    cache.save_index()
    return combine(found).scores(combined=True)


def folders_of(root: Path) -> list[Path]:
    """The sequences with ground truth."""
    return sorted(path.parents[1] for path in root.glob("*/gt/gt.txt"))


def rows(only: str, runs: int, data: Path, output: Path, preset: str) -> Iterator[tuple[str, list[dict[str, float]]]]:
    """Each row of the table: its name, and the scores of its runs."""
    if only in ("all", "modern"):
        for root in ROOTS[:3]:
            folders = folders_of(data / root)
            yield f"{root}, {len(folders)} sequences", [score(folders, "none", None, 1, output, preset)]
    looks = PRESETS[preset].config().association in ("calibrated", "appearance")
    names = [descriptor.format(data=data) for descriptor in DESCRIPTORS] if looks else ["none"]
    if only == "four":
        for name in names:
            four = [data / folder for folder in FOUR]
            yield f"the four, {Path(name).stem}", [score(four, name, seed, 1, output, preset) for seed in range(runs)]
    if only == "low-rate":
        for folder in FOUR:
            for name in names:
                yield (
                    f"{Path(folder).name} every {LOW_RATE}th frame, {Path(name).stem}",
                    [score([data / folder], name, None, LOW_RATE, output, preset, first) for first in range(LOW_RATE)],
                )
        for root in ROOTS:  # not looked at when the settings for low rates were chosen
            unseen = [folder for folder in folders_of(data / root) if folder not in [data / name for name in FOUR]]
            yield (
                f"{root} every {LOW_RATE}th frame, {len(unseen)} other sequences",
                [score(unseen, "none", None, LOW_RATE, output, preset, first) for first in range(LOW_RATE)],
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["all", "modern", "four", "low-rate"], default="all")
    parser.add_argument("--runs", type=int, default=6, help="noisy runs of each row of the four")
    parser.add_argument("--preset", choices=list(PRESETS), default="default", help="another tracker; sort for its none")
    parser.add_argument("--output", type=Path, default=Path("outputs/association"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    print("| data | " + " | ".join(COLUMNS) + " |\n| --- |" + " ---: |" * len(COLUMNS), flush=True)
    for name, scores in rows(options.only, options.runs, data_root(), options.output, options.preset):
        cells = []
        for column in COLUMNS:
            values = [one[column] for one in scores]
            digits = 0 if column == "IDs" else 2
            scatter = f" ± {stdev(values):.{max(digits - 1, 0)}f}" if len(values) > 1 else ""
            cells.append(f"{mean(values):.{digits}f}{scatter}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
