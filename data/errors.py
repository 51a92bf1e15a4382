"""What a user is told: bad input is an error, legal input that was probably not meant is a remark."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from os import PathLike
from typing import Any

# `user:password@` of a URL, and the query's entries that hold a secret.
_CREDENTIALS = re.compile(r"(?P<before>[a-zA-Z][a-zA-Z0-9+.-]*://[^\s/?#@:]*):[^\s/?#]*@")
_SECRET_ENTRY = re.compile(r"(?i)(?P<before>[?&;](?:pass(?:word|wd)?|pwd|token|secret|api_?key|key|auth)=)[^&;#\s]*")


class InputError(Exception):
    """Input that cannot be used: one line that names the file, the row and the cure.

    The `flatsort` command prints it on standard error and exits with code 2, without a traceback. Passwords of URLs
    and control characters do not get into it. What was kept of a result is in its notes (`add_note`).

    >>> str(InputError("det.txt", 7, "width is -3", "remove the row or make it positive"))
    'det.txt, row 7: width is -3; remove the row or make it positive'
    """

    def __init__(self, source: str | PathLike[str], row: int | None, problem: str, cure: str) -> None:
        where = printable(str(source)) if row is None else f"{printable(str(source))}, row {row}"
        super().__init__(f"{where}: {printable(f'{problem}; {cure}')}")


class Remark(UserWarning):
    """Input that is legal and probably not meant. The `flatsort` command prints each once, unless `--quiet` is set."""


def remark(source: str | PathLike[str], text: str) -> None:
    """Issue a `Remark` through `warnings`, which a library's user may filter as any other warning."""
    warnings.warn(Remark(f"{printable(str(source))}: {printable(text)}"), stacklevel=2)


@contextmanager
def remarks_to(take: Callable[[str], None]) -> Iterator[None]:
    """While it is entered, every `Remark` is given to `take`; other warnings go where they went."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", Remark)
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any, **named: Any) -> None:
            if issubclass(category, Remark):
                take(str(message))
            else:
                others(message, category, *where, **named)

        warnings.showwarning = show
        yield


def printable(text: str) -> str:
    """The text as it may reach a terminal: one line, control characters as escapes, no password of a URL.

    >>> printable("rtsp://admin:secret@host/x\\x1b[2J")
    'rtsp://admin:***@host/x\\\\x1b[2J'
    """
    text = _SECRET_ENTRY.sub(r"\g<before>***", _CREDENTIALS.sub(r"\g<before>:***@", text))
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def one_line(error: BaseException) -> str:
    """An error with its notes, such as what was kept of a result, in one line."""
    return "; ".join([str(error), *(printable(note) for note in getattr(error, "__notes__", ()))])
