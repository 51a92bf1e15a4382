"""Rows of several seeds as a Markdown table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def seed_table(rows: Mapping[str, Sequence[Mapping[str, float]]], columns: Sequence[str]) -> str:
    """Mean over a row's seeds, and standard deviation where there are several; empty what was not measured."""
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, seeds in rows.items():
        cells = []
        for column in columns:
            values = [found[column] for found in seeds if column in found]
            spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
            cells.append(f"{np.mean(values):.3f}{spread}" if values else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)
