"""Scores as a table: for the terminal, Markdown, CSV, LaTeX, and as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flatsort.eval.scores.sequence_scores import COUNTS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from flatsort.eval.scores.benchmark import Scores

Rows = Mapping[str, Mapping[str, float]]
Show = Callable[[str, float], str]
OVERALL = "OVERALL"
FACTOR = "SORT/IDs"  # identity switches of SORT over those of the row: above 1 is better than SORT


def rows_of(scores: Scores) -> dict[str, dict[str, float]]:
    """One row a sequence, and the last one overall."""
    return {**scores.sequences, OVERALL: scores.overall}


def cell(column: str, value: float) -> str:
    """A value as tables print it: counts whole, FAR and factors to two digits, per cent to one, as MOTChallenge's."""
    if column in COUNTS:
        return f"{value:.0f}"
    return f"{value:.2f}" if column in ("FAR", FACTOR) else f"{value:.1f}"


def markdown(rows: Rows, heading: str = "Sequence", *, show: Show = cell) -> str:
    """A Markdown table. rows: `{name: {column: value}}`, each row with the same columns. show: a value as text."""
    columns = _columns(rows)
    lines = [[heading, *columns], ["---", *("---:" for _ in columns)]]
    lines += [[name.replace("|", "\\|"), *_cells(row, columns, show)] for name, row in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def latex(rows: Rows, heading: str = "Sequence", *, total: bool = True, show: Show = cell) -> str:
    """A LaTeX `tabular` with the rules of `booktabs`; `total`: the last row sums up the others and is set off."""
    columns = _columns(rows)
    body = [" & ".join([_escape_latex(name), *_cells(row, columns, show)]) + r" \\" for name, row in rows.items()]
    return "\n".join(
        [
            rf"\begin{{tabular}}{{l{'r' * len(columns)}}}",
            r"\toprule",
            " & ".join([_escape_latex(heading), *columns]) + r" \\",
            r"\midrule",
            *body[:-1],
            *([r"\midrule"] if total and len(body) > 1 else []),
            body[-1],
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def comma_separated(rows: Rows, heading: str = "sequence") -> str:
    """CSV with the full precision of every value; nothing between the commas where a value is NaN."""
    columns = _columns(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([heading, *columns])
    for name, row in rows.items():
        writer.writerow([name, *("" if math.isnan(row[column]) else row[column] for column in columns)])
    return text.getvalue()


def as_json(scores: Scores) -> str:
    """JSON with the full precision of every value: {"sequences": {name: {column: value}}, "overall": {...}}."""
    return json.dumps({"sequences": scores.sequences, "overall": scores.overall}, indent=1) + "\n"


FORMATS: dict[str, Callable[[Scores], str]] = {
    "markdown": lambda scores: markdown(rows_of(scores)),
    "csv": lambda scores: comma_separated(rows_of(scores)),
    "latex": lambda scores: latex(rows_of(scores)),
    "json": as_json,
}


def print_terminal(
    rows: Rows, console: Console, heading: str = "Sequence", *, total: bool = True, show: Show = cell
) -> None:
    """Print the table; where the terminal is narrower, in several that each hold some of the columns.

    total: the last row sums up the others and is set off. show: a value as text.

    Where the console is no terminal there is no width to keep to: it is widened, and the table stays whole.
    """
    columns = _columns(rows)
    if not console.is_terminal:
        console.width = _needed(_terminal(rows, columns, heading, total, show), console)
    while columns:
        count = len(columns)
        while count > 1 and _needed(_terminal(rows, columns[:count], heading, total, show), console) > console.width:
            count -= 1
        console.print(_terminal(rows, columns[:count], heading, total, show))
        columns = columns[count:]


def _terminal(rows: Rows, columns: list[str], heading: str, total: bool, show: Show) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text  # a name is not markup

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column(heading, no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    last = len(rows) - 1
    for position, (name, row) in enumerate(rows.items()):
        style = "bold" if total and position == last else None
        table.add_row(Text(name), *_cells(row, columns, show), style=style)
    return table


def _needed(table: Table, console: Console) -> int:
    return console.measure(table, options=console.options.update(max_width=10_000)).maximum


def _cells(row: Mapping[str, float], columns: list[str], show: Show) -> list[str]:
    return [show(column, row[column]) for column in columns]


def _columns(rows: Rows) -> list[str]:
    return list(next(iter(rows.values())))


def _escape_latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(letter, f"\\{letter}" if letter in "&%$#_{}" else letter) for letter in text)
