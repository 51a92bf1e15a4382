"""Errors that a user can cause, each as one line."""

from __future__ import annotations

from typing import Any

import typer

# The extra that installs a package, for those that commands import.
EXTRA_OF = {
    **dict.fromkeys(("torch", "torchvision", "lightning_fabric", "safetensors"), "train"),
    **dict.fromkeys(("tensorboard", "onnx", "onnxscript"), "train"),
    "pyarrow": "parquet",
    "ray": "cluster",
    "optuna": "tune",
}
# Click's. Typer builds on it or, in newer versions, holds a copy; the class above `BadParameter` is the one in use.
USAGE_ERROR = typer.BadParameter.__mro__[1]


def one_line(error: Exception) -> str | None:
    """What to tell the user, None for an error of the program."""
    if isinstance(error, USAGE_ERROR):
        return _usage(error)
    from flatsort.data.errors import InputError  # not above: it loads NumPy, and `--help` would wait for that
    from flatsort.data.errors import one_line as with_notes

    if isinstance(error, InputError):
        return with_notes(error)
    package = (error.name or "").split(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if package not in EXTRA_OF:
        return None
    return f"the package {package}: is not installed; pip install 'flatsort[{EXTRA_OF[package]}]'"


def _usage(error: Any) -> str:
    """`Missing option '--output'` and the like, with where to read what is right."""
    message = " ".join(error.format_message().split()).rstrip(".")
    if error.ctx is None or message.endswith("?"):  # click has a cure of its own: "Did you mean ...?"
        return message
    return f"{message}; see {error.ctx.command_path} --help"
