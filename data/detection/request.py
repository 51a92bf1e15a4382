"""What a detector's `load(request)` is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from flatsort.data.errors import InputError
from flatsort.data.request import NamedRequest


@dataclass(frozen=True)
class DetectorRequest(NamedRequest):
    """What a detector's `load(request)` is given, as `NamedRequest` says."""

    what: ClassVar[str] = "detector"

    def file(self) -> Path:
        """The argument as an existing file. Raises InputError where it is missing."""
        path = Path(self.argument)
        if not self.argument or not path.is_file():
            raise InputError(self.argument or f"detector {self.text}", None, "no such file", "check the path")
        return path

    def refuse_argument(self) -> None:
        """Raises InputError where the user wrote `name:something` and the detector takes nothing."""
        if self.argument:
            name = self.text.partition(":")[0]
            raise InputError(f"detector {self.text}", None, f"{name} takes nothing behind it", f"write {name}")


def share(text: str) -> float:
    """A number from 0 to 1. Raises ValueError."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(f"{text} is not between 0 and 1")
    return value
