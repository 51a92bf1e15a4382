"""What a detector's `load(request)` is given: the file and options the user wrote, and what will be looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from flatsort.data.errors import InputError
from flatsort.data.sequences.sequence import Sequence

T = TypeVar("T")


@dataclass(frozen=True)
class DetectorRequest:
    """What a detector's `load(request)` is given.

    text: what the user wrote.
    argument: the part after `name:`, or the file; empty where there is none.
    sequence: what will be looked at, None where that is not known.
    options: `key=value` behind the name. used: the keys that were asked for.
    """

    text: str
    argument: str = ""
    sequence: Sequence | None = None
    options: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def option(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """The option `key=value`, parsed. Raises InputError where `parse` raises ValueError."""
        self.used.add(key)
        if key not in self.options:
            return default
        try:
            return parse(self.options[key])
        except ValueError as error:
            raise InputError(f"detector {self.text}", None, f"option {key}: {error}", "correct it") from None

    def file(self) -> Path:
        """The argument as an existing file. Raises InputError where it is missing."""
        path = Path(self.argument)
        if not self.argument or not path.is_file():
            raise InputError(self.argument or f"detector {self.text}", None, "no such file", "check the path")
        return path


def share(text: str) -> float:
    """A number from 0 to 1. Raises ValueError."""
    value = float(text)
    if not 0 <= value <= 1:
        raise ValueError(f"{text} is not between 0 and 1")
    return value
