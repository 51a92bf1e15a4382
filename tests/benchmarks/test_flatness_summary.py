"""docs/results/paper.md says what results/geometry says, and the claims follow from the numbers."""

from __future__ import annotations

import copy
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"


@pytest.fixture(scope="module")
def summary() -> Any:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return import_module("flatness_summary")
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in sorted((RESULTS / "geometry").glob("*.json"))}


def test_page_holds_the_tables_of_the_measurements(summary: Any, found: dict[str, Any]) -> None:
    page = (ROOT / "docs" / "results" / "paper.md").read_text()
    for name, table in summary.tables(found).items():
        assert f"<!-- table: {name} -->\n{table}\n<!-- end -->" in page
    stored = json.loads((RESULTS / "flatness.json").read_text())["claims"]
    assert [(item["claim"], item["holds"]) for item in stored] == [
        (item["claim"], item["holds"]) for item in summary.claims(found)
    ]


def test_every_measurement_names_how_it_was_made(found: dict[str, Any]) -> None:
    for run, content in found.items():
        assert f"RUNS/{run}" in content["made"]["command"], run
        assert {"seed", "commit"} <= content["made"].keys()
        assert {"command", "seed", "commit"} <= content["measured"].keys()


def test_a_worse_measurement_turns_its_claim(summary: Any, found: dict[str, Any]) -> None:
    worse = copy.deepcopy(found)
    for seed in range(3):
        worse[f"pendulum-fmvae-s{seed}"]["report"]["mixed"]["condition_number"] = 1.2
    holds = {item["claim"]: item["holds"] for item in summary.claims(found)}
    turned = {item["claim"]: item["holds"] for item in summary.claims(worse)}
    assert {claim for claim in holds if holds[claim] != turned[claim]} == {"pendulum: k on mixed points"}


def test_a_page_without_a_place_is_named(summary: Any, tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("text\n<!-- table: a -->\nold\n<!-- end -->\nmore\n")
    summary.insert_tables(page, {"a": "new"})
    assert page.read_text() == "text\n<!-- table: a -->\nnew\n<!-- end -->\nmore\n"
    with pytest.raises(ValueError, match="no place for the table b"):
        summary.insert_tables(page, {"b": "new"})
