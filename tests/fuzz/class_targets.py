"""What is fuzzed of classes: their names, what a user asks for, tracking within them, and scores of each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from flatsort import InputError, Tracker
from flatsort.data import open_writer, read_detections, read_tracks
from flatsort.data.classes import MOT_NAMES, class_numbers, keep_classes, kinds_of, split_classes
from flatsort.data.detection.onnx import parse_names
from flatsort.eval import score_classes
from flatsort.tracker.running.presets import PRESETS
from tests.fuzz.mutations import Random, damaged_bytes, damaged_json, damaged_rows, drawn, times, word

NAMES = {0: "person", 1: "bicycle", 7: "traffic light"}


def accepted(read: Callable[[], object]) -> bool:
    """Whether it was; False where it was refused by one line."""
    try:
        read()
    except InputError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than a line: {error}") from error
        return False
    return True


def names_of_classes(random: Random, folder: Path) -> bool:
    """Detections with a file of names beside them, of which some are kept."""
    rows = [f"{frame},-1,10,{20 + place},30,40,0.5,{n},-1,-1" for frame in (1, 2) for place, n in enumerate(NAMES)]
    (folder / "named.txt").write_text("\n".join(rows) + "\n")
    numbered = random.random() < 0.5
    text = "".join(f"{number} {name}\n" if numbered else f"{name}\n" for number, name in NAMES.items()).encode()
    (folder / "named.names.txt").write_bytes(damaged_bytes(random, text) if random.random() < 0.7 else text)
    wanted = str(random.choice(["person", "0,7", "all", word(random), f"bicycle,{word(random)}", None]))

    def read() -> None:
        table = read_detections(folder / "named.txt")
        kept = keep_classes(table, None if wanted == "None" else wanted, "named.txt")
        kinds = kinds_of(kept)
        assert set(kept.classes.tolist()) <= set(NAMES)
        assert kinds is None or len(kinds) == len(kept)

    return accepted(read)


def names_of_detectors(random: Random, folder: Path) -> bool:
    """Names as networks' metadata and files hold them, and what a user asks for of them."""
    names: Any = {str(number): name for number, name in NAMES.items()} if random.random() < 0.7 else [*NAMES.values()]
    text = json.dumps(damaged_json(random, names))
    if random.random() < 0.3:
        text = damaged_bytes(random, text.encode()).decode(errors="replace")
    wanted = f"person,{word(random)}" if random.random() < 0.3 else "person"

    def read() -> None:
        found = parse_names(text, "x.onnx")
        assert all(isinstance(name, str) for name in found)
        class_numbers(split_classes(wanted), dict(enumerate(found, start=1)) or MOT_NAMES, "x.onnx")

    return accepted(read)


def written_classes(random: Random, folder: Path) -> bool:
    """Tracks of several classes, read back after some damage."""
    path = folder / f"c{random.choice(['.txt', '.csv', '.json', '.jsonl', '.parquet'])}"
    with open_writer(path, names=NAMES) as writer:
        for frame in (1, 2, 3):
            boxes = np.array([[10.0, 10, 50, 90], [200, 50, 240, 140]])
            classes = random.choice([0, 1, 7, -1], 2)
            writer.write(frame, np.array([1, 2]), boxes, np.array([0.9, 0.5]), classes=classes)
    content = path.read_bytes()
    if path.suffix == ".json" and random.random() < 0.5:
        path.write_text(json.dumps(damaged_json(random, json.loads(content))))
    else:
        path.write_bytes(damaged_bytes(random, content))
    return accepted(lambda: kinds_of(read_tracks(path, 3)))


def tracked_classes(random: Random, folder: Path) -> bool:
    """Detections whose classes are wild at times, by every tracker: an id is of one class, unless it may cross."""
    config = PRESETS[str(random.choice([*PRESETS]))].config()
    tracker = Tracker(replace(config, across_classes=bool(random.random() < 0.3)))
    class_of: dict[int, int] = {}
    taken = True
    for step in range(8):
        n = int(random.integers(0, 5))
        corner = random.uniform(0, 300, (n, 2)) + step
        boxes = np.concatenate([corner, corner + random.choice([20.0, 60.0], (n, 2))], axis=1)
        whole = drawn(random, {0: 8, 1: 8, 7: 4, -1: 2, 2**31: 1}, (n,)).astype(np.int64)
        classes: Any = whole
        if random.random() < 0.1:
            classes = [None, whole + 0.5, whole[1:], whole[None], 10**30, "abc", [[1], [2, 3]]][random.integers(7)]
        vectors = np.eye(3)[random.integers(0, 3, n)] if config.association in ("appearance", "calibrated") else None
        try:
            tracks = tracker.update(boxes, random.uniform(0.2, 1, n), vectors, classes=classes)
        except ValueError:
            taken = False
            continue
        given = {*whole.tolist(), -1, *class_of.values()}
        for identity, number in zip(tracks.ids.tolist(), tracks.classes.tolist(), strict=True):
            assert number in given
            if not tracker.config.across_classes:
                assert class_of.setdefault(identity, number) == number, "an id of two classes"
            class_of[identity] = number
    return taken


def scores_by_class(random: Random, folder: Path) -> bool:
    """Ground truth, its names and tracks, each damaged at times, scored class by class."""
    truth = [
        f"{f},{1 + k},{10 + f},{20 + 60 * k},30,40,1,{n},1".split(",") for f in range(1, 5) for k, n in enumerate(NAMES)
    ]
    tracks = [
        f"{f},{1 + k},{12 + f},{20 + 60 * k},30,40,1,{n},-1,-1".split(",")
        for f in range(1, 5)
        for k, n in enumerate(NAMES)
    ]
    (folder / "gt").mkdir(exist_ok=True)
    (folder / "found").mkdir(exist_ok=True)
    part = int(random.integers(4))
    (folder / "gt" / "gt.txt").write_text(damaged_rows(random, truth) if part == 0 else _text(truth))
    (folder / "found" / f"{folder.name}.txt").write_text(damaged_rows(random, tracks) if part == 1 else _text(tracks))
    names = "".join(f"{number} {name}\n" for number, name in NAMES.items()).encode()
    (folder / "gt" / "names.txt").write_bytes(damaged_bytes(random, names) if part == 2 else names)
    wanted = word(random) if part == 3 and times(random) else "all"

    def score() -> None:
        scores = score_classes(folder, folder / "found", wanted)
        assert scores.overall["FN"] == sum(own.overall["FN"] for own in scores.classes.values())

    return accepted(score)


def _text(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)
