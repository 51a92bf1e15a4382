"""What a user names: sequences, or folders of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def find_sequences(sources: Iterable[str]) -> list[str]:
    """The sources, with each benchmark root (a folder of sequence folders) replaced by its sequences, sorted."""
    found: list[str] = []
    for source in sources:
        folder = Path(source)
        own = (folder / "seqinfo.ini").exists() or (folder / "det").exists()
        within = [] if own or not folder.is_dir() else sorted(folder.glob("*/seqinfo.ini"))
        found += [str(info.parent) for info in within] or [source]
    return found
