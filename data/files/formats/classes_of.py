"""Class numbers and names from the columns of a table that may hold either."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def classes_of(columns: Sequence[Sequence[str]], count: int) -> tuple[NDArray[np.float64], dict[int, str]]:
    """The class of each row, -1 where there is none, and the names of the classes that have one.

    columns: of `count` texts each, numbers or names; empty texts where a row has no class.

    Numbers are taken from the first column of numbers, names from the first of names. Names without numbers are
    numbered from 1 in their order, so that the order of rows does not matter. Raises ValueError where one number has
    two names.
    """
    numbers, names = None, None
    for column in columns:
        values = _numbers(column)
        if values is None:
            names = column if names is None else names
        elif numbers is None and (values >= 0).any():
            numbers = values
    if names is None:
        return np.full(count, -1.0) if numbers is None else np.where(numbers >= 0, numbers, -1), {}
    texts = [text.strip() for text in names]
    if numbers is None:
        known = {text: number for number, text in enumerate(sorted({*texts} - {""}), start=1)}
        return np.array([known.get(text, -1) for text in texts], np.float64), {n: text for text, n in known.items()}
    found: dict[int, str] = {}
    for number, text in dict.fromkeys(zip(numbers.tolist(), texts, strict=True)):
        if number >= 0 and text and found.setdefault(int(number), text) != text:
            raise ValueError(f"class {number:g} is called {found[int(number)]!a} and {text!a}")
    return np.where(numbers >= 0, numbers, -1), found


def _numbers(column: Sequence[str]) -> NDArray[np.float64] | None:
    """A column as numbers, -1 where it is empty; None where any is no number."""
    try:
        values = np.array([float(text) if text.strip() else -1.0 for text in column])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None
