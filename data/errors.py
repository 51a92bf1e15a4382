"""The one error that a user can cause: bad input."""

from __future__ import annotations

from os import PathLike


class InputError(Exception):
    """Input that cannot be used: one line that names the file, the row and the cure.

    The `flatsort` command prints it on standard error and exits with code 2, without a traceback.

    >>> str(InputError("det.txt", 7, "width is -3", "remove the row or make it positive"))
    'det.txt, row 7: width is -3; remove the row or make it positive'
    """

    def __init__(self, source: str | PathLike[str], row: int | None, problem: str, cure: str) -> None:
        where = str(source) if row is None else f"{source}, row {row}"
        super().__init__(f"{where}: {problem}; {cure}")
