"""`--format` and `--json`: one meaning in every command that prints a table."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Console

from flatsort.data.errors import InputError
from flatsort.eval.tables.formats import Table, as_json, comma_separated, latex, markdown, print_terminal

KINDS = ("terminal", "markdown", "csv", "latex", "json")
Format = Annotated[
    str | None, typer.Option("--format", help=f"{', '.join(KINDS[:-1])} or {KINDS[-1]}. Default: {KINDS[0]}.")
]
Json = Annotated[bool, typer.Option("--json", help="The same as --format json.")]


@dataclass(frozen=True)
class Printed:
    """What a command prints.

    tables: for people, where they have rows. values: the rows of CSV, with numbers of full precision. content: of JSON.
    """

    tables: Sequence[Table]
    values: Sequence[Mapping[str, float | str]]
    content: Any


def chosen_format(kind: str | None, as_json: bool) -> str:
    """What `--format` and `--json` ask for together. Raises InputError where they contradict, or one is unknown."""
    kind = kind or ("json" if as_json else KINDS[0])
    if kind not in KINDS or (as_json and kind != "json"):
        cure = f"write one of {', '.join(KINDS)}" + (", or leave out --json" if as_json else "")
        raise InputError("--format", None, f"is {kind!r}", cure)
    return kind


def print_as(kind: str, printed: Printed) -> None:
    """Print on standard output. Where there are no rows, JSON alone says so, and the others print nothing."""
    if kind == "json":
        sys.stdout.write(as_json(printed.content))
    elif kind == "csv":
        sys.stdout.write(comma_separated(printed.values) if printed.values else "")
    elif kind == "terminal":
        print_tables(printed.tables)
    else:
        text: Callable[[Table], str] = {"markdown": markdown, "latex": latex}[kind]
        sys.stdout.write("\n".join(text(table) for table in printed.tables if table.rows))


def print_tables(tables: Sequence[Table]) -> None:
    """Print tables as the terminal shows them, with an empty line between them."""
    console = Console(highlight=False)
    shown = [table for table in tables if table.rows]
    for place, table in enumerate(shown):
        if place:
            console.print()
        print_terminal(table, console)
