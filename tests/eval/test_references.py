"""Real tracks, read and scored by TrackEval from the files: every column, each sequence and overall."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import motmetrics
import numpy as np
import pytest
import trackeval

from flatsort.data.files.motchallenge import read_ground_truth, read_tracks
from flatsort.data.files.sequence_info import read_sequence_info
from flatsort.eval import Scores, score_sequences
from flatsort.eval.scores.preprocess import preprocess
from flatsort.eval.scores.sequence_scores import COUNTS, score_sequence

# name in scores.json: benchmark, folder of tracks, sequences (None: all in the folder), is `overall` of these alone
REFERENCES: dict[str, tuple[str, str, list[str] | None, bool]] = {
    "SORT, MOT16 train, FRCNN detections, min confidence 0.3": ("MOT16", "sort_mot16_frcnn", None, False),
    "SORT, MOT15 train, SORT detections, no minimum confidence": ("MOT15", "sort_mot15", None, True),
    "DeepSORT, mars128 descriptor, MOT16-05 and -09, FRCNN detections, min confidence 0.3": (
        *("MOT16", "deepsort_mars128_frcnn", None, True),
    ),
    "DeepSORT, OSNet x0.25 descriptor, MOT16-11, FRCNN detections, min confidence 0.3": (
        *("MOT16", "deepsort_osnet", ["MOT16-11"], True),
    ),
    "DeepSORT, OSNet x0.25 descriptor, PETS09/TUD-Campus/KITTI-17, SORT detections, min confidence 0.3": (
        *("MOT15", "deepsort_osnet", ["PETS09-S2L1", "TUD-Campus", "KITTI-17"], True),
    ),
}


def trackeval_combined(
    root: Path, tracks: Path, benchmark: str, names: list[str], metrics: list[Any]
) -> dict[str, dict[str, Any]]:
    """TrackEval's fields of each sequence and of COMBINED_SEQ."""
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = trackeval.datasets.MotChallenge2DBox(
            {
                "GT_FOLDER": str(root),
                "TRACKERS_FOLDER": str(tracks.parent),
                "TRACKERS_TO_EVAL": [tracks.name],
                "TRACKER_SUB_FOLDER": "",
                "BENCHMARK": benchmark,
                "SEQ_INFO": dict.fromkeys(names),
                "SKIP_SPLIT_FOL": True,
                "PRINT_CONFIG": False,
            }
        )
        fields: dict[str, dict[str, Any]] = {name: {} for name in (*names, "COMBINED_SEQ")}
        data = {
            name: dataset.get_preprocessed_seq_data(dataset.get_raw_seq_data(tracks.name, name), "pedestrian")
            for name in names
        }
        for metric in metrics:
            each = {name: metric.eval_sequence(data[name]) for name in names}
            for name, result in {**each, "COMBINED_SEQ": metric.combine_sequences(each)}.items():
                fields[name] |= result
    return fields


def by_name(scores: Scores) -> dict[str, dict[str, float]]:
    return {**scores.sequences, "COMBINED_SEQ": scores.overall}


@pytest.mark.parametrize("title", REFERENCES)
def test_equals_trackeval(
    title: str,
    real_data: Path,
    trackeval_metrics: list[Any],
    as_columns: Callable[[dict[str, Any]], dict[str, float]],
) -> None:
    benchmark, folder, names, overall_known = REFERENCES[title]
    root, tracks = real_data / benchmark / "train", real_data / "reference" / folder
    names = names or [path.stem for path in tracks.glob("*.txt")]
    ours = by_name(score_sequences(root, tracks, sequences=names))

    theirs = trackeval_combined(root, tracks, benchmark, names, trackeval_metrics)
    assert ours.keys() == theirs.keys()
    for name, columns in ours.items():
        expected = as_columns(theirs[name])
        assert {column: columns[column] for column in COUNTS} == {column: expected[column] for column in COUNTS}
        assert columns == pytest.approx(expected, rel=0, abs=1e-9), name

    published = json.loads((real_data / "reference" / "scores.json").read_text())[title]
    for name in published if overall_known else names:
        columns = {column: ours[name][column] for column in published[name]}
        assert columns == pytest.approx(published[name], abs=5.1e-4), name  # printed to three digits


# Where motmetrics 1.4.0 counts otherwise: it carries pairings over gaps (IDs, MOTA, MOTP), takes 0.8 of a life as
# mostly tracked (MT, PT), and fragments an object at every miss but not at gaps of its ground truth (FM).
MOTMETRICS_DIFFERS: dict[str, set[str]] = {
    "MOT16/sort_mot16_frcnn/MOT16-09": set(),
    "MOT16/sort_mot16_frcnn/MOT16-05": {"MT", "PT"},
    "MOT15/sort_mot15/KITTI-17": set(),
    "MOT15/sort_mot15/TUD-Stadtmitte": set(),
    "MOT15/sort_mot15/TUD-Campus": {"MT", "PT", "FM", "MOTP"},
}


@pytest.mark.parametrize("name", MOTMETRICS_DIFFERS)
def test_agrees_with_motmetrics(name: str, real_data: Path) -> None:
    benchmark, folder, sequence = name.split("/")
    length = read_sequence_info(real_data / benchmark / "train" / sequence).length
    truth = read_ground_truth(real_data / benchmark / "train" / sequence / "gt" / "gt.txt", length)
    tracks = read_tracks(real_data / "reference" / folder / f"{sequence}.txt", length)
    accumulator = motmetrics.MOTAccumulator(auto_id=True)
    for frame in preprocess(truth, tracks, length).frames:
        accumulator.update(frame.truth, frame.tracks, np.where(frame.iou >= 0.5, 1 - frame.iou, np.nan))
    counts = {
        "MT": "mostly_tracked", "PT": "partially_tracked", "ML": "mostly_lost", "FP": "num_false_positives",
        "FN": "num_misses", "IDs": "num_switches", "FM": "num_fragmentations",
    }  # fmt: skip
    percent = {"IDF1": "idf1", "IDP": "idp", "IDR": "idr", "Rcll": "recall", "Prcn": "precision", "MOTA": "mota"}
    theirs = motmetrics.metrics.create().compute(
        accumulator, metrics=[*counts.values(), *percent.values(), "motp"], return_dataframe=False
    )
    expected = {column: theirs[metric] for column, metric in counts.items()}
    expected |= {column: 100 * theirs[metric] for column, metric in percent.items()}
    expected["MOTP"] = 100 * (1 - theirs["motp"])
    ours = score_sequence(truth, tracks, length)
    differing = {column for column, value in expected.items() if ours[column] != pytest.approx(value, abs=1e-9)}
    assert differing == MOTMETRICS_DIFFERS[name]
