"""Tables as text: for the terminal, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

Values = Mapping[str, Mapping[str, float]]
Show = Callable[[str, float], str]


@dataclass(frozen=True)
class Table:
    """A table for people to read.

    columns: the headings. rows: texts, as many as columns.
    names: how many columns, from the left, name a row; the others are values, set to the right.
    title: a line above the table. total: whether the last row sums up the others and is set off.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    names: int = 1
    title: str = ""
    total: bool = False


def table_of(values: Values, heading: str, show: Show, *, total: bool = False) -> Table:
    """The table of `{name: {column: value}}`, each row with the same columns. show: the text of a column's value."""
    columns = columns_of(values)
    rows = [[name, *(show(column, row[column]) for column in columns)] for name, row in values.items()]
    return Table([heading, *columns], rows, total=total)


def columns_of(values: Values) -> list[str]:
    """The columns of the first row, and so of all."""
    return list(next(iter(values.values()), ()))


def markdown(table: Table) -> str:
    """A Markdown table, below its title."""
    rule = ["---"] * table.names + ["---:"] * (len(table.columns) - table.names)
    names = [[cell.replace("|", "\\|") for cell in row[: table.names]] for row in table.rows]
    body = [[*own, *row[table.names :]] for own, row in zip(names, table.rows, strict=True)]
    lines = [f"| {' | '.join(line)} |" for line in (table.columns, rule, *body)]
    return "\n".join([*([table.title, ""] if table.title else []), *lines, ""])


def latex(table: Table) -> str:
    """A LaTeX `tabular` with the rules of `booktabs`, below its title as a comment."""
    alignment = "l" * table.names + "r" * (len(table.columns) - table.names)
    body = [" & ".join(map(_escape_latex, row)) + r" \\" for row in table.rows]
    if table.total and len(body) > 1:
        body.insert(-1, r"\midrule")
    return "\n".join(
        [
            *([f"% {table.title}"] if table.title else []),
            rf"\begin{{tabular}}{{{alignment}}}",
            r"\toprule",
            " & ".join(map(_escape_latex, table.columns)) + r" \\",
            r"\midrule",
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def comma_separated(values: Sequence[Mapping[str, float | str]]) -> str:
    """CSV with the full precision of every value; nothing between the commas where a value is NaN.

    values: rows with the same columns, at least one.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(values[0])
    for row in values:
        writer.writerow(["" if isinstance(value, float) and math.isnan(value) else value for value in row.values()])
    return text.getvalue()


def as_json(content: Any) -> str:
    """JSON with the full precision of every value; null where a number is not finite."""
    return json.dumps(_finite(content), indent=1) + "\n"


def print_terminal(table: Table, console: Console) -> None:
    """Print the table; where the terminal is narrower, in several that each hold some of the columns.

    Where the console is no terminal there is no width to keep to: it is widened, and the table stays whole.
    """
    if table.title:
        console.print(Text(table.title), soft_wrap=True)
    places = range(table.names, len(table.columns))
    if not console.is_terminal:
        console.width = max(console.width, _needed(_terminal(table, places), console))
    while places:
        count = len(places)
        while count > 1 and _needed(_terminal(table, places[:count]), console) > console.width:
            count -= 1
        console.print(_terminal(table, places[:count]))
        places = places[count:]


def _terminal(table: Table, places: range) -> RichTable:
    """The columns of names, and the values at these places."""
    shown = RichTable(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for heading in table.columns[: table.names]:
        shown.add_column(heading, no_wrap=True)
    for place in places:
        shown.add_column(table.columns[place], justify="right", no_wrap=True)
    last = len(table.rows) - 1
    for position, row in enumerate(table.rows):
        cells = [Text(cell) for cell in (*row[: table.names], *(row[place] for place in places))]  # no markup
        shown.add_row(*cells, style="bold" if table.total and position == last else None)
    return shown


def _needed(table: RichTable, console: Console) -> int:
    return console.measure(table, options=console.options.update(max_width=10_000)).maximum


def _finite(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _escape_latex(text: str) -> str:
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return "".join(special.get(letter, f"\\{letter}" if letter in "&%$#_{}" else letter) for letter in text)
