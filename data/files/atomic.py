"""Results under a temporary name first: a reader never sees half a file, and a failed run leaves the old one."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.lock import lock

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_TEMPORARY = re.compile(r"\..*\.(?P<process>[0-9]+)\.part(\.[^.]*)?")
# Folders that this process has swept: once a run is enough, and a folder may hold ten thousand pictures.
_swept: set[Path] = set()


@contextmanager
def atomic_path(path: str | PathLike[str], *, durable: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`, with its suffix; rename it to `path` where the body succeeds.

    Folders above `path` are made. Where the body raises, the temporary file is removed and `path` is left as it was;
    also where the body gives the file another name.
    durable: wait until the content is on the disk, which also finds a quota that only the disk knows of.
    Raises InputError where the folder cannot be written or the disk is full, whatever the body made of that error.
    """
    target = Path(path)
    prepare_folder(target.parent)
    if os.path.isdir(target):
        raise InputError(target, None, "is a folder", "choose another name for the file")
    sweep(target.parent)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.part{target.suffix}")
    try:
        try:
            temporary.touch()
            with temporary.open("rb") as held:
                # So that a machine that shares the folder, and not the processes, sees that the file is being written.
                lock(held.fileno())
                yield temporary
            if temporary.exists():
                if durable:
                    _to_disk(temporary)
                os.replace(temporary, target)
        finally:
            with suppress(OSError):  # gone by the renaming, or never made
                temporary.unlink()
    except InputError:
        raise
    except Exception as error:
        found = _refusal(error, temporary)
        if found is None:
            raise
        raise cannot_write(target, found) from error


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
    full = error.errno in _NO_ROOM
    cure = "free some space, or choose another output folder" if full else "choose another output folder"
    return InputError(target, None, f"cannot be written ({error.strerror})", cure)


def sweep(folder: Path) -> None:
    """Remove the temporary files that processes which were killed have left in a folder, once a run."""
    folder = folder.absolute()
    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError):  # another process may sweep, too
        for file in list(folder.iterdir()):
            named = _TEMPORARY.fullmatch(file.name)
            if named is not None and not _is_alive(int(named["process"])) and not _is_held(file):
                with suppress(OSError):
                    file.unlink()


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # where signal 0 is no question
        return True
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True


def _is_held(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            return not lock(opened.fileno())
    except OSError:
        return False


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refusal(error: BaseException | None, temporary: Path) -> OSError | None:
    """The system's refusal to write behind an error: libraries wrap it in errors of their own."""
    while error is not None:
        ours = isinstance(error, OSError) and error.filename in (temporary, str(temporary))
        if isinstance(error, OSError) and (ours or error.errno in _NO_ROOM):
            return error
        error = error.__cause__ or error.__context__
    return None
