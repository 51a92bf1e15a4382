"""Hand-written scenes, and TrackEval as the oracle of scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
import trackeval

from flatsort.data import BoxTable

Rows = Iterable[tuple[float, ...]]


@pytest.fixture(scope="session")
def table() -> Callable[[Rows], BoxTable]:
    """Rows of (frame, id, left, top, width, height[, conf[, class]]) as a BoxTable."""

    def read(rows: Rows) -> BoxTable:
        full = [(*row, *(1, -1)[len(row) - 6 :]) for row in rows]
        array = np.array(full, float).reshape(len(full), 8)
        array = array[np.argsort(array[:, 0], kind="stable")]
        boxes = array[:, 2:6].copy()
        boxes[:, 2:] += boxes[:, :2]
        frames, ids, classes = (array[:, column].astype(np.int64) for column in (0, 1, 7))
        return BoxTable(frames, ids, boxes, array[:, 6], classes, np.ones(len(full)))

    return read


@pytest.fixture(scope="session")
def trackeval_metrics() -> list[Any]:
    quiet = {"PRINT_CONFIG": False}
    return [trackeval.metrics.CLEAR(dict(quiet)), trackeval.metrics.Identity(dict(quiet)), trackeval.metrics.HOTA()]


@pytest.fixture(scope="session")
def as_columns() -> Callable[[dict[str, Any]], dict[str, float]]:
    """TrackEval's fields under the names and in the units of this project."""
    counts = {"MT": "MT", "PT": "PT", "ML": "ML", "FP": "CLR_FP", "FN": "CLR_FN", "IDs": "IDSW", "FM": "Frag"}
    same = {name: name for name in ("IDF1", "IDP", "IDR", "MOTA", "MOTP", "MOTAL", "HOTA", "DetA", "AssA")}
    percent = {"Rcll": "CLR_Re", "Prcn": "CLR_Pr", **same}

    def columns(fields: dict[str, Any]) -> dict[str, float]:
        values = {name: 100 * float(np.mean(fields[theirs])) for name, theirs in percent.items()}
        values |= {name: int(fields[theirs]) for name, theirs in counts.items()}
        return values | {"FAR": float(fields["FP_per_frame"])}

    return columns


@pytest.fixture(scope="session")
def oracle(
    trackeval_metrics: list[Any], as_columns: Callable[[dict[str, Any]], dict[str, float]]
) -> Callable[..., dict[str, float]]:
    """TrackEval's columns of a sequence in memory: `oracle(truth, tracks, length, benchmark)`."""
    kind = trackeval.datasets.MotChallenge2DBox
    dataset = object.__new__(kind)  # its constructor wants folders
    dataset.do_preproc = True
    names = {1: "pedestrian", 2: "person_on_vehicle", 6: "non_mot_vehicle", 7: "static_person", 8: "distractor"}
    dataset.class_name_to_class_id = {name: number for number, name in names.items()} | {"reflection": 12}
    dataset.valid_class_numbers = list(range(1, 14))

    def scores(truth: BoxTable, tracks: BoxTable, length: int, benchmark: str) -> dict[str, float]:
        dataset.benchmark = benchmark
        truths = [truth[truth.rows_of(frame)] for frame in range(1, length + 1)]
        reports = [tracks[tracks.rows_of(frame)] for frame in range(1, length + 1)]
        overlaps = [
            kind._calculate_box_ious(objects.boxes, reported.boxes, box_format="x0y0x1y1")
            for objects, reported in zip(truths, reports, strict=True)
        ]
        raw = {
            "num_timesteps": length,
            "seq": "scene",
            "gt_ids": [objects.ids for objects in truths],
            "gt_dets": [objects.boxes for objects in truths],
            "gt_classes": [objects.classes for objects in truths],
            "gt_extras": [{"zero_marked": objects.scores.astype(int)} for objects in truths],
            "tracker_ids": [reported.ids for reported in reports],
            "tracker_dets": [reported.boxes for reported in reports],
            "tracker_classes": [reported.classes for reported in reports],
            "tracker_confidences": [reported.scores for reported in reports],
            "similarity_scores": overlaps,
        }
        data = dataset.get_preprocessed_seq_data(raw, "pedestrian")
        fields: dict[str, Any] = {}
        for metric in trackeval_metrics:
            fields |= metric.eval_sequence(data)
        return as_columns(fields)

    return scores
