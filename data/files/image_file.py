"""One image file as an array, whole or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.opencv import import_cv2

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm"})


def read_image(path: Path, frame: int) -> NDArray[np.uint8]:
    """Read the image of a frame: (h, w, 3) uint8 BGR. Raises InputError naming the frame where it is broken."""
    cv2 = import_cv2()
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(path, None, f"frame {frame} cannot be read ({error.strerror})", "check the file") from None
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


def _is_cut_short(content: bytes) -> bool:
    """Whether the end mark is missing. Some decoders fill up a cut JPEG with grey and say nothing."""
    if content.startswith(b"\xff\xd8"):
        # A start of scan that no end of image follows; a thumbnail's two marks both come before the picture's.
        return content.rfind(b"\xff\xd9") < content.rfind(b"\xff\xda")
    if content.startswith(b"\x89PNG"):
        return b"IEND" not in content
    return False
