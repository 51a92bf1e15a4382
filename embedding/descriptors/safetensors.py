"""Trained encoders as the training wrote them: safetensors checkpoints, run by torch (the extra `train`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flatsort.data import InputError
from flatsort.embedding.crop_input import CropInput, parse_crop_input
from flatsort.embedding.gate import Gate
from flatsort.embedding.request import Request

if TYPE_CHECKING:
    from flatsort.embedding.networks.encoder import Encoder

_CURE = "train it on crops of people, or use a model that was"


class EncoderDescriptor:
    """An encoder's vector for each crop, on the CPU: the mean of q(z|x), or DeepSORT's descriptor."""

    def __init__(self, encoder: Encoder, crop_input: CropInput, gate: Gate, name: str) -> None:
        expected = (3, *crop_input.size)
        if encoder.shape != expected:
            raise ValueError(f"the model observes {encoder.shape}, and the crops are {expected}")
        self.name, self.dimension = name, encoder.dimension
        self.distance, self.gate = gate.distance, gate.value
        self.input = crop_input
        self._network = encoder.module

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            vectors = self._network(torch.from_numpy(self.input.batch(image, boxes)))
        return np.asarray(vectors.numpy(), np.float32)


def load(request: Request) -> EncoderDescriptor:
    """`safetensors:FILE`, or the file by its suffix."""
    path = request.file()
    try:
        from flatsort.embedding.networks.encoder import encoder_of
        from flatsort.embedding.weights.checkpoint import read_checkpoint
    except ImportError as error:
        cure = "install flatsort[train], or use the model's .onnx export"
        raise InputError(path, None, f"needs torch ({error})", cure) from None
    checkpoint = read_checkpoint(path)
    described = checkpoint.metadata.get("descriptor")
    if not isinstance(described, dict):
        raise InputError(path, None, "was not trained on crops", _CURE)
    gate = request.gate_of(path)
    if gate is None and "gate" not in described:
        raise InputError(path, None, "has no gate", "run `flatsort calibrate`, or give gate=VALUE")
    try:
        crop_input = parse_crop_input(described, None)
        if not isinstance(gate, Gate):
            gate = Gate(described.get("distance", "euclidean"), float(described["gate"] if gate is None else gate))
        return EncoderDescriptor(encoder_of(checkpoint), crop_input, gate, request.text)
    except (TypeError, ValueError) as error:
        raise InputError(path, None, f"its metadata do not fit ({error})", _CURE) from None
