"""OpenCV, imported only where a picture is read or written."""

from __future__ import annotations

import os
from functools import cache
from types import ModuleType

from flatsort.data.errors import InputError
from flatsort.data.limits import MOST_PIXELS
from flatsort.data.threads import allowed_threads


@cache
def import_cv2() -> ModuleType:
    """Import cv2, silenced: its failures are reported as InputError, not as lines of its own on standard error.

    Raises InputError with the cure where it, or a system library that it needs, is missing.
    """
    # All are read once, when cv2 is loaded; a user who has set them keeps them.
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
    # Of picture formats whose header `image_file` does not read itself.
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MOST_PIXELS))
    try:
        import cv2
    except ImportError as error:
        missing = getattr(error, "name", None) == "cv2"
        cure = "pip install opencv-python" if missing else "sudo apt-get install libgl1 libglib2.0-0"
        raise InputError("OpenCV", None, f"does not import ({error})", cure) from None
    threads = allowed_threads()
    if threads is not None:
        cv2.setNumThreads(threads)
    return cv2
