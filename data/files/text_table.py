"""A table of numbers from text: parsed in one go, and row by row only to name the row at fault."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.text_file import read_text_bytes

# Nothing else can stand in a decimal number, so that nan, inf, 0x10, 1_000 and foreign digits are text, not numbers.
_ALLOWED = b"0123456789+-.eE, \t\n"
_LONGEST_ROW = 4096
_LONG_ROW = re.compile(rb"[^\n]{%d}" % (_LONGEST_ROW + 1))
_FILLED_LINE = re.compile(rb"(?m)[^ \t\n][^\n]*$")
_LAST_COMMA = re.compile(rb"(?m),[ \t]*$")


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

    Where no row has a comma, blanks separate the columns, as BoxMOT writes them; a comma at the end of every row
    ends no column. Each number is the float64 that `float()` gives. Raises InputError naming the first row that has
    another number of columns, text, NaN or an infinite number. An empty file gives (0, least).
    """
    return parse_text_table(path, read_text_bytes(path), least, most)


def parse_text_table(path: str | PathLike[str], content: bytes, least: int, most: int, first_row: int = 1) -> TextTable:
    """Read the table from what `path` holds, as `read_text_table`; first_row: the line at which `content` begins."""
    long = _LONG_ROW.search(content)
    if long is not None:
        row = content.count(b"\n", 0, long.start()) + first_row
        raise InputError(path, row, f"is longer than {_LONGEST_ROW} bytes", f"write {least} to {most} numbers a row")
    table = _parse(path, content, least, most)
    if table is None:
        content = _with_commas_between(content)
        table = _parse(path, content, least, most)
    if table is None:
        raise _fault(path, content, least, most, first_row)
    return table if first_row == 1 else replace(table, rows=table.rows + first_row - 1)


def _with_commas_between(content: bytes) -> bytes:
    """The same lines with commas for the blanks between columns, and without a comma at the end of every row."""
    if b"," not in content:
        return b"\n".join(b",".join(line.split()) for line in content.split(b"\n"))
    if sum(1 for _ in _LAST_COMMA.finditer(content)) == sum(1 for _ in _FILLED_LINE.finditer(content)):
        return _LAST_COMMA.sub(b"", content)
    return content


def _parse(path: str | PathLike[str], content: bytes, least: int, most: int) -> TextTable | None:
    """The table, or None where any row is at fault."""
    if content.translate(None, _ALLOWED):
        return None
    if not content.strip():
        return TextTable(path, np.empty((0, least)), np.empty(0, dtype=np.int64))
    # Whether a line may be blank: seldom, and seen faster than lines are counted.
    blanks = content[:1] in b" \t\n" or any(end in content for end in (b"\n\n", b" \n", b"\t\n"))
    lines = (line for line in io.BytesIO(content) if line.strip()) if blanks else io.BytesIO(content)
    try:
        # loadtxt parses with the interpreter's own string to double and refuses rows of differing length.
        values = np.loadtxt(lines, delimiter=",", comments=None, ndmin=2, encoding="ascii")
    except ValueError:
        return None
    if not least <= values.shape[1] <= most or not np.isfinite(values).all():
        return None
    rows = np.arange(1, len(values) + 1)
    if blanks:
        filled = (number for number, line in enumerate(io.BytesIO(content), start=1) if line.strip())
        rows = np.fromiter(filled, dtype=np.int64, count=len(values))
    return TextTable(path, values, rows)


def _fault(path: str | PathLike[str], content: bytes, least: int, most: int, first_row: int) -> InputError:
    """What is wrong with the first row at fault."""
    columns = 0
    for row, encoded in enumerate(io.BytesIO(content), start=first_row):
        line = encoded.decode("utf-8", "replace").removesuffix("\n")
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


def plain_numbers(texts: Sequence[str]) -> NDArray[np.float64]:
    """(n,) the numbers that these texts are. Raises ValueError with the place of the first that is none, and why."""
    if not "".join(texts).encode("utf-8", "replace").translate(None, _ALLOWED):
        with suppress(ValueError):
            values = np.array([float(text) for text in texts], np.float64)
            if np.isfinite(values).all():
                return values
    for place, text in enumerate(texts):
        fault = _fault_of_field(text)
        if fault is not None:
            raise ValueError(place, fault)
    return np.array([float(text) for text in texts], np.float64)


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
