"""`[LABEL=]DESCRIPTOR` and `[LABEL=]FILE`: what is compared, by the name under which it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from flatsort.data.errors import InputError


def labelled_descriptors(texts: Iterable[str]) -> dict[str, str]:
    """Descriptors by label; one without a label by its own name, or that of its file, with its options.

    Raises InputError where two have one label.
    """
    return _by_label("--descriptor", (_split(text) or (_short(text), text) for text in texts))


def labelled_tracks(texts: Iterable[str]) -> dict[str, Path]:
    """Files of tracks by label; one without a label by its name. A file that exists is not split at its `=`.

    Raises InputError where two have one label.
    """
    pairs = ((None if Path(text).exists() else _split(text)) or (Path(text).stem, text) for text in texts)
    return {label: Path(file) for label, file in _by_label("--tracks", pairs).items()}


def _by_label(option: str, pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for label, value in pairs:
        if label in found:
            raise InputError(option, None, f"{label} is the name of two", f"write LABEL={value}")
        found[label] = value
    return found


def _split(text: str) -> tuple[str, str] | None:
    labelled = re.fullmatch(r"([^=,:/]+)=(.+)", text)
    return (labelled[1], labelled[2]) if labelled else None


def _short(text: str) -> str:
    """`onnx:weights/osnet.onnx,gate=0.3` as `osnet,gate=0.3`."""
    head, comma, options = text.partition(",")
    return (Path(head.partition(":")[2] or head).stem if re.search(r"[:/.]", head) else head) + comma + options
