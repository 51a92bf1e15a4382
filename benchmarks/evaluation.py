"""Time to score tracks beside TrackEval's, in one run, and how far the scores lie apart.

    python benchmarks/evaluation.py [GT_ROOT TRACKS_DIR]

Without folders: SORT's tracks of MOT16 in the reference data. Both read the files and compute CLEAR, identity and HOTA
of every sequence that has tracks, and overall; best of --repeats. The whole process is `flatsort eval --json`, start
to end.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import trackeval

ROOT = Path(__file__).resolve().parents[1]
Result = TypeVar("Result")
sys.path.insert(0, str(ROOT))

from flatsort.data.experiments.location import data_root
from flatsort.eval import Scores, score_sequences


def score_with_trackeval(root: Path, tracks: Path, names: list[str]) -> dict[str, Any]:
    """TrackEval's fields of COMBINED_SEQ."""
    quiet = {"PRINT_CONFIG": False}
    classes_given = len((root / names[0] / "gt" / "gt.txt").read_text().split("\n", 1)[0].split(",")) == 9
    settings = quiet | {
        "GT_FOLDER": str(root),
        "TRACKERS_FOLDER": str(tracks.parent),
        "TRACKERS_TO_EVAL": [tracks.name],
        "TRACKER_SUB_FOLDER": "",
        "BENCHMARK": "MOT16" if classes_given else "MOT15",
        "SEQ_INFO": dict.fromkeys(names),
        "SKIP_SPLIT_FOL": True,
    }
    metrics = [
        trackeval.metrics.CLEAR(dict(quiet)),
        trackeval.metrics.Identity(dict(quiet)),
        trackeval.metrics.HOTA(),
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = trackeval.datasets.MotChallenge2DBox(settings)
        data = {
            name: dataset.get_preprocessed_seq_data(dataset.get_raw_seq_data(tracks.name, name), "pedestrian")
            for name in names
        }
        fields: dict[str, Any] = {}
        for metric in metrics:
            fields |= metric.combine_sequences({name: metric.eval_sequence(data[name]) for name in names})
    return fields


def best_of(repeats: int, work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of the fastest run, and what it gave."""
    runs = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = work()
        runs.append((time.perf_counter() - start, result))
    return min(runs, key=lambda run: run[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gt_root", type=Path, nargs="?")
    parser.add_argument("tracks_dir", type=Path, nargs="?")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    root = options.gt_root or data_root() / "MOT16" / "train"
    tracks = options.tracks_dir or data_root() / "reference" / "sort_mot16_frcnn"

    ours: Scores
    seconds, ours = best_of(options.repeats, lambda: score_sequences(root, tracks, partial=True))
    names = list(ours.sequences)
    command = [sys.executable, "-m", "flatsort", "eval", str(root), str(tracks), "--json", "--partial", "-q"]
    process, _ = best_of(options.repeats, lambda: subprocess.run(command, capture_output=True, check=True))
    their_seconds, theirs = best_of(options.repeats, lambda: score_with_trackeval(root, tracks, names))

    pairs = {"HOTA": "HOTA", "AssA": "AssA", "MOTA": "MOTA", "MOTP": "MOTP", "IDF1": "IDF1", "Rcll": "CLR_Re"}
    apart = max(abs(ours.overall[mine] - 100 * float(np.mean(theirs[field]))) for mine, field in pairs.items())
    print(f"{len(names)} sequences: {', '.join(names)}")
    print(f"flatsort             {seconds:8.2f} s")
    print(f"flatsort, process    {process:8.2f} s")
    print(f"TrackEval 1.3.0      {their_seconds:8.2f} s   {their_seconds / seconds:.1f} times as long")
    print(f"largest difference   {apart:8.1e} per cent")


if __name__ == "__main__":
    main()
