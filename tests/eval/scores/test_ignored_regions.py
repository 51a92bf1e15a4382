"""Scores by class among regions to ignore: TrackEval's BDD100K is the oracle of every class and of all together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trackeval
from numpy.typing import NDArray

from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.tracks import read_tracks
from flatsort.eval import score_classes
from flatsort.eval.scores.sequence_scores import COUNTS
from flatsort.eval.tables.scores_table import OVERALL, rows_by_class

LENGTH = 40
BDD: dict[int, str] = {1: "pedestrian", 2: "rider", 4: "car"}
INFO = f"[Sequence]\nname={{}}\nseqLength={LENGTH}\n"


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def write_scene(root: Path, name: str, seed: int) -> None:
    """Nine objects of three classes that walk among regions to ignore; tracks that err in place, class, id and life."""
    random = np.random.default_rng(seed)
    truth, tracks = [], []
    numbers = list(BDD)
    for region in range(3):
        left, top = random.uniform(0, 260, 2)
        truth += [f"{frame},{region},{left},{top},90,120,0,0,1" for frame in range(1, LENGTH + 1)]
    for identity in range(9):
        number = numbers[identity % 3]
        path = random.uniform(0, 300, 2) + np.cumsum(random.normal(0, 3, (LENGTH, 2)), axis=0)
        for frame in range(1, LENGTH + 1):
            left, top = path[frame - 1]
            truth += [f"{frame},{identity + 10},{left},{top},40,60,1,{number},1"] if random.random() < 0.9 else []
            for again in range(random.choice(3, p=[0.15, 0.75, 0.1])):
                x, y = path[frame - 1] + random.normal(0, 4, 2)
                reported = number if random.random() < 0.9 else numbers[random.integers(3)]
                track = 100 * again + 20 * reported + identity + (10 if frame > 25 else 0)
                tracks.append(f"{frame},{track},{x},{y},40,60,1,{reported},-1,-1")
    write(
        root,
        {
            f"gt/{name}/gt/gt.txt": "\n".join(truth),
            f"gt/{name}/seqinfo.ini": INFO.format(name),
            f"tracks/{name}.txt": "\n".join(tracks),
        },
    )


def trackeval_data(root: Path, name: str) -> dict[str, Any]:
    """A sequence as TrackEval's BDD100K has it in memory."""
    truth = read_ground_truth(root / "gt" / name / "gt" / "gt.txt", classes=True)
    tracks = read_tracks(root / "tracks" / f"{name}.txt")
    regions, objects = truth[truth.classes == 0], truth[truth.classes != 0]

    def frames_of(table: Any, field: str) -> list[NDArray[Any]]:
        return [getattr(table, field)[table.rows_of(frame)] for frame in range(1, LENGTH + 1)]

    boxes, reported = frames_of(objects, "boxes"), frames_of(tracks, "boxes")
    overlaps = [
        trackeval.datasets.BDD100K._calculate_box_ious(one, other, box_format="x0y0x1y1")
        for one, other in zip(boxes, reported, strict=True)
    ]
    return {
        "num_timesteps": LENGTH,
        "seq": name,
        "gt_ids": frames_of(objects, "ids"),
        "gt_dets": boxes,
        "gt_classes": frames_of(objects, "classes"),
        "gt_crowd_ignore_regions": frames_of(regions, "boxes"),
        "tracker_ids": frames_of(tracks, "ids"),
        "tracker_dets": reported,
        "tracker_classes": frames_of(tracks, "classes"),
        "similarity_scores": overlaps,
    }


def trackeval_by_class(root: Path, sequences: list[str], metrics: list[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """TrackEval's fields of each class and sequence, of each class (COMBINED_SEQ) and of all (cls_comb_det_av)."""
    dataset = object.__new__(trackeval.datasets.BDD100K)  # its constructor wants folders
    dataset.class_name_to_class_id = {name: number for number, name in BDD.items()}
    raw = {name: trackeval_data(root, name) for name in sequences}
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for metric in metrics:
        together = {}
        for label in BDD.values():
            each = {
                name: metric.eval_sequence(dataset.get_preprocessed_seq_data(raw[name], label)) for name in sequences
            }
            together[label] = metric.combine_sequences(each)
            for name, fields in {**each, OVERALL: together[label]}.items():
                found.setdefault((label, name), {}).update(fields)
        everything = metric.combine_classes_det_averaged(together)
        found.setdefault((OVERALL, OVERALL), {}).update(everything)
    return found


@pytest.mark.parametrize("seed", range(5))
def test_equals_trackeval(
    seed: int,
    tmp_path: Path,
    trackeval_metrics: list[Any],
    as_columns: Callable[[dict[str, Any]], dict[str, float]],
) -> None:
    """Each class of each sequence, each class, and everything; regions to ignore among them."""
    sequences = ["a", "b"]
    for index, name in enumerate(sequences):
        write_scene(tmp_path, name, 10 * seed + index)
    write(tmp_path, {"gt/names.txt": "0 ignored\n" + "".join(f"{number} {name}\n" for number, name in BDD.items())})
    scores = score_classes(tmp_path / "gt", tmp_path / "tracks")
    ours = rows_by_class(scores)
    theirs = trackeval_by_class(tmp_path, sequences, trackeval_metrics)
    assert list(scores.classes) == list(BDD.values())
    for row, fields in theirs.items():
        expected = as_columns(fields)
        assert {column: ours[row][column] for column in COUNTS} == {column: expected[column] for column in COUNTS}
        assert ours[row] == pytest.approx(expected, rel=0, abs=1e-9), row
    assert ours[OVERALL, OVERALL]["FP"] > 0 < ours[OVERALL, OVERALL]["IDs"]


def test_regions_to_ignore_change_the_scores(tmp_path: Path) -> None:
    """Else the oracle above would say nothing about them."""
    write_scene(tmp_path, "a", 0)
    path = tmp_path / "gt" / "a" / "gt" / "gt.txt"
    before = score_classes(tmp_path / "gt", tmp_path / "tracks")
    path.write_text("\n".join(row for row in path.read_text().splitlines() if not row.endswith(",0,0,1")))
    after = score_classes(tmp_path / "gt", tmp_path / "tracks")
    assert before.overall["FP"] < after.overall["FP"]
    assert before.overall["FN"] == after.overall["FN"]
