"""Multi-object tracking with appearance embeddings that are learned without identity labels."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flatsort.data import (
        BoxTable,
        Detections,
        Frame,
        InputError,
        Sequence,
        SequenceInfo,
        open_sequence,
        open_writer,
        read_detections,
        read_ground_truth,
        read_sequence_info,
        read_tracks,
    )
    from flatsort.embedding import Descriptor, Gate, Request, describe, descriptor_names, load_descriptor
    from flatsort.eval import Scores, score_sequence, score_sequences
    from flatsort.tracker import Tracker, TrackerConfig, Tracks

__version__ = "0.2.0"

__all__ = [
    "BoxTable",
    "Descriptor",
    "Detections",
    "Frame",
    "Gate",
    "InputError",
    "Request",
    "Scores",
    "Sequence",
    "SequenceInfo",
    "Tracker",
    "TrackerConfig",
    "Tracks",
    "describe",
    "descriptor_names",
    "load_descriptor",
    "open_sequence",
    "open_writer",
    "read_detections",
    "read_ground_truth",
    "read_sequence_info",
    "read_tracks",
    "score_sequence",
    "score_sequences",
]

_ROOM_OF = {
    **dict.fromkeys(("Descriptor", "Gate", "Request", "describe", "descriptor_names", "load_descriptor"), "embedding"),
    **dict.fromkeys(("Scores", "score_sequence", "score_sequences"), "eval"),
    **dict.fromkeys(("Tracker", "TrackerConfig", "Tracks"), "tracker"),
}


def __getattr__(name: str) -> Any:
    """A public name is imported from its room when it is first asked for, so that `import flatsort` is quick."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOM_OF.get(name, 'data')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
