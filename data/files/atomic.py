"""Results under a temporary name first: a reader never sees half a file, and a failed run leaves the old one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}


@contextmanager
def atomic_path(path: str | PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with its suffix; rename it to `path` where the body succeeds.

    Folders above `path` are made. Where the body raises, the temporary file is removed and `path` is left as it was.
    Raises InputError where the folder cannot be written or the disk is full.
    """
    target = Path(path)
    prepare_folder(target.parent)
    if os.path.isdir(target):
        raise InputError(target, None, "is a folder", "choose another name for the file")
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        try:
            temporary.touch()
        except OSError as error:
            raise cannot_write(target, error) from None
        yield temporary
        os.replace(temporary, target)
    except OSError as error:
        if error.errno in _NO_ROOM or error.filename in (temporary, str(temporary)):
            raise cannot_write(target, error) from error
        raise
    finally:
        with suppress(OSError):  # gone by the renaming, or never made
            temporary.unlink()


def prepare_folder(folder: str | PathLike[str]) -> Path:
    """Make a folder for results, and those above it. Raises InputError where it cannot be made or written."""
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(path, None, "is a file, not a folder", "choose another output folder") from None
    except OSError as error:
        raise cannot_write(path, error) from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise InputError(path, None, "cannot be written (permission denied)", "choose another output folder")
    return path


def cannot_write(target: Path, error: OSError) -> InputError:
    """The error for a result that the system refuses to write."""
    return InputError(target, None, f"cannot be written ({error.strerror})", "choose another output folder")
