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


class Shown(Protocol):
    """Where work says what it does: a terminal, or the process that handed the work out."""

    def watch(self, name: str, total: int | None, /) -> Bar:
        """As `Watch`."""
        ...

    def say(self, line: str) -> None:
        """A line on what was done."""
        ...


class Bars(Protocol):
    """Bars that are moved from outside, for work that is done elsewhere. A bar is known by the number it is given."""

    def open_bar(self, name: str, total: int | None) -> int:
        """Show a bar."""
        ...

    def move_bar(self, bar: int, passed: int) -> None:
        """Show that so many items have passed."""
        ...

    def close_bar(self, bar: int) -> None:
        """Show it no longer."""
        ...


def unwatched(name: str, total: int | None) -> Bar:
    """No bar."""
    return iter
