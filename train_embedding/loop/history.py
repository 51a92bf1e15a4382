"""Training curves: a JSON file for the figures (the paper's Figure 12) and TensorBoard scalars."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path


class History:
    """Columns of equal length, one row a logged step; None where a quantity was not computed."""

    def __init__(self, names: tuple[str, ...], columns: dict[str, list[Any]] | None = None) -> None:
        self.columns: dict[str, list[Any]] = {name: columns[name] if columns else [] for name in names}

    def add(self, row: dict[str, Any]) -> None:
        """Append one row; its keys are those of the columns."""
        for name in self.columns:
            self.columns[name].append(row[name])

    def save(self, path: Path, about: dict[str, Any]) -> None:
        """Write `{about..., "history": columns}` atomically. Raises InputError where the disk is full."""
        try:
            with atomic_path(path) as temporary:
                Path(temporary).write_text(json.dumps({**about, "history": self.columns}) + "\n")
        except OSError as error:
            raise InputError(path, None, f"cannot save ({error})", "free some space") from error


class Scalars:
    """TensorBoard scalars, one tag a column of the history."""

    def __init__(self, folder: Path, first_step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=first_step)

    def add(self, row: dict[str, Any]) -> None:
        """Write the row's numbers at its step."""
        for name, value in row.items():
            if isinstance(value, (int, float)) and name != "step":
                self._writer.add_scalar(name, value, row["step"])

    def close(self) -> None:
        """Flush and close the file."""
        self._writer.close()
