"""One way to check the fields of a settings dataclass: a range or a choice, and one message for each."""

from __future__ import annotations

from collections.abc import Iterable


def inside(settings: object, interval: str, *names: str) -> None:
    """Raise ValueError that names the first of the fields that is outside the interval, or is NaN.

    >>> from types import SimpleNamespace
    >>> inside(SimpleNamespace(rate=0.5, share=1.0), "[0, 1)", "rate", "share")
    Traceback (most recent call last):
    ValueError: share: 1.0 is not in [0, 1)
    """
    low, high = (float(end) for end in interval[1:-1].split(","))
    for name in names:
        value = getattr(settings, name)
        above = value >= low if interval[0] == "[" else value > low
        below = value <= high if interval[-1] == "]" else value < high
        if not (above and below):
            raise ValueError(f"{name}: {value} is not in {interval}")


def one_of(settings: object, name: str, allowed: Iterable[str]) -> None:
    """Raise ValueError where the field is none of the allowed values."""
    value = getattr(settings, name)
    if value not in allowed:
        raise ValueError(f"{name}: {value!r} is not one of {', '.join(allowed)}")
