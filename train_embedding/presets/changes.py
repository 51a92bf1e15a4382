"""Settings as a user writes them: `name=value`, its type, and the name that was meant."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from dataclasses import Field, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

from flatsort.data.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Plain = TypeVar("Plain", bound="DataclassInstance")


def parse_change(change: str, form: str) -> tuple[str, Any]:
    """Key and value of `key=value`: a TOML value, or the text itself where it is none, so that strings need no quotes.

    form: how the user should have written it. Raises InputError where there is no '='.
    """
    key, equals, text = change.partition("=")
    if not equals:
        raise InputError(f"--set {change}", None, "has no '='", f"write --set {form}")
    try:
        return key.strip(), tomllib.loads(f"value = {text.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return key.strip(), text.strip()


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
        name, value = parse_change(change, "field=value")
        name = name.removeprefix(f"{section}.")
        if name not in known:
            raise InputError(f"--set {name}", None, "no such setting", f"did you mean {nearest(name, known)}?")
        values[name] = checked("--set", section, known[name], value)
    try:
        return replace(settings, **values)
    except ValueError as error:
        raise InputError("--set", None, str(error), "set it within its range") from error


def nearest(name: str, names: Iterable[str]) -> str:
    """The known name that is most like a mistyped one."""
    return difflib.get_close_matches(name, list(names), n=1, cutoff=0.0)[0]
