"""Which code a result comes from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

LIBRARIES = ("numpy", "scipy", "opencv-python", "opencv-python-headless", "av", "onnxruntime", "scikit-learn", "torch")


@cache
def code_version(*rooms: ModuleType) -> str:
    """A digest of the modules of some rooms, and of the versions of the libraries below them."""
    digest = hashlib.sha256()
    for path in _modules(rooms):
        digest.update(path.read_bytes())
    for library in LIBRARIES:
        try:
            digest.update(f"{library} {version(library)}".encode())
        except PackageNotFoundError:
            continue
    return digest.hexdigest()


def _modules(rooms: Iterable[ModuleType]) -> list[Path]:
    return [path for room in rooms for folder in room.__path__ for path in sorted(Path(folder).rglob("*.py"))]
