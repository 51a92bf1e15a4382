"""Each format says the same, and nothing in a name can break it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from rich.console import Console

from flatsort.eval import COLUMNS, Scores
from flatsort.eval.tables.scores_table import FORMATS, OVERALL, print_terminal, rows_of

VALUES: dict[str, float] = dict.fromkeys(COLUMNS, 12.345678) | {"FP": 1234, "IDs": 7, "FAR": 0.126}
SCORES = Scores({"MOT16-02": VALUES, "a_b|[red]c": VALUES | {"MOTA": -3.21}}, VALUES | {"FP": 99999})


def test_json_is_the_contract() -> None:
    assert json.loads(FORMATS["json"](SCORES)) == {"sequences": SCORES.sequences, "overall": SCORES.overall}


def test_csv_keeps_every_digit() -> None:
    rows = list(csv.DictReader(io.StringIO(FORMATS["csv"](SCORES))))
    assert [row.pop("sequence") for row in rows] == ["MOT16-02", "a_b|[red]c", OVERALL]
    expected = rows_of(SCORES).values()
    assert [{column: float(text) for column, text in row.items()} for row in rows] == list(expected)
    assert rows[0]["FP"] == "1234"


def test_markdown() -> None:
    head, rule, *rows = FORMATS["markdown"](SCORES).splitlines()
    assert head.startswith("| Sequence | IDF1 | IDP |")
    assert rule.count("---:") == len(COLUMNS)
    assert rows[0].startswith("| MOT16-02 | 12.3 | 12.3 | 12.3 | 12.3 | 12.3 | 0.13 | 12 |")
    assert rows[1].startswith("| a_b\\|[red]c |")
    assert rows[2].startswith("| OVERALL |")


def test_latex() -> None:
    lines = FORMATS["latex"](SCORES).splitlines()
    assert lines[0] == rf"\begin{{tabular}}{{l{'r' * 19}}}"
    assert lines[5].startswith(r"a\_b|[red]c & 12.3 &")
    assert lines[6] == r"\midrule"
    assert lines[7].startswith("OVERALL &")
    assert all(line.endswith(r"\\") for line in lines if "&" in line)


@pytest.mark.parametrize("width", [20, 80, 100, 300])
def test_terminal_shows_every_column_at_any_width(width: int) -> None:
    text = io.StringIO()
    print_terminal(rows_of(SCORES), Console(file=text, force_terminal=True, width=width, color_system=None))
    shown = text.getvalue()
    heads = [line.split() for line in shown.splitlines() if line.startswith("Sequence")]
    assert [column for head in heads for column in head[1:]] == list(COLUMNS)
    assert shown.count("a_b|[red]c") == len(heads) == (1 if width == 300 else len(heads))
    assert "…" not in shown or width == 20
    assert max(map(len, shown.splitlines())) <= width


def test_a_pipe_has_no_width() -> None:
    text = io.StringIO()
    print_terminal(rows_of(SCORES), Console(file=text, width=40))
    assert len([line for line in text.getvalue().splitlines() if line.startswith("Sequence")]) == 1
    assert "…" not in text.getvalue()
