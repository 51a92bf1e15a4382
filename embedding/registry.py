"""From a name to the descriptor: each name is one file in `embedding/descriptors`, imported when it is asked for."""

from __future__ import annotations

import importlib
import math
import operator
import pkgutil
import re
from collections.abc import Callable
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any

import flatsort.embedding.descriptors
from flatsort.data import InputError, Sequence
from flatsort.data.own_file import import_own, own_code
from flatsort.data.request import refuse_options, split_options
from flatsort.embedding.descriptor import DISTANCES, Descriptor, Distance
from flatsort.embedding.gate import SUFFIX, Gate, read_gate
from flatsort.embedding.measured import measured
from flatsort.embedding.pickles import refuse_pickle
from flatsort.embedding.request import Request
from flatsort.embedding.weights import WEIGHTS

# Names of trained descriptors that an installation can carry as weights/NAME.onnx.
# The paper's η = 300 is `fmvae`, its η = 3000 `fmvae-3000` (Chen et al. 2020, Table 2).
PACKAGED_NAMES = ("vae", "vhp-vae", "fmvae", "fmvae-3000", "fmvae-tracklets", "people", "deepsort")
# What `load(request)` must return an object with (`embedding.Descriptor`), and what each may be.
_PARTS: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str),
    "dimension": lambda value: operator.index(value) > 0,
    "distance": lambda value: value in DISTANCES,
    "gate": lambda value: float(value) > 0,
}
_KIND_OF_SUFFIX = {".onnx": "onnx", ".npy": "npy", ".npz": "pca", ".safetensors": "safetensors"}


def load_descriptor(
    name: str,
    *,
    sequence: Sequence | None = None,
    gate: Gate | float | str | PathLike[str] | None = None,
    metric: bool = True,
) -> Descriptor | None:
    """Load a descriptor by name or file.

    name: `none` (returns None), `hsv`, `pca`, `onnx:FILE`, `npy:FILE`, a packaged network (`fmvae` and others), a file
    by its suffix (`x.onnx`, `x.npy`, `x.npz`), or a Python file with a `load(request)` of your own. Options follow
    after commas: `onnx:net.onnx,size=256x128,gate=0.3`.
    sequence: what will be tracked: `pca` is fitted on it, and `npy:FOLDER` looks for `FOLDER/<sequence name>.npy`.
    gate: a number, or a file written by `flatsort calibrate`; instead of the descriptor's own.
    metric: False leaves the gate's metric out, to calibrate anew.
    Raises InputError for an unknown name or option, and for every file that cannot be used.
    """
    text, options = split_options("descriptor", name)
    if not text:
        raise InputError("descriptor", None, "has no name", f"use one of {', '.join(descriptor_names())}")
    if text == "none":
        refuse_options("descriptor", name, set(options))
        return None
    kind, argument = _split_kind(text)
    if gate is None:
        gate = options.pop("gate", None)
    request = Request(text, argument, sequence, options, gate=_read_gate(gate, text))
    module = _module(kind, text)
    descriptor = module.load(request) if kind else _load_own(module, Path(text), request)
    distance: Distance = request.option("distance", _parse_distance, descriptor.distance)
    refuse_options("descriptor", name, set(options) - request.used)
    if isinstance(request.gate, Gate):
        distance, descriptor.gate = request.gate.distance, request.gate.value
    elif request.gate is not None:
        descriptor.gate = request.gate
    elif distance != descriptor.distance:
        raise InputError(
            f"descriptor {text}",
            None,
            f"its gate is for the {descriptor.distance} distance, not the {distance}",
            "give gate=VALUE too, or calibrate one",
        )
    descriptor.distance = distance
    used = request.gate if isinstance(request.gate, Gate) else next(iter(request.found), None)
    if metric and used is not None and used.metric is not None:
        return measured(descriptor, used.metric)
    return descriptor


def descriptor_file(name: str) -> Path | None:
    """The file that a descriptor's name stands for, None where it stands for none. Raises InputError for a pickle."""
    text, _ = split_options("descriptor", name)
    argument = _split_kind(text)[1]
    return Path(argument) if argument and Path(argument).is_file() else None


