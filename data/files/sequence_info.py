"""`seqinfo.ini`: what a MOTChallenge folder says about its sequence."""

from __future__ import annotations

import configparser
import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.text_file import read_text_bytes
from flatsort.data.limits import FASTEST_RATE, LAST_FRAME, check_picture_size


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
    Raises InputError where the file is missing, is not an INI file, or an entry is not a positive number, is larger
    than any picture or sequence (`limits`), or names what is not in the folder.
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
    length = _whole(path, entries, "seqLength", LAST_FRAME)
    if length is None:
        raise InputError(path, None, "has no entry seqLength", "write seqLength=<number of frames>")
    width, height = (_whole(path, entries, key, 2**31) for key in ("imWidth", "imHeight"))
    check_picture_size(path, width or 1, height or 1, "imWidth and imHeight are")
    return SequenceInfo(
        name=check_name(path, entries.get("name", "").strip() or path.resolve().parent.name),
        length=length,
        frame_rate=_frame_rate(path, entries),
        width=width,
        height=height,
        image_folder=_image_folder(path, entries),
        extension=entries.get("imext", "").strip() or ".jpg",
    )


def check_name(source: str | PathLike[str], name: str) -> str:
    """A sequence's name, which becomes the name of its results. Raises InputError where it cannot name a file."""
    if not name or name.startswith(".") or "/" in name or "\\" in name or not name.isprintable():
        raise InputError(source, None, f"name is {name!a}, which cannot name a file", "write a plain name")
    return name


def _image_folder(path: Path, entries: dict[str, str]) -> str:
    name = entries.get("imdir", "").strip() or "img1"
    # A folder elsewhere may be anybody's pictures; `seqinfo.ini` comes from whoever made the sequence.
    if Path(name).is_absolute() or ".." in Path(name).parts or not name.isprintable():
        raise InputError(path, None, f"imDir is {name!a}, which is not in the folder", "move or link the images there")
    return name


def _frame_rate(path: Path, entries: dict[str, str]) -> float | None:
    rate = _positive(path, entries, "frameRate")
    if rate is not None and rate > FASTEST_RATE:
        raise InputError(path, None, f"frameRate is {rate:g}, beyond {FASTEST_RATE:g}", "write frames a second")
    return rate


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


def _whole(path: Path, entries: dict[str, str], key: str, most: int) -> int | None:
    value = _positive(path, entries, key)
    if value is None:
        return None
    if value != int(value) or value > most:
        problem = f"{key} is {entries[key.lower()].strip()}, not a whole number up to {most}"
        raise InputError(path, None, problem, f"correct {key}")
    return int(value)
