"""Detection networks as ONNX files: YOLOX, YOLOv5 and later, the DETR family; run by onnxruntime."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.detection.coco import COCO
from flatsort.data.detection.detector import Found
from flatsort.data.detection.heads import HEADS, tell_apart
from flatsort.data.detection.letterbox import ImageInput
from flatsort.data.detection.request import DetectorRequest, share
from flatsort.data.detection.suppression import suppress
from flatsort.data.errors import InputError
from flatsort.data.files.text_file import read_text_bytes
from flatsort.data.onnx_session import CPU, first_line, open_session

# Of those that are installed, in this order; onnxruntime falls back to the next where one lacks an operator.
PROVIDERS = ("CUDAExecutionProvider", "CoreMLExecutionProvider", "OpenVINOExecutionProvider", CPU)
SCORE = 0.1  # ByteTrack's (Zhang et al. 2022) lower threshold: trackers make use of weak detections
OVERLAP = 0.65  # YOLOX's suppression at test time
MOST_CLASSES = 10_000  # LVIS has 1203
_DEFAULT_SIDE = 640  # of networks that take any size
_CURE = f"export a detector, or name its outputs with format={'|'.join(HEADS)}"


class OnnxDetector:
    """A detection network.

    path: the file. Its one image input is (n, 3, height, width) float32 or float16, n fixed at 1 or free.
    form: its family, a key of HEADS, None to tell it by its outputs' shapes.
    names: the classes' names, None for the file's own (metadata `names`), or COCO's where it has 80 classes.
    score: lowest score kept. overlap: suppression's threshold, for families that need it.
    size, rgb, scale, mean, std: how images are prepared, None for the family's own.

    Raises InputError where the file is no such network.
    """

    def __init__(
        self,
        path: Path,
        *,
        form: str | None = None,
        names: tuple[str, ...] | None = None,
        score: float = SCORE,
        overlap: float = OVERLAP,
        size: tuple[int, int] | None = None,
        rgb: bool | None = None,
        scale: float | None = None,
        mean: tuple[float, float, float] | None = None,
        std: tuple[float, float, float] | None = None,
        name: str | None = None,
    ) -> None:
        self.name, self._path, self._score, self._overlap = name or path.name, path, score, overlap
        self._session = open_session(path, PROVIDERS)
        inputs = self._session.get_inputs()
        images = [one for one in inputs if len(one.shape) == 4 and one.type in ("tensor(float)", "tensor(float16)")]
        if len(inputs) != 1 or len(images) != 1 or images[0].shape[1] not in (3, "3"):
            found = ", ".join(f"{one.name} {one.shape} {one.type}" for one in inputs) or "none"
            raise InputError(path, None, f"has the inputs {found}, not one image (n, 3, height, width)", _CURE)
        batch = images[0].shape[0]
        if isinstance(batch, int) and batch != 1:
            raise InputError(path, None, f"takes {batch} images at a time", "export it for one, or for any number")
        self._input_name = images[0].name
        self._type = np.float16 if images[0].type == "tensor(float16)" else np.float32
        shape = self._input_size(images[0].shape, size)
        outputs = self._run(np.zeros((3, *shape), np.float32))
        told = form or tell_apart([output.shape for output in outputs], shape)
        if told is None:
            shapes = ", ".join(str(output.shape) for output in outputs)
            raise InputError(path, None, f"its outputs {shapes} are not those of a detector known here", _CURE)
        self.form, self._head = told, HEADS[told]
        self.input = ImageInput(
            shape,
            self._head.fit,
            self._head.rgb if rgb is None else rgb,
            self._head.scale if scale is None else scale,
            mean or (0.0, 0.0, 0.0),
            std or (1.0, 1.0, 1.0),
        )
        self.class_names = names if names is not None else self._names(self._head.classes(outputs))

    def __call__(self, image: NDArray[np.uint8]) -> Found:
        outputs = self._run(self.input.prepare(image))
        try:
            found = self._head.decode(outputs, self.input.size, self._score)
        except (IndexError, ValueError) as error:
            shapes = ", ".join(str(output.shape) for output in outputs)
            raise InputError(self._path, None, f"its outputs {shapes} are not {self.form}'s ({error})", _CURE) from None
        found = found._replace(boxes=self.input.restore(found.boxes, image.shape[:2]))
        return found if self._head.suppressed else suppress(found, self._overlap)

    def _run(self, image: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        try:
            outputs = self._session.run(None, {self._input_name: image[None].astype(self._type, copy=False)})
        except Exception as error:  # onnxruntime's exceptions share no base class
            raise InputError(self._path, None, f"does not run ({first_line(error)})", _CURE) from None
        return [np.asarray(output)[0] for output in outputs if np.ndim(output) > 1]

    def _input_size(self, shape: list[Any], asked: tuple[int, int] | None) -> tuple[int, int]:
        fixed = tuple(side if isinstance(side, int) else None for side in shape[2:])
        size = tuple(side or (asked[axis] if asked else _DEFAULT_SIDE) for axis, side in enumerate(fixed))
        if asked is not None and asked != size:
            problem = f"its input is {size[0]}x{size[1]}, not {asked[0]}x{asked[1]} as the option says"
            raise InputError(self._path, None, problem, "leave the size out")
        if max(size) > 8192:
            raise InputError(self._path, None, f"its input is {size[0]}x{size[1]} pixels", "export it for 8192 at most")
        return size[0], size[1]

    def _names(self, classes: int | None) -> tuple[str, ...]:
        try:
            text = self._session.get_modelmeta().custom_metadata_map.get("names")
        except UnicodeDecodeError:
            raise InputError(self._path, None, "its metadata are no text", "export it again") from None
        if text is not None:
            return parse_names(text, str(self._path))
        return COCO if classes == len(COCO) else ("person",) if classes == 1 else ()


def load(request: DetectorRequest) -> OnnxDetector:
    """`FILE.onnx[,format=yolox][,score=0.1][,nms=0.65][,names=FILE][,size=640x640][,channels=rgb][,scale=255]...`."""
    path = request.file()
    names = request.option("names", _read_names, None)
    return OnnxDetector(
        path,
        form=request.option("format", _form, None),
        names=names,
        score=request.option("score", share, SCORE),
        overlap=request.option("nms", share, OVERLAP),
        size=request.option("size", _size, None),
        rgb=request.option("channels", _is_rgb, None),
        scale=request.option("scale", _positive, None),
        mean=request.option("mean", _three, None),
        std=request.option("std", lambda text: _three(text, _positive), None),
        name=request.text,
    )


def parse_names(text: str, source: str) -> tuple[str, ...]:
    """Names of classes: a line each, a JSON or Python list, or a dictionary from numbers, as ultralytics writes it.

    Raises InputError where it is none of these.
    """
    stripped = text.strip()
    if not stripped.startswith(("[", "{")):
        return tuple(line.strip() for line in stripped.splitlines())
    try:
        value: Any = json.loads(stripped) if '"' in stripped else ast.literal_eval(stripped)
        if isinstance(value, dict):
            count = max(map(int, value), default=-1) + 1
            if count > MOST_CLASSES:  # or one number would fill the memory
                raise ValueError(f"a class {count - 1}")
            value = [value.get(key, value.get(str(key), str(key))) for key in range(count)]
        return tuple(str(name) for name in value)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise InputError(source, None, "its names of classes cannot be read", "write one name a line") from None


def _read_names(text: str) -> tuple[str, ...]:
    try:
        return parse_names(read_text_bytes(text).decode(), text)
    except UnicodeDecodeError:
        raise InputError(text, None, "is not UTF-8 text", "save it as UTF-8") from None


def _form(text: str) -> str:
    if text not in HEADS:
        raise ValueError(f"{text} is none of {', '.join(HEADS)}")
    return text


def _size(text: str) -> tuple[int, int]:
    height, _, width = text.partition("x")
    width = width or height
    if not (height.isdecimal() and width.isdecimal() and min(int(height), int(width)) >= 32):
        raise ValueError(f"{text} is no HEIGHTxWIDTH from 32x32, such as 640x640")
    return int(height), int(width)


def _is_rgb(text: str) -> bool:
    if text not in ("rgb", "bgr"):
        raise ValueError(f"{text} is neither rgb nor bgr")
    return text == "rgb"


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is not finite")
    return value


def _positive(text: str) -> float:
    value = _finite(text)
    if value <= 0:
        raise ValueError(f"{text} is not above 0")
    return value


def _three(text: str, parse: Callable[[str], float] = _finite) -> tuple[float, float, float]:
    values = tuple(parse(part) for part in text.split("/"))
    if len(values) != 3:
        raise ValueError(f"{text} is not three numbers a/b/c")
    return values
