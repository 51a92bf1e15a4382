"""NumPy's .npy and .npz files that somebody else wrote: sizes are checked before memory is taken; no pickles."""

from __future__ import annotations

import math
import os
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError

MAGIC = b"\x93NUMPY"
# Rows or columns of an array without values; more are a damaged header, and NumPy could not hold them.
LONGEST_SIDE = 1 << 31
LARGEST_ARCHIVE = 64 << 20  # bytes of an .npz file, and of all that is unpacked from it
# What NumPy and the interpreter raise over a damaged header: it is a literal of Python in a file.
_HEADER_ERRORS = (
    *(ValueError, TypeError, KeyError, SyntaxError, EOFError, OverflowError, RecursionError, MemoryError),
    tokenize.TokenError,
)
_ARCHIVE_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, ValueError),
    *(RuntimeError, OverflowError, MemoryError),  # encrypted, packed in another way, sizes beyond all bounds
)


def read_npy(path: str | PathLike[str], cure: str) -> NDArray[Any]:
    """The array of numbers in a .npy file.

    Raises InputError with the cure where there is no such array, it holds something else than numbers, or the file is
    shorter than its header says; before memory is taken for it.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            return _read_array(opened, os.fstat(opened.fileno()).st_size)
    except OSError as error:
        raise InputError(file, None, f"cannot be read ({error.strerror or error})", cure) from None
    except ValueError as error:
        raise InputError(file, None, str(error), cure) from None


def read_npz(path: str | PathLike[str], names: Iterable[str]) -> dict[str, NDArray[Any]]:
    """The arrays of these names in a .npz file of at most 64 MiB, packed and unpacked.

    Raises ValueError that says what is wrong with the archive; before memory is taken for the arrays.
    """
    try:
        if os.stat(path).st_size > LARGEST_ARCHIVE:
            raise ValueError(f"more than {LARGEST_ARCHIVE} bytes")
        with zipfile.ZipFile(path) as archive:
            members = [archive.getinfo(f"{name}.npy") for name in names]
            if sum(member.file_size for member in members) > LARGEST_ARCHIVE:
                raise ValueError(f"unpacks to more than {LARGEST_ARCHIVE} bytes")
            arrays = {}
            for member in members:
                with archive.open(member) as opened:
                    arrays[member.filename.removesuffix(".npy")] = _read_array(opened, member.file_size)
            return arrays
    except _ARCHIVE_ERRORS as error:
        raise ValueError(" ".join(f"{error}".split()) or type(error).__name__) from None


def _read_array(file: IO[bytes], size: int) -> NDArray[Any]:
    """The array in a file of so many bytes. Raises ValueError that says what is wrong, OSError as the file does."""
    start = file.read(len(MAGIC) + 2)
    if not start.startswith(MAGIC):
        raise ValueError("is no .npy array")
    if start[len(MAGIC) :] != b"\x01\x00":  # later versions are for headers of more than 64 kB, of named fields
        raise ValueError("is truncated, or holds named fields and not numbers")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            shape, in_columns, kind = np.lib.format.read_array_header_1_0(file)
    except _HEADER_ERRORS:
        raise ValueError("has a damaged header") from None
    if kind.hasobject:
        raise ValueError("holds Python objects, which are not read")
    if kind.kind not in "fiu":
        raise ValueError(f"holds {kind}, not numbers")
    count = math.prod(shape)
    if count * kind.itemsize > size - file.tell():
        raise ValueError(f"is truncated: {size} bytes are too few for the shape {_shown(shape)} of its header")
    if any(not 0 <= side <= LONGEST_SIDE for side in shape):
        raise ValueError(f"has the shape {_shown(shape)}")
    content = file.read(count * kind.itemsize)
    if len(content) != count * kind.itemsize:
        raise ValueError("is truncated")
    return np.frombuffer(content, kind).reshape(shape, order="F" if in_columns else "C")


def _shown(shape: tuple[int, ...]) -> str:
    text = str(shape) if all(abs(side) < 10**18 for side in shape) else "beyond all bounds"
    return text if len(text) <= 80 else text[:77] + "..."
