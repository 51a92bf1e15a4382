"""Text under a header that names its columns: separated by commas, semicolons, tabs or blanks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.formats.classes_of import classes_of
from flatsort.data.files.formats.columns import Columns, find_columns
from flatsort.data.files.formats.frame_names import FrameNames
from flatsort.data.files.formats.rows import BoxRows, ltwh_of
from flatsort.data.files.text_table import plain_numbers

_AT_ONCE = 1 << 16  # rows held as text: a table of a million takes its numbers' memory
_SEPARATORS = ",;\t"


def read_csv(
    path: str | PathLike[str], content: bytes, frames: FrameNames, kind: str = "csv", layout: str | None = None
) -> BoxRows:
    """Read a table of boxes; `columns.find_columns` says which names are known, and others are not used.

    content: of the file, as `read_text_bytes` gives it. frames: from names of images to frames. layout: of the boxes,
    where the names do not say it.

    Raises InputError as `find_columns`, and naming the first row that has another number of columns, or a value that
    is no number where one must be.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise InputError(path, None, "is not UTF-8 text", "save it as UTF-8") from None
    skipped = len(text) - len(text.lstrip())
    first_row = text[:skipped].count("\n") + 1
    text = text[skipped:].removeprefix("#")
    head = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=head.count)
    blanks = not head.count(separator)
    lines = csv.reader(io.StringIO(text), delimiter=" " if blanks else separator, skipinitialspace=True)
    try:
        header = [name.strip() for name in next(lines)]
        columns = find_columns(path, header, kind, layout, first_row)
        numbers = [np.empty((0, 7))]
        rows: list[int] = []
        classes: list[list[str]] = [[] for _ in columns.classes]
        images: list[str] = []
        reader = _filled(path, lines, len(header), first_row, blanks)
        while part := list(islice(reader, _AT_ONCE)):
            fields = [list(column) for column in zip(*(row for _, row in part), strict=True)]
            at = [row for row, _ in part]
            numbers.append(_numbers(path, at, fields, columns, header))
            rows += at
            for texts, column in zip(classes, columns.classes, strict=True):
                texts += fields[column]
            images += fields[columns.frame] if columns.by_name else []
    except csv.Error as error:
        problem = f"cannot be read as a table ({error})"
        raise InputError(path, first_row - 1 + lines.line_num, problem, "write one row a line") from None
    try:
        found, names = classes_of(classes, len(rows))
    except ValueError as error:
        raise InputError(path, None, str(error), "give each class one name") from None
    values = np.column_stack([np.concatenate(numbers), found])
    values[:, 0] = (
        frames.of_names(path, images, lambda place, problem, cure: InputError(path, rows[place], problem, cure))
        if columns.by_name
        else frames.counted(path, values[:, 0])
    )
    return BoxRows(path, values, np.array(rows, np.int64), names=names)


def _filled(
    path: str | PathLike[str], lines: Iterator[list[str]], columns: int, first_row: int, blanks: bool
) -> Iterator[tuple[int, Sequence[str]]]:
    """Each row that is not blank, and where it stands."""
    for fields in lines:
        row = first_row - 1 + lines.line_num  # type: ignore[attr-defined]
        if blanks and fields and not fields[-1]:
            fields = fields[:-1]
        if not any(fields):
            continue
        if len(fields) != columns:
            problem = f"has {len(fields)} columns, the header {columns}"
            raise InputError(path, row, problem, "give every row the header's columns")
        yield row, fields


def _numbers(
    path: str | PathLike[str],
    rows: list[int],
    fields: list[list[str]],
    columns: Columns,
    header: list[str],
) -> NDArray[np.float64]:
    """(n, 7) frame, id, left, top, width, height, score of these rows; frame 0 where an image names it."""

    def parsed(column: int, empty: str | None = None) -> NDArray[np.float64]:
        texts = fields[column] if empty is None else [text if text.strip() else empty for text in fields[column]]
        try:
            return plain_numbers(texts)
        except ValueError as fault:
            row = rows[int(fault.args[0])]
            raise InputError(path, row, f"{header[column]} {fault.args[1]}", "write a plain decimal number") from None

    values = np.ones((len(rows), 7))
    values[:, 0] = 0 if columns.by_name else parsed(columns.frame)
    values[:, 1] = -1 if columns.identity is None else parsed(columns.identity, "-1")
    values[:, 2:6] = ltwh_of(np.stack([parsed(column) for column in columns.box], axis=1), columns.layout)
    if columns.score is not None and any(fields[columns.score]):
        values[:, 6] = parsed(columns.score)
    return values
