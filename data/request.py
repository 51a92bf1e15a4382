"""Parts that a user names, with options behind the name: `NAME[:ARGUMENT][,key=value ...]`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import ClassVar, TypeVar

from flatsort.data.errors import InputError
from flatsort.data.sequences.sequence import Sequence

T = TypeVar("T")


@dataclass(frozen=True)
class NamedRequest:
    """What the `load(request)` of such a part is given.

    text: what the user wrote.
    argument: the part after `name:`, or the file; empty where there is none.
    sequence: what it will be used on, None where that is not known.
    options: `{key: value}` behind the name, as text.
    used: the keys that were read.
    """

    what: ClassVar[str]  # of the part, in messages

    text: str
    argument: str = ""
    sequence: Sequence | None = None
    options: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def option(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """The option `key=value` behind the name, parsed. Raises InputError where `parse` raises ValueError."""
        self.used.add(key)
        if key not in self.options:
            return default
        try:
            return parse(self.options[key])
        except ValueError as error:
            raise InputError(f"{self.what} {self.text}", None, f"option {key}: {error}", "correct it") from None

    def refuse_unused(self) -> None:
        """Raises InputError where the user set an option that was not read."""
        refuse_options(self.what, self.text, set(self.options) - self.used, self.used)


def split_options(what: str, name: str) -> tuple[str, dict[str, str]]:
    """The name and its options. Raises InputError for what stands behind an option and is none."""
    head, *rest = name.split(",")
    options: dict[str, str] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if equals and re.fullmatch(r"[a-z_]+", key):
            options[key] = value
        elif options:
            raise InputError(f"{what} {name}", None, f"{part!r} is no option", "write options as key=value")
        else:
            head += "," + part  # a comma in a file's name
    return head, options


def refuse_options(what: str, name: str, unused: set[str], known: set[str] | None = None) -> None:
    """Raises InputError where there are any. known: the options that there are, of which the nearest is named."""
    if unused:
        wrong = min(unused)
        near = get_close_matches(wrong, sorted(known or ()), 1)
        cure = f"did you mean {near[0]}?" if near else "remove it"
        raise InputError(f"{what} {name}", None, f"has no option {wrong!r}", cure)
