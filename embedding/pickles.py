"""The one check that a file is no pickle: nothing is ever unpickled, as that can run code."""

from __future__ import annotations

from pathlib import Path

from flatsort.data.errors import InputError

_SUFFIXES = {".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".t7"}
# How pickles of protocol 2 to 5 begin, and torch's zip archives of pickles.
_STARTS = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05", b"PK\x03\x04")


def refuse_pickle(path: Path) -> None:
    """Raises InputError where the file's name or its first bytes say that it is a pickle or a torch archive."""
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        if suffix == ".npz" or not path.is_file():  # .npz is a zip archive too, and its reader refuses pickled arrays
            return
        with path.open("rb") as file:
            start = file.read(4)
        if not start.startswith(_STARTS):
            return
    raise InputError(path, None, "is a pickle, which can run code when read", "export it as .onnx or .safetensors")
