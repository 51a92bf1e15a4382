"""VisDrone's text: MOTChallenge's columns, then class, truncation and occlusion (Zhu et al. 2021, MOT track)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.text_table import TextTable

NAMES = dict(
    enumerate(
        (
            *("ignored region", "pedestrian", "people", "bicycle", "car", "van", "truck"),
            *("tricycle", "awning-tricycle", "bus", "motor", "others"),
        )
    )
)
IGNORED = 0
COLUMNS = 10


def is_visdrone(table: TextTable) -> bool:
    """Whether ten columns are VisDrone's and no others' with a class in column 8.

    They are where truncation is 0 or 1, occlusion 0, 1 or 2, and they differ between rows or stand beside ignored
    regions, whose score is 0. Results of detectors, whose last columns are -1, read alike either way.
    Raises InputError where class 0 may be an ignored region or a detection.
    """
    values = table.values
    if not len(values) or values.shape[1] != COLUMNS or not _has_classes(values):
        return False
    truncation, occlusion = values[:, 8], values[:, 9]
    if not (np.isin(truncation, (0, 1)).all() and np.isin(occlusion, (0, 1, 2)).all()):
        return False
    unsure = values[:, 7] == IGNORED
    regions = unsure.any() and not values[unsure, 6].any()
    differ = bool((values[:, 8:] != values[0, 8:]).any())
    if differ and unsure.any() and not regions:
        problem = "class 0 may be VisDrone's ignored regions or things that were found"
        cure = "say --detections-format visdrone or --detections-format mot"
        raise InputError(table.source, int(table.rows[int(unsure.argmax())]), problem, cure)
    return bool(regions or differ)


def check_visdrone(table: TextTable) -> None:
    """Raise InputError naming the first row that is not as VisDrone's rows are."""
    if len(table.values) and table.values.shape[1] != COLUMNS:
        problem = f"has {table.values.shape[1]} columns, VisDrone's have {COLUMNS}"
        raise InputError(table.source, int(table.rows[0]), problem, "leave --detections-format out")
    column = table.values[:, 7] if len(table.values) else np.empty(0)
    table.refuse(~np.isin(column, list(NAMES)), "class is {7}, not one of VisDrone's 0 to 11", "correct the class")


def _has_classes(values: NDArray[np.float64]) -> bool:
    return bool(np.isin(values[:, 7], list(NAMES)).all() and (values[:, 7] > IGNORED).any())
