"""A text file as ASCII-compatible bytes with `\\n` line ends, whatever encoding and compression it came in."""

from __future__ import annotations

import codecs
import io
import os
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.limits import MOST_UNPACKED

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
# UTF-32 first: its little-endian mark begins with UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text_bytes(path: str | PathLike[str]) -> bytes:
    """Read a text file as UTF-8 bytes without a byte order mark and with `\\n` line ends.

    Reads gzip, and UTF-8, UTF-16 and UTF-32 where a byte order mark names them. Raises InputError where the file
    cannot be read, its compression or encoding is broken, or it holds zero bytes (UTF-16 without a mark, or binary).
    """
    file = Path(path)
    if os.path.isdir(file):
        raise InputError(file, None, "is a folder, not a file", "name the file in it")
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise InputError(file, None, "no such file", "check the path") from None
    except (OSError, ValueError) as error:
        raise InputError(file, None, f"cannot be read ({error})", "check the path and its permissions") from None
    if content.startswith(_GZIP):
        content = _decompress(file, content)
    if content.startswith(_ZIP):
        raise InputError(file, None, "is a zip archive", "unpack it first")
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            content = _to_utf8(file, content[len(mark) :], encoding)
            break
    if b"\0" in content:
        problem = "holds zero bytes (UTF-16 without a byte order mark, or no text at all)"
        raise InputError(file, None, problem, "save it as UTF-8 text")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content


def _decompress(file: Path, content: bytes) -> bytes:
    import gzip
    import zlib

    try:
        with gzip.open(io.BytesIO(content)) as packed:
            unpacked = packed.read(MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(file, None, f"broken gzip ({error})", "compress the original again") from None
    if len(unpacked) > MOST_UNPACKED:
        raise InputError(file, None, f"unpacks to more than {MOST_UNPACKED >> 20} MB", "unpack it first")
    return unpacked


def _to_utf8(file: Path, content: bytes, encoding: str) -> bytes:
    try:
        return content.decode(encoding).encode()
    except UnicodeError:
        raise InputError(file, None, f"is not valid {encoding.upper()}", "save it as UTF-8 text") from None
