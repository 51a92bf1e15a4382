"""JSON that somebody else wrote (gates, metadata of models, histories): bounded in size, depth and numbers."""

from __future__ import annotations

import json
import math
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from flatsort.data.errors import InputError

LARGEST_JSON = 16 << 20  # characters
DEEPEST_JSON = 64  # objects and lists within each other


def parse_json(text: str) -> dict[str, Any]:
    """A JSON object from its text, whose numbers all are within what float64 holds.

    Raises ValueError that says why it is none: too long, too deep, a number that is not finite, no JSON, no object.
    """
    if len(text) > LARGEST_JSON:
        raise ValueError(f"{len(text)} characters, at most {LARGEST_JSON} are read")
    try:
        content = json.loads(text, parse_int=_whole, parse_float=_finite, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested without end") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from None
    if not isinstance(content, dict):
        raise ValueError("no JSON object")
    _check_depth(content)
    return content


def read_json(path: str | PathLike[str], cure: str) -> dict[str, Any]:
    """The JSON object in a file. Raises InputError with the cure where it cannot be read, and as `parse_json`."""
    file = Path(path)
    try:
        if file.stat().st_size > 4 * LARGEST_JSON:  # a character takes at most four bytes
            raise InputError(file, None, "is too large for a JSON file of flatsort's", cure)
        return parse_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(file, None, f"cannot be read ({error.strerror})", cure) from None
    except ValueError as error:
        raise InputError(file, None, f"is not a JSON file ({error})", cure) from None


def _whole(text: str) -> int:
    _finite(text)
    return int(text)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]}, which is not finite")
    return value


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"the number {text}, which is not finite")


def _check_depth(content: dict[str, Any]) -> None:
    level: list[Any] = [content]
    for _ in range(DEEPEST_JSON):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise ValueError(f"more than {DEEPEST_JSON} objects and lists within each other")
