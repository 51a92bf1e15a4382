"""What a sequence will be called, told without opening it: a folder may hold a hundred thousand."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.sequence_info import check_name, read_sequence_info
from flatsort.data.sequences.opening import _live_address, _live_name, file_of_url


def sequence_name(source: str | PathLike[str] | int) -> str:
    """The `name` of the sequence that `open_sequence` makes of a source.

    Raises InputError where there is no such file or folder, or it has no name that can name a file.
    """
    source = file_of_url(source)
    address = _live_address(source)
    if address is not None:
        return _live_name(address)
    path = Path(source) if not isinstance(source, int) else Path()
    if os.path.isdir(path):
        if (path / "seqinfo.ini").exists():
            return read_sequence_info(path).name
        return check_name(path, path.resolve().name)
    if not os.path.isfile(path):
        raise InputError(path, None, "no such file or folder", "check the path")
    return check_name(path, path.stem)


def is_live(source: str | PathLike[str] | int) -> bool:
    """Whether a source is a camera or a stream."""
    return _live_address(file_of_url(source)) is not None
