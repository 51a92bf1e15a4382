"""What a descriptor's `load(request)` is given: the argument and options the user wrote, and what will be tracked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from flatsort.data import InputError
from flatsort.data.request import NamedRequest
from flatsort.embedding.gate import Gate, gate_beside
from flatsort.embedding.pickles import refuse_pickle


@dataclass(frozen=True)
class Request(NamedRequest):
    """What a descriptor's `load(request)` is given: beside what `NamedRequest` says,

    gate: the gate the user set, None for the descriptor's own.
    found: gates that were found beside files.
    """

    what: ClassVar[str] = "descriptor"

    gate: Gate | float | None = None
    found: list[Gate] = field(default_factory=list)

    def file(self) -> Path:
        """The argument as an existing file. Raises InputError where it is missing or may be a pickle."""
        if not self.argument:
            raise InputError(f"descriptor {self.text}", None, "no file is named", f"write {self.text.rstrip(':')}:FILE")
        path = Path(self.argument)
        refuse_pickle(path)
        if not path.exists():
            raise InputError(path, None, "does not exist", "check the path")
        return path

    def refuse_argument(self) -> None:
        """Raises InputError where the user wrote `name:something` and the descriptor reads no file."""
        if self.argument:
            raise InputError(f"descriptor {self.text}", None, "takes no file", f"write {self.text.partition(':')[0]}")

    def gate_of(self, path: Path) -> Gate | float | None:
        """The gate the user set, else the one stored beside the file, else None.

        A number is for the distance that is stored beside the file, where there is one.
        """
        stored = gate_beside(path)
        if isinstance(self.gate, Gate) or stored is None:
            return self.gate
        gate = stored if self.gate is None else Gate(stored.distance, self.gate, metric=stored.metric)
        self.found.append(gate)
        return gate
