"""A Python file of the user's that holds a part of the program; its code is run."""

from __future__ import annotations

import importlib.util
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from flatsort.data.errors import InputError


def import_own(path: Path, what: str) -> ModuleType:
    """Import a file that defines `load(request)`.

    what: what that returns. Raises InputError, with the row at fault, where the file fails or defines no such function.
    """
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise InputError(path, None, "does not exist", "check the path")
    module = importlib.util.module_from_spec(spec)
    with own_code(path, str(spec.origin), "cannot be imported"):
        spec.loader.exec_module(module)
    if not callable(getattr(module, "load", None)):
        raise InputError(path, None, "has no function load(request)", f"add one that returns the {what}")
    return module


@contextmanager
def own_code(path: Path, file: str, problem: str) -> Iterator[None]:
    """While the user's code runs: whatever it raises but an InputError becomes one, with the row that is at fault.

    file: the file's name as tracebacks have it. problem: what it fails to do.
    """
    try:
        yield
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        rows = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        if isinstance(error, SyntaxError) and error.filename == file:
            rows.append(error.lineno)
        found = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(path, rows[-1] if rows else None, f"{problem} ({found})", "correct the file") from error
