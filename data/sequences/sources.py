"""What a user names: sequences, or folders of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flatsort.data.files.image_file import IMAGE_SUFFIXES
from flatsort.data.sequences.image_folder import natural_key

# Of files that a folder of videos is made of. FFmpeg opens more; those are named one by one.
VIDEO_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".wmv", ".flv", ".ogv"}
)


def find_sequences(sources: Iterable[str]) -> list[str]:
    """The sources, with each folder of sequences replaced by them: a benchmark root, or a folder of videos.

    In a folder sequence folders come first, sorted, then videos in natural order. A folder that holds images is a
    sequence of them, whatever else it holds.
    """
    found: list[str] = []
    for source in sources:
        folder = Path(source)
        own = (folder / "seqinfo.ini").exists() or (folder / "det").exists()
        found += ([] if own or not folder.is_dir() else _within(folder)) or [source]
    return found


def _within(folder: Path) -> list[str]:
    sequences = [str(info.parent) for info in sorted(folder.glob("*/seqinfo.ini"))]
    files = [file for file in folder.iterdir() if not file.name.startswith(".") and file.is_file()]
    if any(file.suffix.lower() in IMAGE_SUFFIXES for file in files):
        return sequences
    videos = [file for file in files if file.suffix.lower() in VIDEO_SUFFIXES]
    return sequences + [str(file) for file in sorted(videos, key=lambda file: natural_key(file.name))]
