"""A table of numbers from comma-separated text: parsed in one go, and row by row only to name the row at fault."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.text_file import read_text_bytes

# Nothing else can stand in a decimal number, so that nan, inf, 0x10, 1_000 and foreign digits are text, not numbers.
_ALLOWED = b"0123456789+-.eE, \t\n"
_COMMA, _LINE_END = ord(","), ord("\n")


@dataclass(frozen=True)
class TextTable:
    """Numbers of a text file. values: (n, c) float64, all finite. rows: (n,) the line of each, counted from 1."""

    source: str | PathLike[str]
    values: NDArray[np.float64]
    rows: NDArray[np.int64]

    def refuse(self, bad: NDArray[np.bool_], problem: str, cure: str) -> None:
        """Raise InputError for the first row that `bad` (n,) marks; `{}` in the problem is filled with its values."""
        if bad.any():
            first = int(bad.argmax())
            raise InputError(self.source, int(self.rows[first]), problem.format(*_plain(self.values[first])), cure)


def read_text_table(path: str | PathLike[str], least: int, most: int) -> TextTable:
    """Read comma-separated numbers, `least` to `most` columns, the same number in each row; blank lines are skipped.

    Each number is the float64 that `float()` gives. Raises InputError naming the first row that has another number
    of columns, text, NaN or an infinite number. An empty file gives (0, least).
    """
    content = read_text_bytes(path)
    table = _parse(path, content, least, most)
    if table is None:
        raise _fault(path, content, least, most)
    return table


def _parse(path: str | PathLike[str], content: bytes, least: int, most: int) -> TextTable | None:
    """The table, or None where any row is at fault."""
    if content.translate(None, _ALLOWED):
        return None
    lines = content.split(b"\n")
    rows = np.array([number for number, line in enumerate(lines, start=1) if line.strip()], dtype=np.int64)
    if not len(rows):
        return TextTable(path, np.empty((0, least)), rows)
    filled = lines if len(rows) == len(lines) else [lines[row - 1] for row in rows]
    try:
        # loadtxt parses with the interpreter's own string to double and refuses rows of differing length.
        values = np.loadtxt(filled, delimiter=",", comments=None, ndmin=2, encoding="ascii")
    except ValueError:
        return None
    if not least <= values.shape[1] <= most or not np.isfinite(values).all():
        return None
    return TextTable(path, values, rows)


def _fault(path: str | PathLike[str], content: bytes, least: int, most: int) -> InputError:
    """What is wrong with the first row at fault."""
    columns = 0
    for row, line in enumerate(content.decode("utf-8", "replace").split("\n"), start=1):
        if not line.strip(" \t"):
            continue
        fields = line.split(",")
        for column, field in enumerate(fields, start=1):
            problem = _fault_of_field(field)
            if problem is not None:
                return InputError(path, row, f"column {column} {problem}", "write a plain decimal number")
        columns = columns or len(fields)
        if not least <= len(fields) <= most:
            wanted = f"{least} to {most} comma-separated numbers"
            return InputError(path, row, f"has {_count(len(fields))}, not {least} to {most}", f"write {wanted}")
        if len(fields) != columns:
            problem = f"has {_count(len(fields))}, the rows before it {columns}"
            return InputError(path, row, problem, "give every row the same columns")
    return InputError(path, None, "cannot be read as a table of numbers", "write comma-separated decimal numbers")


def _fault_of_field(field: str) -> str | None:
    text = field.strip(" \t")
    shown = ascii(text if len(text) <= 40 else text[:37] + "...")
    if not text:
        return "is empty"
    try:
        value = float(text)
    except ValueError:
        return f"is {shown}, not a number"
    if np.isnan(value):
        return "is NaN"
    if np.isinf(value):
        return f"is {shown}, not finite"
    if text.encode("ascii", "replace").translate(None, _ALLOWED):
        return f"is {shown}, not a plain decimal number"
    return None


def _count(columns: int) -> str:
    return f"{columns} column" if columns == 1 else f"{columns} columns"


def _plain(values: NDArray[np.float64]) -> list[str]:
    return [f"{value:.15g}" for value in values]
