"""Results that are kept under what they were made from: the content of files, the settings and the code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from flatsort import data, embedding, eval, tracker
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.json_file import read_json
from flatsort.eval.scores.clear import ClearCounts
from flatsort.eval.scores.hota import HotaCounts
from flatsort.eval.scores.identity import IdentityCounts
from flatsort.eval.scores.sequence_scores import Counts
from flatsort.tracker.running.many.code_version import code_version

_PARTS = {"clear": ClearCounts, "identity": IdentityCounts, "hota": HotaCounts}
ROOMS = (data, embedding, tracker, eval)  # whose code tracks and scores come from


class ResultCache:
    """A folder of `<key>.json` (counts) and `<key>.txt` (tracks), and what the files it has read contain.

    A file is read once and again when its size or its time of change differ, as version control does.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "files.json"
        self._seen: dict[str, list[Any]] = _read_json(self._index) or {}

    def key(self, files: Iterable[Path], settings: Mapping[str, Any]) -> str:
        """The name of the result that these files and settings give with the code as it is."""
        contents = sorted([path.name, self._digest(path)] for path in set(files))  # their folders do not matter
        parts = [code_version(*ROOMS), contents, dict(settings)]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]

    def tracks(self, key: str) -> Path:
        """Where the tracks of a result are."""
        return self.folder / f"{key}.txt"

    def get(self, key: str) -> Counts | None:
        """The counts of a result, None where there is none."""
        stored = _read_json(self.folder / f"{key}.json")
        if stored is None:
            return None
        try:
            parts = [kind(**_arrays(stored[part])) for part, kind in _PARTS.items()]
            return Counts(*parts)
        except (KeyError, TypeError, AttributeError, ValueError):
            return None

    def put(self, key: str, counts: Counts) -> None:
        """Keep the counts of a result. Raises InputError where the folder cannot be written."""
        stored = {
            part: {
                name: value.tolist() if isinstance(value, np.ndarray | np.generic) else value
                for name, value in vars(getattr(counts, part)).items()
            }
            for part in _PARTS
        }
        _write_json(self.folder / f"{key}.json", stored)

    def save_index(self) -> None:
        """Keep what the files contain, so that the next run need not read them."""
        _write_json(self._index, self._seen)

    def _digest(self, path: Path) -> str:
        state = path.stat()
        name = str(path.resolve())
        seen = self._seen.get(name)
        if not isinstance(seen, list) or seen[:2] != [state.st_size, state.st_mtime_ns]:
            with path.open("rb") as file:
                seen = [state.st_size, state.st_mtime_ns, hashlib.file_digest(file, "sha256").hexdigest()]
            self._seen[name] = seen
        return str(seen[2])


def _arrays(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: np.array(value) if isinstance(value, list) else value for name, value in values.items()}


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return read_json(path, "")
    except InputError:  # not there, or cut short: it is made anew
        return None


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")
