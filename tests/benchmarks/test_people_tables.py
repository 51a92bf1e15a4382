"""docs/results/people.md holds the tables of results/people, and every page is whole without a site generator."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_page_holds_the_stored_tables() -> None:
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        found = import_module("people_tables").stored_tables()
    finally:
        sys.path.pop(0)
    page = (ROOT / "docs" / "results" / "people.md").read_text()
    assert {"held-out-paper-preset", "adapted-paper-preset", "retrieval"} <= found.keys()
    for name, table in found.items():
        assert f"<!-- table: {name} -->\n{table}\n<!-- end -->" in page, name


def test_pages_of_results_include_nothing_and_their_pictures_lie_beside_them() -> None:
    for page in sorted((ROOT / "docs" / "results").glob("*.md")):
        assert "--8<--" not in page.read_text(), page
    assert not [
        path for path in (ROOT / "docs").rglob("*") if path.is_symlink()
    ]  # GitHub shows no picture behind a link
