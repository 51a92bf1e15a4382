"""Put the tables of results/people, which benchmarks/table2.py wrote, into docs/results/people.md.

python benchmarks/people_tables.py
"""

from __future__ import annotations

from pathlib import Path

from flatness_summary import insert_tables

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "results" / "people.md"


def stored_tables(folder: Path = ROOT / "results" / "people") -> dict[str, str]:
    """Markdown tables by the name of their file."""
    return {
        file.stem: file.read_text(encoding="utf-8").rstrip("\n")
        for file in sorted(folder.glob("*.md"))
        if file.name != "README.md"
    }


if __name__ == "__main__":
    insert_tables(PAGE, stored_tables())
