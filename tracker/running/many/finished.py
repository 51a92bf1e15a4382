"""Which results of an earlier run are finished: a line for each in `finished.jsonl`, beside them.

A result is taken as finished where the last line about it says that it was made from the same files (names, sizes and
times of change), by the same settings and the same code, and where its own size and time of change are still those of
the line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flatsort import data, embedding, tracker
from flatsort.data.files.atomic import atomic_path
from flatsort.tracker.running.many.code_version import code_version
from flatsort.tracker.running.many.job import Job

NAME = "finished.jsonl"
# What a line says a result was made from, and how a reader is told that it has changed.
PARTS = {"files": "its source has changed", "settings": "it has other settings", "code": "flatsort has changed"}
_UNKNOWN = f"{NAME} does not know it"


class Finished:
    """The finished results of a folder; `add` writes a line as soon as there is one more.

    A line that was cut short by a crash is left out, and its result is made again.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._folder = folder
        self._lines = _read(self.path)

    def state(self, job: Job) -> str | None:
        """Why a job must be done: empty where nothing is there yet, else why what is there does not do.

        None where it is finished.
        """
        if not all(path.is_file() for path in job.outputs):
            return ""
        known = self._lines.get(self._key(job))
        if known is None or known.get("results") != stamps(job.outputs):
            return _UNKNOWN
        made_from = _made_from(job)
        return next((said for part, said in PARTS.items() if known.get(part) != made_from[part]), None)

    def add(self, job: Job) -> None:
        """The job is finished."""
        key = self._key(job)
        line = self._lines[key] = {"result": key, **_made_from(job), "results": stamps(job.outputs)}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def tidy(self) -> None:
        """One line for each result; what was cut short goes, so that the next line begins on a line of its own."""
        if self.path.exists():
            with atomic_path(self.path) as temporary:
                temporary.write_text(
                    "".join(json.dumps(line) + "\n" for line in self._lines.values()), encoding="utf-8"
                )

    def _key(self, job: Job) -> str:
        return job.outputs[0].name


def _read(path: Path) -> dict[str, dict[str, Any]]:
    lines: dict[str, dict[str, Any]] = {}
    for text in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else ():
        try:
            line = json.loads(text)
            lines[line["result"]] = line
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return lines


def _made_from(job: Job) -> dict[str, str]:
    settings = sorted((key, repr(value)) for key, value in job.settings.items())
    return {
        "files": digest(stamps(job.inputs)),
        "settings": digest(settings),
        "code": code_version(data, embedding, tracker),
    }


def stamps(paths: Iterable[Path]) -> list[list[Any]]:
    """Name, size and time of change of each; a file that is not there has neither."""
    stamps: list[list[Any]] = []
    for path in paths:
        try:
            state = path.stat()
            stamps.append([path.name, state.st_size, state.st_mtime_ns])
        except OSError:
            stamps.append([path.name])
    return stamps


def digest(parts: Any) -> str:
    """A short name of JSON values."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
