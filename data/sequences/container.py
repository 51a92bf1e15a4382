"""What a video file's container promises: how many frames a whole file shows, and whether this one is cut short.

OpenCV ends a video in the same way at its end and where it breaks off, so that only the container can tell.
Layouts: ISO/IEC 14496-12 (MP4, MOV: boxes, `mvhd` 8.2.2, `elst` 8.6.6), Microsoft RIFF (AVI), RFC 8794 and RFC 9559
(Matroska, WebM).
"""

from __future__ import annotations

import os
import struct
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
            return any(end > size for _, _, end in _boxes(file, 0, size))
        if head.startswith(b"\x1a\x45\xdf\xa3") and _SEGMENT in head:
            return _matroska_end(head, head.index(_SEGMENT) + len(_SEGMENT)) > size
    return False


def promised_frames(path: Path, declared: int, frame_rate: float) -> int | None:
    """The number of frames that a whole file gives; None where `declared`, the container's count, is no promise.

    AVI and MP4 store their count. It promises nothing where an MP4 comes in fragments or its edit list shows less
    than is stored (a clip trimmed without new encoding), and other containers only estimate it.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(8)
        if head.startswith(b"RIFF"):
            return declared
        if head[4:8] not in _FIRST_BOXES or any(kind == b"moof" for kind, _, _ in _boxes(file, 0, size)):
            return None
        shown = _seconds_shown(file, size)
    # A frame and a half: the list counts in ticks of its own, and rounds.
    return declared if shown is None or shown * frame_rate >= declared - 1.5 else None


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of its content, end) of the boxes between two offsets; the last may end beyond."""
    while start + 8 <= end:
        file.seek(start)
        header = file.read(16)
        size, content = int.from_bytes(header[:4], "big"), start + 8
        if size == 1 and len(header) == 16:
            size, content = int.from_bytes(header[8:], "big"), start + 16
        elif size == 0:  # to the end of the file
            size = end - start
        if size < content - start:
            return
        yield header[4:8], content, start + size
        start += size


def _seconds_shown(file: BinaryIO, size: int) -> float | None:
    """The seconds that the edit list of the video's track shows, None where there is none."""
    scale = 0
    for outer, outer_start, outer_end in _boxes(file, 0, size):
        if outer != b"moov":
            continue
        for kind, start, end in _boxes(file, outer_start, outer_end):
            if kind == b"mvhd":
                header = _content(file, start, end)
                at = 20 if header[:1] == b"\1" else 12
                scale = int.from_bytes(header[at : at + 4], "big")
            elif kind == b"trak" and scale:
                handler, edits = _handler_and_edits(file, start, end)
                if handler == b"vide" and edits:
                    return _ticks_shown(edits) / scale
    return None


def _handler_and_edits(file: BinaryIO, start: int, end: int) -> tuple[bytes, bytes]:
    """What a track carries (`vide`, `soun`, ...) and its edit list, empty where it has none."""
    handler, edits = b"", b""
    for outer, outer_start, outer_end in _boxes(file, start, end):
        if outer not in (b"edts", b"mdia"):
            continue
        for kind, inner_start, inner_end in _boxes(file, outer_start, outer_end):
            if kind == b"hdlr":
                handler = _content(file, inner_start, inner_end)[8:12]
            elif kind == b"elst":
                edits = _content(file, inner_start, inner_end)
    return handler, edits


def _content(file: BinaryIO, start: int, end: int) -> bytes:
    """The content of a small box."""
    file.seek(start)
    return file.read(min(end - start, 1 << 20))


def _ticks_shown(content: bytes) -> int:
    """The length of an edit list's entries that show media; an entry with media time -1 is an empty wait."""
    entry = ">Qqi" if content[:1] == b"\1" else ">Iii"
    step = struct.calcsize(entry)
    whole = len(content) - (len(content) - 8) % step
    entries = list(struct.iter_unpack(entry, content[8:whole])) if whole > 8 else []
    return sum(duration for duration, media_time, _ in entries if media_time >= 0)


def _matroska_end(head: bytes, start: int) -> int:
    """Where the segment whose size field stands at `start` ends; 0 where its size is not known (a live recording)."""
    first = head[start]
    width = 9 - first.bit_length()
    if not first or start + width > len(head):
        return 0
    size = int.from_bytes(head[start : start + width], "big") & ((1 << (7 * width)) - 1)
    return 0 if size == (1 << (7 * width)) - 1 else start + width + size
