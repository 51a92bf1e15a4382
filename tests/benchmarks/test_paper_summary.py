"""docs/results/to-the-letter.md says what results/to-the-letter says."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from flatsort.data import BoxTable
from flatsort.eval.figures.switch_comparison import SwitchComparison
from flatsort.tracker.drawing.switch_pictures import Switch
from flatsort.tracker.drawing.switch_rows import TrackedRow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def summary() -> Any:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return import_module("paper_summary")
    finally:
        sys.path.pop(0)


def test_page_holds_the_tables_of_the_measurements(summary: Any) -> None:
    found = {
        path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "results/to-the-letter").glob("*.json"))
    }
    page = (ROOT / "docs/results/to-the-letter.md").read_text()
    for name, table in summary.tables(found).items():
        assert f"<!-- table: {name} -->\n{table}\n<!-- end -->" in page, name


def test_a_method_is_compared_at_the_seeds_that_both_have(summary: Any) -> None:
    def run(condition: float, seen: float, error: float) -> dict[str, Any]:
        graphs = {"paper": {"observation": seen}}
        return {"mixed": {"condition_number": condition}, "graphs": graphs, "error": error, "group": "paper"}

    found = {
        "paper-motion-vhp-vae-s0": run(7.0, 1.2, 0.04),
        "paper-motion-fmvae-s0": run(2.0, 1.02, 0.01),
        "paper-motion-vhp-vae-s1": run(99.0, 1.9, 0.04),
    }
    (row,) = summary.claims(found)
    assert row[:6] == ["motion", "paper", "1", "6", "1", "6.0"]
    assert row[6:] == ["yes", "1.020", "yes", "0.50"]


def test_the_occlusion_that_is_drawn_is_one_that_the_last_tracker_alone_survives() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        longest = import_module("paper_tracking").longest
    finally:
        sys.path.pop(0)
    boxes = BoxTable.none()
    spans = {1: (10, 60), 2: (10, 40), 3: (10, 20), 4: (10, 90)}  # person: frames before and after
    switches = [Switch(person, 0, 1, *frames) for person, frames in spans.items()]
    first = {(frame, person): at for person, frames in spans.items() for at, frame in enumerate(frames)}
    kept_by_last = {(frame, person): 7 for person in (1, 2, 3) for frame in spans[person]}
    kept_between = {**first, (10, 1): 5, (60, 1): 5}  # follows person 1 too
    held = (first, kept_between, {**first, **kept_by_last})
    rows = [TrackedRow(label, boxes, seen) for label, seen in zip("abc", held, strict=True)]
    assert longest(SwitchComparison(boxes, switches, rows, "")).person == 2
