"""How an input is damaged: most keep all but a place or two of what was valid, so that readers are reached in depth."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

Random = np.random.Generator

WORDS = [
    *("1", "0", "-1", "0.5", "1e400", "-1e308", "1e308", "nan", "inf", "", " ", "x", "1_0", "0x1", "１", "1,2"),
    *("9" * 30, "9" * 5000, "2147483648", "1e-320", "\t", "\x00", "\x1b[2J", "true", "null", "[", "{", '"', "é"),
]
VALUES: list[Any] = [
    *(None, True, False, -1, 0, 1, 2, 1e308, -1e308, 1e-320, 10**400, 2**62, 0.3, "", "cosine", "euclidean", "x" * 999),
    *([], {}, [[]], [1, 2, 3], {"gate": 1}, [64, 64], [200000, 200000], [0, -1], "rgb", "stretch"),
    *(float("nan"), float("inf"), -float("inf")),
]


def word(random: Random) -> str:
    """A word that may or may not be a number."""
    return WORDS[int(random.integers(len(WORDS)))]


def value(random: Random) -> Any:
    """A JSON value of any kind; rarely one that is nested without end."""
    if random.random() < 0.02:
        deep: Any = 0
        for _ in range(900):
            deep = [deep]
        return deep
    return copy.deepcopy(VALUES[int(random.integers(len(VALUES)))])


def times(random: Random) -> int:
    """How many places are damaged: none, so that what is valid is seen to be read, one or two, rarely many."""
    return int(random.choice([0, 1, 2, 9], p=[0.1, 0.55, 0.3, 0.05]))


def damaged_bytes(random: Random, content: bytes) -> bytes:
    """Some bytes changed, cut out or said twice."""
    out = bytearray(content)
    for _ in range(times(random)):
        place, length = int(random.integers(len(out) + 1)), int(random.integers(1, 9))
        kind = random.integers(3)
        if kind == 0:
            out[place : place + length] = random.bytes(length)
        elif kind == 1:
            del out[place : place + length * 4]
        else:
            out[place:place] = out[place : place + length * 8]
    return bytes(out)


def damaged_json(random: Random, content: Any) -> Any:
    """A copy with some values replaced, some keys left out and some added, at any depth."""
    content = copy.deepcopy(content)
    for _ in range(times(random)):
        inner = content
        while True:
            keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
            if not keys:
                break
            key = keys[int(random.integers(len(keys)))]
            if isinstance(inner[key], dict | list) and inner[key] and random.random() < 0.7:
                inner = inner[key]
                continue
            if random.random() < 0.15:
                del inner[key]
            else:
                inner[key] = value(random)
            break
        if isinstance(content, dict) and random.random() < 0.1:
            content[word(random)] = value(random)
    return content


def damaged_rows(random: Random, rows: list[list[str]]) -> str:
    """Rows of text with some columns replaced, some rows left out, doubled, or apart by something else."""
    rows = [list(row) for row in rows]
    for _ in range(times(random)):
        if not rows:
            break
        at = int(random.integers(len(rows)))
        kind = random.integers(6)
        if kind < 3:
            rows[at][int(random.integers(len(rows[at])))] = word(random)
        elif kind == 3:
            del rows[at]
        elif kind == 4:
            rows.append(list(rows[at]))
        else:
            rows[at] = rows[at][: int(random.integers(1, len(rows[at]) + 1))] + [word(random)] * int(random.integers(3))
            rows[at] = rows[at] or ["1"]
    separator = str(random.choice([",", ", ", " ", ";"], p=[0.7, 0.1, 0.15, 0.05]))
    return "\n".join(separator.join(row) for row in rows) + "\n"


def damaged_array(random: Random, array: NDArray[Any]) -> NDArray[Any]:
    """A copy with a number replaced, another shape, or another type."""
    out = np.array(array)
    kind = random.integers(5)
    if kind < 3 and out.size and out.dtype.kind in "fi":
        wild = [np.nan, np.inf, -np.inf, 1e300, -5.0, 0.0] if out.dtype.kind == "f" else [-1, 0, 1, 7, 2**31, 2**62]
        with np.errstate(over="ignore"):
            out.reshape(-1)[int(random.integers(out.size))] = wild[int(random.integers(len(wild)))]
        return out
    if kind == 3:
        return out.reshape(-1)[: max(0, out.size - 1)]
    return out.astype(str(random.choice(["f2", "f4", "i1", "U9", "c16", "?"]))) if out.dtype.kind in "fi" else out


def drawn(random: Random, weights: dict[float, int], size: tuple[int, ...]) -> NDArray[np.float64]:
    """Numbers drawn as often as their weights say."""
    return random.choice([*weights], size=size, p=np.array([*weights.values()]) / sum(weights.values()))
