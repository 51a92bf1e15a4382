"""One image file as an array, whole or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.limits import check_picture_size
from flatsort.data.opencv import import_cv2

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm"})

# JPEG's markers SOF0 to SOF15, without those that define tables (DHT, JPG, DAC).
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read_image(path: Path, frame: int) -> NDArray[np.uint8]:
    """Read the image of a frame: (h, w, 3) uint8 BGR. Raises InputError naming it where it is broken or too large."""
    cv2 = import_cv2()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(path, None, f"frame {frame} cannot be read ({error.strerror})", "check the file") from None
    size = _declared_size(content)
    if size is not None:
        check_picture_size(path, *size, f"frame {frame} is")
    image: Any = None
    if content and not _is_cut_short(content):
        try:
            image = cv2.imdecode(np.frombuffer(content, dtype=np.uint8), cv2.IMREAD_COLOR)
        except cv2.error:
            image = None
    if image is None:
        problem = f"frame {frame} cannot be decoded ({len(content)} bytes, truncated or no image)"
        raise InputError(path, None, problem, "replace the file")
    decoded: NDArray[np.uint8] = image
    return decoded


def _declared_size(content: bytes) -> tuple[int, int] | None:
    """(width, height) as the header of a PNG or JPEG states them, None where it does not or the format is another."""
    if content.startswith(b"\x89PNG") and content[12:16] == b"IHDR":
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if not content.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        mark, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if mark in _START_OF_FRAME:
            height, width = content[at + 5 : at + 7], content[at + 7 : at + 9]
            return int.from_bytes(width, "big"), int.from_bytes(height, "big")
        at += 1 if mark == 0xFF else 2 + length  # bytes of filling may stand before a mark
    return None


def _is_cut_short(content: bytes) -> bool:
    """Whether the end mark is missing. Some decoders fill up a cut JPEG with grey and say nothing."""
    if content.startswith(b"\xff\xd8"):
        # A start of scan that no end of image follows; a thumbnail's two marks both come before the picture's.
        return content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda")
    if content.startswith(b"\x89PNG"):
        return b"IEND" not in content
    return False
