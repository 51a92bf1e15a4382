"""Parquet tables of boxes."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.formats.classes_of import classes_of
from flatsort.data.files.formats.columns import find_columns
from flatsort.data.files.formats.frame_names import FrameNames
from flatsort.data.files.formats.rows import BoxRows, ltwh_of
from flatsort.data.limits import MOST_PACKED_ROWS

MAGIC = b"PAR1"
_CURE = "write it again"


def read_parquet(path: str | PathLike[str], frames: FrameNames, layout: str | None = None) -> BoxRows:
    """Read a table of boxes; columns, `frames` and `layout` are as of `csv_file.read_csv`.

    Raises InputError as `find_columns`, where pyarrow is missing, the file is damaged, has more rows than any table of
    boxes, or a value is missing or no number where one must be.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError(path, None, "Parquet needs pyarrow", "pip install 'flatsort[parquet]'") from None
    try:
        with pyarrow.parquet.ParquetFile(path) as opened:
            header, count = opened.schema_arrow.names, opened.metadata.num_rows
        if count > MOST_PACKED_ROWS:
            raise InputError(path, None, f"says that it has {count} rows, more than {MOST_PACKED_ROWS}", "split it")
        columns = find_columns(path, header, "parquet", layout)
        names = [header[place] for place in columns.used]
        # Texts come as numbers of distinct ones, so that a long text in every row takes no memory.
        texts = [header[place] for place in (*columns.classes, *([columns.frame] if columns.by_name else []))]
        with pyarrow.parquet.ParquetFile(path, read_dictionary=texts) as opened:
            table = opened.read(columns=names)
        whole = {place: table[header[place]] for place in columns.used}

        def numbers(place: int | None, missing: float = np.nan) -> NDArray[np.float64]:
            if place is None:
                return np.full(len(table), missing)
            found = whole[place].cast(pyarrow.float64()).to_numpy()
            return np.where(np.isnan(found), missing, found)

        box = np.stack([numbers(place) for place in columns.box], axis=1)
        images = _distinct([whole[columns.frame]]) if columns.by_name else None
        frame = np.zeros(len(table)) if images else numbers(columns.frame)
        score = np.ones(len(table)) if columns.score is None else numbers(columns.score)
        if columns.score is not None and len(score) and np.isnan(score).all():
            score = np.ones(len(table))
        classes, of_row = _distinct([whole[place] for place in columns.classes])
        found, named = classes_of(classes, len(classes[0]) if classes else len(table))
    except (pyarrow.ArrowException, OSError, TypeError, KeyError, MemoryError, OverflowError) as error:
        problem = f"is damaged, or no table of boxes ({type(error).__name__})"
        raise InputError(path, None, problem, _CURE) from None
    except ValueError as error:
        raise InputError(path, None, " ".join(str(error).split()), _CURE) from None
    number = found[of_row] if classes else found
    values = np.column_stack([frame, numbers(columns.identity, -1.0), ltwh_of(box, columns.layout), score, number])
    rows = BoxRows(path, values, np.arange(1, len(values) + 1), names=named)
    rows.refuse(
        np.isnan(values.sum(axis=1)) | np.isinf(values).any(axis=1),
        "holds NaN, an infinite number or none",
        "write a number in each place",
    )
    if images is not None:
        (shown,), of_row = images
        named_frames = frames.of_names(
            path, shown, lambda place, problem, cure: rows.error(int((of_row == place).argmax()), problem, cure)
        )
        values[:, 0] = named_frames[of_row]
    else:
        values[:, 0] = frames.counted(path, values[:, 0])
    return rows


def _distinct(columns: Sequence[Any]) -> tuple[list[list[str]], NDArray[np.int64]]:
    """The distinct rows of columns, as texts by column, empty where there is none; and which of them each row is."""
    codes, texts = [], []
    for column in columns:
        encoded = column.combine_chunks()
        encoded = encoded if hasattr(encoded, "indices") else encoded.dictionary_encode()
        codes.append(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64))
        texts.append([*("" if text is None else str(text) for text in encoded.dictionary.to_pylist()), ""])
    if not codes:
        return [], np.empty(0, np.int64)
    rows, of_row = np.unique(np.stack(codes, axis=1), axis=0, return_inverse=True)
    distinct = [[known[code] for code in column] for known, column in zip(texts, rows.T.tolist(), strict=True)]
    return distinct, of_row.ravel()