def descriptor_files(name: str, sequence: str) -> list[Path]:
    """The files that decide what the descriptor returns for the sequence of that name: weights, vectors, gates.

    Raises InputError for an unknown descriptor, and one whose file does not exist.
    """
    text, options = split_options("descriptor", name)
    if text == "none":
        return []
    kind, argument = _split_kind(text)
    _check_kind(kind, text)
    own = [Path(argument)] if argument else []
    if own and not own[0].exists():
        raise InputError(own[0], None, "does not exist", "check the path")
    if own and own[0].is_dir():
        own = [own[0] / f"{sequence}.npy"]
    own += [path.with_name(path.name + SUFFIX) for path in own]
    return [path for path in (*own, *map(Path, options.values())) if path.is_file()]


def descriptor_names() -> list[str]:
    """The names that can be asked for, without importing their files."""
    own = [module.name.replace("_", "-") for module in pkgutil.iter_modules(flatsort.embedding.descriptors.__path__)]
    return ["none", *sorted(own), *(name for name in PACKAGED_NAMES if (WEIGHTS / f"{name}.onnx").is_file())]


def _split_kind(text: str) -> tuple[str, str]:
    """`onnx:a.onnx`, `a.onnx` and `mine.py` name their kind in different ways; everything else is a name."""
    kind, colon, argument = text.partition(":")
    if colon and re.fullmatch(r"[a-z-]{2,}", kind):  # one letter is a drive
        return kind, argument
    path = Path(text)
    refuse_pickle(path)
    if path.suffix.lower() in _KIND_OF_SUFFIX:
        return _KIND_OF_SUFFIX[path.suffix.lower()], text
    if path.suffix == ".py":
        return "", text
    if text in PACKAGED_NAMES:
        packaged = WEIGHTS / f"{text}.onnx"
        if not packaged.is_file():
            problem = "its weights are not part of this installation"
            raise InputError(
                f"descriptor {text}", None, problem, f"train them, or use one of {', '.join(descriptor_names())}"
            )
        return "onnx", str(packaged)
    return text, ""


def _module(kind: str, text: str) -> ModuleType:
    if not kind:
        return import_own(Path(text), "descriptor")
    _check_kind(kind, text)
    return importlib.import_module(f"flatsort.embedding.descriptors.{kind.replace('-', '_')}")


def _load_own(module: ModuleType, path: Path, request: Request) -> Descriptor:
    """The descriptor of a Python file. Raises InputError where its `load(request)` fails or returns none."""
    with own_code(path, str(module.__file__), "fails in load(request)"):
        descriptor: Descriptor = module.load(request)
        parts = {part: getattr(descriptor, part) for part in _PARTS if hasattr(descriptor, part)}
        unfit = [part for part, fits in _PARTS.items() if part in parts and not fits(parts[part])]
        found = [f"{part} {parts[part]!r:.40}" for part in unfit]
    found += [f"no {part}" for part in _PARTS if part not in parts]
    if found:
        cure = f"return an object with {', '.join(_PARTS)}"
        raise InputError(f"descriptor {path}", None, f"its load(request) returns {found[0]}", cure)
    return descriptor


def _check_kind(kind: str, text: str) -> None:
    if kind and kind not in descriptor_names():
        near = get_close_matches(kind, descriptor_names(), 1)
        meant = f"did you mean {near[0]}? otherwise " if near else ""
        cure = f"use one of {', '.join(descriptor_names())}, or a .onnx, .npy, .npz, .safetensors or .py file"
        raise InputError(f"descriptor {text}", None, "is unknown", meant + cure)


def _read_gate(gate: Gate | float | str | PathLike[str] | None, text: str) -> Gate | float | None:
    if gate is None or isinstance(gate, Gate):
        return gate
    try:
        value = float(gate)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return read_gate(gate)  # type: ignore[arg-type]
    if math.isnan(value) or value <= 0:
        raise InputError(f"descriptor {text}", None, f"gate is {value}", "give a positive number")
    return value


def _parse_distance(text: str) -> Distance:
    for distance in DISTANCES:
        if text == distance:
            return distance
    raise ValueError(f"{text!r} is none of {', '.join(DISTANCES)}")
