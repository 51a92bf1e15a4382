"""PyAV (FFmpeg), imported only where a video is read or written."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from flatsort.data.errors import InputError


@cache
def import_av() -> ModuleType:
    """Import av, silent: its failures are reported as InputError, not as lines of its own on standard error.

    Raises InputError with the cure where it is missing.
    """
    try:
        import av
        import av.logging
    except ImportError as error:
        raise InputError("PyAV", None, f"does not import ({error})", "pip install 'av>=17'") from None
    av.logging.set_level(None)
    return av


def reason_of(error: Exception) -> str:
    """FFmpeg's reason for a failure, without the error's number and file."""
    return getattr(error, "strerror", None) or str(error)
