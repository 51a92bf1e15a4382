"""`seqinfo.ini`: what a MOTChallenge folder says about its sequence."""

from __future__ import annotations

import configparser
import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.text_file import read_text_bytes


@dataclass(frozen=True)
class SequenceInfo:
    """The entries of `seqinfo.ini`. length: number of frames. width, height: pixels. None: the file does not say."""

    name: str
    length: int
    frame_rate: float | None
    width: int | None
    height: int | None
    image_folder: str
    extension: str

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height), or None where the file does not give both."""
        return None if self.width is None or self.height is None else (self.width, self.height)


def read_sequence_info(folder: str | PathLike[str]) -> SequenceInfo:
    """Read `folder/seqinfo.ini`.

    Only `seqLength` is required; the name defaults to the folder's, `imDir` to img1, `imExt` to .jpg.
    Raises InputError where the file is missing, is not an INI file, or an entry is not a positive number.
    """
    path = Path(folder) / "seqinfo.ini"
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(read_text_bytes(path).decode())
    except UnicodeDecodeError:
        raise InputError(path, None, "is not UTF-8 text", "save it as UTF-8") from None
    except configparser.Error as error:
        problem = " ".join(str(error.message).split())
        cure = "write [Sequence] and below it key=value lines"
        raise InputError(path, None, f"is not an INI file ({problem})", cure) from None
    if not parser.has_section("Sequence"):
        raise InputError(path, None, "has no section [Sequence]", "write [Sequence] above the entries")
    entries = dict(parser["Sequence"])  # configparser lowers the keys
    length = _whole(path, entries, "seqLength")
    if length is None:
        raise InputError(path, None, "has no entry seqLength", "write seqLength=<number of frames>")
    return SequenceInfo(
        name=_name(path, entries),
        length=length,
        frame_rate=_positive(path, entries, "frameRate"),
        width=_whole(path, entries, "imWidth"),
        height=_whole(path, entries, "imHeight"),
        image_folder=entries.get("imdir", "").strip() or "img1",
        extension=entries.get("imext", "").strip() or ".jpg",
    )


def _name(path: Path, entries: dict[str, str]) -> str:
    name = entries.get("name", "").strip() or path.resolve().parent.name
    # The name becomes the name of the output file.
    if "/" in name or "\\" in name or "\0" in name or name in (".", ".."):
        raise InputError(path, None, f"name is {name!a}, which cannot name a file", "write a plain name")
    return name


def _positive(path: Path, entries: dict[str, str], key: str) -> float | None:
    text = entries.get(key.lower(), "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise InputError(path, None, f"{key} is {text!a}, not a positive number", f"correct {key}")
    return value


def _whole(path: Path, entries: dict[str, str], key: str) -> int | None:
    value = _positive(path, entries, key)
    if value is None:
        return None
    if value != int(value) or value > 2**31:
        raise InputError(path, None, f"{key} is {value:g}, not a whole number of usual size", f"correct {key}")
    return int(value)
