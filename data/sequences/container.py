"""Whether a video file ends before its container says that it does.

FFmpeg takes the end of a file for the end of a video. Layouts: ISO/IEC 14496-12 (MP4, MOV: boxes), Microsoft RIFF
(AVI), RFC 8794 and RFC 9559 (Matroska, WebM).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_SEGMENT = b"\x18\x53\x80\x67"
# The first box of an MP4, and of the QuickTime files from before `ftyp`.
_FIRST_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
# An AVI that was never closed may carry any size from here on.
_NO_RIFF_SIZE = 0xFFFFFFF0


def is_cut_short(path: Path) -> bool:
    """Whether the file ends before the container says that it does. False where the format is not known."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(64)
        if head.startswith(b"RIFF") and len(head) >= 8:
            return size < 8 + int.from_bytes(head[4:8], "little") < _NO_RIFF_SIZE
        if head[4:8] in _FIRST_BOXES:
            return any(end > size for end in _box_ends(file, size))
        if head.startswith(b"\x1a\x45\xdf\xa3") and _SEGMENT in head:
            return _matroska_end(head, head.index(_SEGMENT) + len(_SEGMENT)) > size
    return False


def _box_ends(file: BinaryIO, end: int) -> Iterator[int]:
    """Where each of the file's boxes ends; the last may end beyond the file."""
    start = 0
    while start + 8 <= end:
        file.seek(start)
        header = file.read(16)
        size, least = int.from_bytes(header[:4], "big"), 8
        if size == 1 and len(header) == 16:
            size, least = int.from_bytes(header[8:], "big"), 16
        elif size == 0:  # to the end of the file
            size = end - start
        if size < least:
            return
        start += size
        yield start


def _matroska_end(head: bytes, start: int) -> int:
    """Where the segment whose size field stands at `start` ends; 0 where its size is not known (a live recording)."""
    first = head[start]
    width = 9 - first.bit_length()
    if not first or start + width > len(head):
        return 0
    size = int.from_bytes(head[start : start + width], "big") & ((1 << (7 * width)) - 1)
    return 0 if size == (1 << (7 * width)) - 1 else start + width + size
