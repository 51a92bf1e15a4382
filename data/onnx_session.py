"""ONNX files opened by onnxruntime: what goes wrong is one line, and nothing is printed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from flatsort.data.errors import InputError
from flatsort.data.threads import threads_of_a_network

CPU = "CPUExecutionProvider"


def open_session(path: Path, providers: Sequence[str] = (CPU,)) -> onnxruntime.InferenceSession:
    """Open a network on the first of these providers that is installed and runs it; operators it lacks go to the next.

    Raises InputError where the file cannot be opened.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads_of_a_network()
    # Threads that wait busily take the cores from the stages beside it (benchmarks/pipeline.py).
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4  # what goes wrong is raised; the log would only repeat it on the terminal
    installed = [provider for provider in providers if provider in onnxruntime.get_available_providers()]
    try:
        # Its way to fall back to the processor prints a banner on standard output before it fails all the same.
        return onnxruntime.InferenceSession(str(path), options, providers=installed, enable_fallback=0)
    except Exception as error:  # onnxruntime's exceptions share no base class
        problem = f"is no ONNX file, is truncated, or needs what onnxruntime lacks ({first_line(error)})"
        raise InputError(path, None, problem, "copy or export it again") from None


def first_line(error: Exception) -> str:
    """What an error of onnxruntime says first, in at most 160 letters."""
    return str(error).strip().splitlines()[0][:160] if str(error).strip() else type(error).__name__
