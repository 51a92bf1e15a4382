"""How long work shows its progress, without knowing how it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Bar(Protocol):
    """Passes items on, in their order, and shows how many have passed. `iter` passes them on and shows nothing."""

    def __call__(self, items: Iterable[T], /) -> Iterable[T]: ...


class Watch(Protocol):
    """Opens a bar: its name, and how many items there will be, None where that is not known."""

    def __call__(self, name: str, total: int | None, /) -> Bar: ...


def unwatched(name: str, total: int | None) -> Bar:
    """No bar."""
    return iter
