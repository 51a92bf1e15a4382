"""Networks as ONNX files, run by onnxruntime on the CPU."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from flatsort.data import InputError
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.files.json_file import parse_json
from flatsort.data.onnx_session import first_line, open_session
from flatsort.embedding.crop_input import CropInput, parse_crop_input
from flatsort.embedding.descriptor import Distance
from flatsort.embedding.gate import Gate
from flatsort.embedding.request import Request

# The file's metadata_props entry that holds our JSON; its "descriptor" object has CropInput's fields, distance, gate.
METADATA_KEY = "flatsort"
# A file that says nothing about itself is taken for a supervised re-identification network: compared by angle, with
# DeepSORT's published threshold.
_DISTANCE: Distance = "cosine"
_GATE = 0.2
# Crops a run: more do not run faster, and a crowd's activations stay in a few hundred megabytes.
_BATCH = 64
# Pixels of all crops of a run: 64 crops of 512 x 256 take 100 MB as float32.
_PIXELS = 1 << 23
_INPUT_KEYS = ("size", "channels", "scale", "mean", "std", "aspect")
_CURE = "export a network from crops (n, 3, height, width) float to vectors (n, d)"


class OnnxDescriptor:
    """An ONNX network from crops to vectors.

    The network has one image input, (n, 3, height, width) or (n, height, width, 3), float32 or float16, and its first
    output is (n, d). How crops are prepared is taken from `settings` (CropInput's fields), else from the file's
    metadata, else size from the input's shape, RGB / 255 and ImageNet's mean and deviation. Distance and gate likewise,
    else cosine and 0.2. Raises InputError where the file is no such network.
    """

    def __init__(self, path: Path, *, settings: Mapping[str, Any] | None = None, name: str | None = None) -> None:
        self._path = path
        self._session = open_session(path)
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type not in ("tensor(float)", "tensor(float16)"):
            found = ", ".join(f"{one.name} {one.shape} {one.type}" for one in inputs) or "none"
            raise InputError(path, None, f"has the inputs {found}", _CURE)
        self._input_name, shape = inputs[0].name, inputs[0].shape
        self._type = np.float16 if inputs[0].type == "tensor(float16)" else np.float32
        self._channels_last = shape[1] != 3 and shape[3] == 3
        if not self._channels_last and shape[1] != 3 and isinstance(shape[1], int):
            raise InputError(path, None, f"its input {self._input_name} {shape} has not three channels", _CURE)
        self._batch: int | None = shape[0] if isinstance(shape[0], int) else None
        described = _metadata(self._session, path)
        self.input = self._crop_input(described, settings or {}, shape[1:3] if self._channels_last else shape[2:])
        self.name = name or path.name
        try:
            gate = Gate(described.get("distance", _DISTANCE), float(described.get("gate", _GATE)))
        except (TypeError, ValueError) as error:
            raise InputError(path, None, f"its metadata are wrong ({error})", "export it again") from None
        self.distance, self.gate = gate.distance, gate.value
        pixels = self.input.size[0] * self.input.size[1]
        self._step = self._batch or max(1, min(_BATCH, _PIXELS // pixels))
        if self._step * pixels > _PIXELS:
            problem = f"asks for {self._step} crops of {self.input.size[0]}x{self.input.size[1]} at once"
            raise InputError(path, None, problem, "export it for a batch of any size")
        self.dimension = self._run(self.input.normalise(np.zeros((1, *self.input.size, 3), np.uint8))).shape[1]

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        steps = [boxes[at : at + self._step] for at in range(0, len(boxes), self._step)]
        crops = (cut_crops(image, some, self.input.size, self.input.aspect) for some in steps)
        return np.concatenate([np.empty((0, self.dimension), np.float32), *map(self.of_crops, crops)])

    def of_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The vectors of crops of `input.size`: (n, height, width, 3) uint8 BGR in, (n, dimension) float32 out."""
        step = self._step
        parts = [self._run(self.input.normalise(crops[at : at + step])) for at in range(0, len(crops), step)]
        return np.concatenate([np.empty((0, self.dimension), np.float32), *parts])

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        n = len(batch)
        if self._batch and n < self._batch:  # a network exported for a fixed number of crops
            batch = np.concatenate([batch, np.zeros((self._batch - n, *batch.shape[1:]), np.float32)])
        if self._channels_last:
            batch = np.ascontiguousarray(batch.transpose(0, 2, 3, 1))
        try:
            output = np.asarray(self._session.run(None, {self._input_name: batch.astype(self._type, copy=False)})[0])
        except Exception as error:  # onnxruntime's exceptions share no base class
            raise InputError(self._path, None, f"does not run ({first_line(error)})", _CURE) from None
        if output.ndim < 2 or len(output) != len(batch) or output[0].size != output.shape[1]:
            raise InputError(self._path, None, f"its output has shape {output.shape} for {len(batch)} crops", _CURE)
        return output.reshape(len(batch), -1)[:n].astype(np.float32)

    def _crop_input(
        self, described: Mapping[str, Any], settings: Mapping[str, Any], shape: list[int | str | None]
    ) -> CropInput:
        height, width = shape
        fixed = (height, width) if isinstance(height, int) and isinstance(width, int) else None
        try:
            made = parse_crop_input({**described, **settings}, fixed)
        except (TypeError, ValueError) as error:
            cure = "correct the option or the file's metadata"
            raise InputError(self._path, None, f"how crops are prepared: {error}", cure) from None
        if any(isinstance(own, int) and own != asked for own, asked in zip(shape, made.size, strict=True)):
            wanted = "x".join(str(side) for side in made.size)
            said, cure = "its metadata say", "export it again"
            if "size" in settings:
                said, cure = "the option says", "leave the size out"
            raise InputError(self._path, None, f"its input is {height}x{width}, not {wanted} as {said}", cure)
        return made


def load(request: Request) -> OnnxDescriptor:
    """`onnx:FILE[,size=256x128][,channels=bgr][,scale=255][,mean=a/b/c][,std=a/b/c][,aspect=pad]`."""
    path = request.file()
    settings = {key: request.option(key, str, "") for key in _INPUT_KEYS}
    descriptor = OnnxDescriptor(path, settings={key: text for key, text in settings.items() if text}, name=request.text)
    gate = request.gate_of(path)
    if isinstance(gate, Gate):
        descriptor.distance, descriptor.gate = gate.distance, gate.value
    return descriptor


def _metadata(session: onnxruntime.InferenceSession, path: Path) -> dict[str, Any]:
    try:
        text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        if text is None:
            return {}
        described = parse_json(text).get("descriptor", {})
        if not isinstance(described, dict):
            raise ValueError("descriptor is no JSON object")
    except ValueError as error:  # UnicodeDecodeError among them
        problem = f"its metadata entry {METADATA_KEY} is no JSON object ({error})"
        raise InputError(path, None, problem, "export it again") from None
    return described
