"""Values of settings as users write them: TOML, checked against the field they are for."""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from flatsort.data.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Plain = TypeVar("Plain", bound="DataclassInstance")


def checked(source: str, section: str, field: Field[Any], value: Any) -> Any:
    """The value in the field's type; TOML's whole numbers serve as floats, its lists as tuples."""
    kind = str(field.type)
    if kind == "float" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    item = {"tuple[str, ...]": str, "tuple[int, ...]": int}.get(kind)
    if item is not None and isinstance(value, list) and all(type(one) is item for one in value):
        return tuple(value)
    if type(value).__name__ != kind:
        raise InputError(source, None, f"{section}.{field.name} is {value!r}", f"give a value of type {kind}")
    return value


def changed(settings: Plain, changes: Iterable[str], section: str) -> Plain:
    """Settings of one section, a frozen dataclass, with `field=value` changes applied in order.

    Raises InputError that names the field that is unknown or out of range, and the nearest one.
    """
    known: dict[str, Field[Any]] = {field.name: field for field in fields(settings)}
    values = {}
    for change in changes:
        name, equals, text = change.partition("=")
        name = name.strip().removeprefix(f"{section}.")
        if not equals:
            raise InputError(f"--set {change}", None, "has no '='", "write --set field=value")
        if name not in known:
            raise InputError(f"--set {name}", None, "no such setting", f"did you mean {nearest(name, known)}?")
        values[name] = checked("--set", section, known[name], parse_value(text.strip()))
    try:
        return dataclasses.replace(settings, **values)
    except ValueError as error:
        raise InputError("--set", None, str(error), "set it within its range") from error


def parse_value(text: str) -> Any:
    """A TOML value, or the text itself where it is none, so that strings need no quotes."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def nearest(name: str, names: Iterable[str]) -> str:
    """The known name that is most like a mistyped one."""
    return difflib.get_close_matches(name, list(names), n=1, cutoff=0.0)[0]
