"""From a name to the detector: each kind is one file in this folder, imported when it is asked for."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from flatsort.data.detection.detector import Detector, Found
from flatsort.data.detection.request import DetectorRequest
from flatsort.data.errors import InputError
from flatsort.data.own_file import import_own, own_code
from flatsort.data.request import split_options
from flatsort.data.sequences.sequence import Sequence

KINDS = ("motion", "torchvision")
_KIND_OF_SUFFIX = {".onnx": "onnx"}
_PARTS = ("name", "class_names")


def detector_names() -> tuple[str, ...]:
    """What a user can write: names, and endings of files."""
    return (*KINDS, "FILE.onnx", "FILE.py")


def load_detector(name: str, *, sequence: Sequence | None = None) -> Detector:
    """Load a detector by name or file.

    name: `motion`, `torchvision:NAME`, `FILE.onnx`, or a Python file with a `load(request)` of your own, which is run.
        Options follow after commas: `yolox.onnx,score=0.3`.
    sequence: what will be looked at; `motion` learns its background from it.

    Raises InputError for an unknown name or option, and for every file that cannot be used.
    """
    text, options = split_options(DetectorRequest.what, name)
    suffix = Path(text).suffix.lower()
    if suffix == ".py":
        request = DetectorRequest(text, text, sequence, options)
        module = import_own(request.file(), request.what)
        with own_code(Path(text), str(module.__file__), "fails in load(request)"):
            detector: Detector = module.load(request)
        _check(detector, text)
        detector = _Own(detector, Path(text), str(module.__file__))
    elif suffix in _KIND_OF_SUFFIX:
        request = DetectorRequest(text, text, sequence, options)
        detector = _module(_KIND_OF_SUFFIX[suffix]).load(request)
    else:
        kind, _, argument = text.partition(":")
        if kind not in KINDS:
            known = ", ".join(detector_names())
            raise InputError("--detector", None, f"{text!r} is no detector", f"use one of {known}")
        request = DetectorRequest(text, argument, sequence, options)
        detector = _module(kind).load(request)
    request.refuse_unused()
    return detector


class _Own:
    """A detector of the user's: what it raises on an image is one line with the row at fault."""

    def __init__(self, detector: Detector, path: Path, file: str) -> None:
        self.name, self.class_names = detector.name, tuple(detector.class_names)
        self._detector, self._path, self._file = detector, path, file

    def __call__(self, image: NDArray[np.uint8]) -> Found:
        with own_code(self._path, self._file, "fails on an image"):
            return self._detector(image)


def _check(detector: object, text: str) -> None:
    lacking = [part for part in _PARTS if not hasattr(detector, part)]
    if lacking or not callable(detector):
        missing = lacking[0] if lacking else "__call__(image)"
        cure = f"return a callable with {' and '.join(_PARTS)}"
        raise InputError(text, None, f"its load(request) returns nothing with {missing}", cure)


def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"flatsort.data.detection.{kind}")
