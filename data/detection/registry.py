"""From a name to the detector: each kind is one file in this folder, imported when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType

from flatsort.data.detection.detector import Detector
from flatsort.data.detection.request import DetectorRequest
from flatsort.data.errors import InputError
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
    text, *pairs = name.split(",")
    options = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise InputError(f"detector {text}", None, f"option {pair!r} is not key=value", "write it as key=value")
        options[key] = value
    suffix = Path(text).suffix.lower()
    if suffix == ".py":
        request = DetectorRequest(text, text, sequence, options)
        module = _own(request.file())
    elif suffix in _KIND_OF_SUFFIX:
        request = DetectorRequest(text, text, sequence, options)
        module = _module(_KIND_OF_SUFFIX[suffix])
    else:
        kind, _, argument = text.partition(":")
        if kind not in KINDS:
            known = ", ".join(detector_names())
            raise InputError("--detector", None, f"{text!r} is no detector", f"use one of {known}")
        request, module = DetectorRequest(text, argument, sequence, options), _module(kind)
    detector: Detector = _loaded(module, request)
    unused = sorted(set(options) - request.used)
    if unused:
        raise InputError(f"detector {text}", None, f"has no option {unused[0]}", "leave it out")
    return detector


def _loaded(module: ModuleType, request: DetectorRequest) -> Detector:
    try:
        detector: Detector = module.load(request)
    except InputError:
        raise
    except Exception as error:
        if module.__name__.startswith("flatsort."):
            raise
        problem = f"its load(request) raised {type(error).__name__} ({error})"
        raise InputError(request.text, None, problem, "correct it") from error
    lacking = [part for part in _PARTS if not hasattr(detector, part)]
    if lacking or not callable(detector):
        missing = lacking[0] if lacking else "__call__(image)"
        cure = f"return a callable with {' and '.join(_PARTS)}"
        raise InputError(request.text, None, f"its load(request) returns nothing with {missing}", cure)
    return detector


def _module(kind: str) -> ModuleType:
    return importlib.import_module(f"flatsort.data.detection.{kind}")


def _own(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"detector_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        problem = f"cannot be imported ({type(error).__name__}: {error})"
        raise InputError(path, None, problem, "correct it") from error
    if not hasattr(module, "load"):
        raise InputError(path, None, "has no load(request)", "add one that returns the detector")
    return module
