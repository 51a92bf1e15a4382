"""What each part of label-free learning across cameras buys, at equal steps.

    python benchmarks/people_parts.py REID --sources A B --sequences MOT16/train/MOT16-11 --output runs/parts

REID holds cuhk03-tracklets (trained on), cuhk03-val and cuhk01 (scored). `--sources` are sequences with detections that
are trained on beside it, `--sequences` MOTChallenge folders that are scored and not trained on. Every row is trained
from nothing. Finished rows are read from OUTPUT and a begun one goes on, so the command resumes; `--only` names rows.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from seed_table import seed_table

from flatsort.data.crops.tracklet_identities import tracklet_identities
from flatsort.data.crops.tracklet_sources import Tracklets, load_tracklets
from flatsort.data.files.atomic import atomic_path
from flatsort.eval.retrieval.comparison import RetrieveSettings, retrieve
from flatsort.eval.retrieval.folders import CameraSettings, retrieve_folders
from flatsort.train_embedding.loop.loop import run
from flatsort.train_embedding.loop.people import PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.loop.state import MODEL_FILE, STATE_FILE
from flatsort.train_embedding.people.labelled_run import LabelledPeopleRun

WHOLE = "whole"
NEVER = 10**6
PARTS: dict[str, dict[str, Any]] = {
    WHOLE: {},
    "without pseudo-identities": {"pair_from": NEVER},
    "half of the crops changed strongly": {"strong": 0.5},
    "without strong changes": {"strong": 0.0},
    "without proxies: told from the batch alone": {"own": 0.0},
    "sources apart": {"sources_apart": True},
    "without a mean teacher": {"teacher": 0.0},
    "without colours alone": {"colours_alone": 0.0},
    "without alignment of the views": {"alignment": 0.0},
    "folder alone": {},
    "with labels": {},
}


def settings_of(part: str, steps: int) -> PeopleSettings:
    """Those of a row: pairs grow in force over its first six tenths, and the last tenth sees crops of 128x64.

    All crops are changed strongly but where a row says otherwise.
    """
    growing = {"pair_from": steps // 5, "pair_steps": 2 * steps // 5}
    usual = PeopleSettings(steps=steps, narrow=0.9, strong=1.0, save_every=200, **growing)
    return replace(usual, **PARTS[part])


def measure(part: str, seed: int, data: Tracklets, options: argparse.Namespace) -> dict[str, float]:
    """Train one row, or go on with it, and score it."""
    folder = folder_of(part, seed, options.output)
    settings = settings_of(part, options.steps)
    sources = [str(options.reid / "cuhk03-tracklets"), *options.sources]
    if part == "folder alone":
        data = load_tracklets(sources[:1])
    if part == "with labels":
        who = tracklet_identities(sources, data, options.reid / "cuhk03-identities.csv")
        task: PeopleRun = LabelledPeopleRun(settings, data, who, seed)
    else:
        task = PeopleRun(settings, data, seed)
    run(task, folder, resume=(folder / STATE_FILE).is_file(), quiet=True)
    names = {"": str(folder / MODEL_FILE)}
    folders = [str(options.reid / name) for name in ("cuhk03-val", "cuhk01")]
    found: dict[str, float] = {"pairs": task.pairing.count}
    for name, scores in retrieve_folders(folders, names, CameraSettings()).sequences[""].items():
        found |= {f"{name} {column}": scores[column] for column in ("Rank-1", "mAP")}
    if options.sequences:
        for name, scores in retrieve(options.sequences, names, RetrieveSettings()).sequences[""].items():
            found |= {f"{name} {column}": scores[column] for column in ("far mAP", "far AUC", "near AUC")}
    return found


def folder_of(part: str, seed: int, output: Path) -> Path:
    """Where a row's run and scores lie."""
    return output / f"{part.split(':')[0].replace(' ', '-')}-s{seed}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reid", type=Path, help="the folder of cuhk03-tracklets, cuhk03-val and cuhk01")
    parser.add_argument("--sources", nargs="*", default=[], help="sequences with detections that are trained on too")
    parser.add_argument("--sequences", nargs="*", default=[], help="MOTChallenge folders that are scored")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=[], help="these rows alone")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args()
    data = load_tracklets([str(options.reid / "cuhk03-tracklets"), *options.sources])
    rows: dict[str, list[dict[str, float]]] = {}
    for seed in options.seeds:
        for part in options.only or PARTS:
            path = folder_of(part, seed, options.output) / "scores.json"
            if not path.is_file():
                found = measure(part, seed, data, options)
                with atomic_path(path) as temporary:
                    temporary.write_text(json.dumps(found, indent=1))
                print(f"{part}, seed {seed}: {found}", file=sys.stderr, flush=True)
            rows.setdefault(part, []).append(json.loads(path.read_text()))
    print(seed_table(rows, [name for name in next(iter(rows.values()))[0] if name != "pairs"]))


if __name__ == "__main__":
    main()
