"""Classes of boxes: their names, and which of them a user asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError, remark

if TYPE_CHECKING:
    from flatsort.data.boxtable import BoxTable

Names = Mapping[int, str]

UNKNOWN = -1  # the number of a class that is not known
# MOT16 (Milan et al. 2016), Table 3, and `crowd` of MOT20.
MOT_NAMES: Names = dict(
    enumerate(
        (
            *("pedestrian", "person on vehicle", "car", "bicycle", "motorbike", "non-motorised vehicle"),
            *("static person", "distractor", "occluder", "occluder on the ground", "occluder full", "reflection"),
            "crowd",
        ),
        start=1,
    )
)
_ALIASES = {"person": "pedestrian"}  # detectors' name of what MOTChallenge calls so
EVERY = "all"


def class_name(number: int, names: Names) -> str:
    """What a class is called: its name, or `class 7` where it has none."""
    return names.get(number, f"class {number}" if number != UNKNOWN else "unknown")


def kinds_of(table: BoxTable) -> NDArray[np.str_] | None:
    """(n,) what the class of each row is called; None where all rows are of one class, so that nobody needs telling.

    By the table's own names; where it has none, by MOTChallenge's if its classes are all of these numbers.
    """
    numbers, place = np.unique(table.classes, return_inverse=True)
    if len(numbers) < 2:
        return None
    known = np.isin(numbers, [UNKNOWN, *MOT_NAMES]).all()
    names = table.names or (MOT_NAMES if known else {})
    return np.array([class_name(number, names) for number in numbers.tolist()])[place]


def same_name(one: str, other: str) -> bool:
    """Whether two names are of one class: upper and lower case aside, and person is pedestrian."""
    first, second = one.casefold(), other.casefold()
    return _ALIASES.get(first, first) == _ALIASES.get(second, second)


def split_classes(text: str) -> tuple[str, ...]:
    """Names or numbers with commas between, as a user writes them."""
    return tuple(part for part in (part.strip() for part in text.split(",")) if part)


def class_numbers(wanted: Iterable[str], names: Names, whose: str) -> list[int] | None:
    """The numbers of the classes that a user asks for, each once and in that order; None for `all`.

    wanted: numbers, or names in upper or lower case. names: of the classes that there are; without any, numbers alone
    say which. whose: what the names belong to, for the message.

    Raises InputError for a name that is none of them, with the nearest that is.
    """
    numbers: list[int] = []
    known = {name.casefold(): number for number, name in reversed(list(names.items()))}
    for text in wanted:
        if text == EVERY:
            return None
        name = text.casefold()
        if name not in known:
            name = next((other for other in known if same_name(other, name)), name)
        if name in known:
            numbers.append(known[name])
        elif text.isascii() and text.isdecimal() and len(text) < 10:
            numbers.append(int(text))
        else:
            near = get_close_matches(name, known, 1, 0.0)
            cure = f"did you mean {names[known[near[0]]]}?" if near else "its classes are numbers"
            raise InputError("--classes", None, f"{whose} knows no {text!r}", cure)
    if not numbers:
        raise InputError("--classes", None, "names no class", "write names or numbers with commas between")
    return list(dict.fromkeys(numbers))


def wanted_classes(table: BoxTable, wanted: str | None, source: str | PathLike[str]) -> list[int] | None:
    """The numbers of the classes that a user names: by the table's own names, by MOTChallenge's where it has none.

    Returns None where all rows are wanted. Raises InputError where the table has rows and no classes, and as
    `class_numbers`.
    """
    if wanted is None or not len(table):
        return None
    if not table.has_classes:
        cure = "write them in column 8, or leave --classes out"
        raise InputError(source, None, "has detections without classes", cure)
    numbers = class_numbers(split_classes(wanted), table.names or MOT_NAMES, str(source))
    if numbers is not None and not np.isin(table.classes, numbers).any():
        remark(source, f"no detection is of --classes {wanted}; there are {listed(table.classes, table.names)}")
    return numbers


def keep_classes(table: BoxTable, wanted: str | None, source: str | PathLike[str]) -> BoxTable:
    """The rows of the classes that a user names, as `wanted_classes`."""
    numbers = wanted_classes(table, wanted, source)
    return table if numbers is None else table.kept(np.isin(table.classes, numbers))


def listed(classes: NDArray[np.int64], names: Names) -> str:
    """The classes that occur, as a sentence lists them: `1 (person), 2 (bicycle)`, or `1, 2` without names."""
    there = np.unique(classes).tolist()
    return ", ".join(f"{number} ({names[number]})" if number in names else str(number) for number in there)
