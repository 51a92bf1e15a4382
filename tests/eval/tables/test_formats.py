"""Each format says the same, and nothing in a name can break it."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from rich.console import Console

from flatsort.eval import COLUMNS, Scores
from flatsort.eval.tables.formats import Table, as_json, comma_separated, latex, markdown, print_terminal, table_of
from flatsort.eval.tables.scores_table import OVERALL, cell, rows_of

VALUES: dict[str, float] = dict.fromkeys(COLUMNS, 12.345678) | {"FP": 1234, "IDs": 7, "FAR": 0.126}
SCORES = Scores({"MOT16-02": VALUES, "a_b|[red]c": VALUES | {"MOTA": -3.21}}, VALUES | {"FP": 99999})
TABLE = table_of(rows_of(SCORES), "Sequence", cell, total=True)
TITLED = Table(["model", "points", "a", "b"], [["x", "data", "1", "2"], ["x", "mixed", "3", "4"]], 2, "How flat")


def test_csv_keeps_every_digit() -> None:
    rows = [{"sequence": name, **row} for name, row in rows_of(SCORES).items()]
    found = list(csv.DictReader(io.StringIO(comma_separated(rows))))
    assert [row.pop("sequence") for row in found] == ["MOT16-02", "a_b|[red]c", OVERALL]
    expected = rows_of(SCORES).values()
    assert [{column: float(text) for column, text in row.items()} for row in found] == list(expected)
    assert found[0]["FP"] == "1234"


def test_what_is_not_finite() -> None:
    assert comma_separated([{"name": "a", "x": math.nan, "y": 0.5}]) == "name,x,y\na,,0.5\n"
    assert json.loads(as_json({"x": [math.nan, 1, (math.inf, 0.1)], "y": {"z": None}})) == {
        "x": [None, 1, [None, 0.1]],
        "y": {"z": None},
    }


def test_markdown() -> None:
    head, rule, *rows = markdown(TABLE).splitlines()
    assert head.startswith("| Sequence | IDF1 | IDP |")
    assert rule.count("---:") == len(COLUMNS)
    assert rows[0].startswith("| MOT16-02 | 12.3 | 12.3 | 12.3 | 12.3 | 12.3 | 0.13 | 12 |")
    assert rows[1].startswith("| a_b\\|[red]c |")
    assert rows[2].startswith("| OVERALL |")
    assert markdown(TITLED).splitlines()[:4] == [
        "How flat", "", "| model | points | a | b |", "| --- | --- | ---: | ---: |",
    ]  # fmt: skip


def test_latex() -> None:
    lines = latex(TABLE).splitlines()
    assert lines[0] == rf"\begin{{tabular}}{{l{'r' * 19}}}"
    assert lines[5].startswith(r"a\_b|[red]c & 12.3 &")
    assert lines[6] == r"\midrule"
    assert lines[7].startswith("OVERALL &")
    assert all(line.endswith(r"\\") for line in lines if "&" in line)
    assert latex(TITLED).splitlines()[:2] == ["% How flat", r"\begin{tabular}{llrr}"]
    assert latex(TITLED).count("midrule") == 1


@pytest.mark.parametrize("width", [20, 80, 100, 300])
def test_terminal_shows_every_column_at_any_width(width: int) -> None:
    text = io.StringIO()
    print_terminal(TABLE, Console(file=text, force_terminal=True, width=width, color_system=None))
    shown = text.getvalue()
    heads = [line.split() for line in shown.splitlines() if line.startswith("Sequence")]
    assert [column for head in heads for column in head[1:]] == list(COLUMNS)
    assert shown.count("a_b|[red]c") == len(heads) == (1 if width == 300 else len(heads))
    assert "…" not in shown or width == 20
    assert max(map(len, shown.splitlines())) <= width


def test_terminal_repeats_every_name() -> None:
    text = io.StringIO()
    print_terminal(TITLED, Console(file=text, force_terminal=True, width=16, color_system=None))
    lines = [line.split() for line in text.getvalue().splitlines()]
    assert lines[0] == ["How", "flat"]
    assert [line for line in lines if line[:1] == ["x"]] == [
        ["x", "data", "1"], ["x", "mixed", "3"], ["x", "data", "2"], ["x", "mixed", "4"],
    ]  # fmt: skip


def test_a_pipe_has_no_width() -> None:
    text = io.StringIO()
    print_terminal(TABLE, Console(file=text, width=40))
    assert len([line for line in text.getvalue().splitlines() if line.startswith("Sequence")]) == 1
    assert "…" not in text.getvalue()
