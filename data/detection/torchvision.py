"""torchvision's detectors by name, with its own weights or a file of yours (extra `detect`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.detection.detector import Found
from flatsort.data.detection.request import DetectorRequest, share
from flatsort.data.errors import InputError

DEFAULT = "fasterrcnn_mobilenet_v3_large_fpn"  # the fastest of torchvision's on a processor
SCORE = 0.1


class TorchvisionDetector:
    """A torchvision detection model. Its classes are COCO's as torchvision numbers them, background included."""

    def __init__(self, name: str, model: Any, class_names: tuple[str, ...], score: float) -> None:
        self.name, self.class_names = name, class_names
        self._model, self._score = model.eval(), score

    def __call__(self, image: NDArray[np.uint8]) -> Found:
        import torch

        pixels = torch.from_numpy(np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1))).float() / 255
        device = next(self._model.parameters()).device
        with torch.inference_mode():
            found = self._model([pixels.to(device)])[0]
        boxes, scores, classes = (found[key].cpu().numpy() for key in ("boxes", "scores", "labels"))
        keep = scores >= self._score
        return Found(boxes[keep].astype(np.float64), scores[keep].astype(np.float64), classes[keep].astype(np.int64))


def load(request: DetectorRequest) -> TorchvisionDetector:
    """`torchvision[:NAME][,weights=FILE.safetensors][,score=0.1][,device=cuda]`."""
    import torch
    from torchvision.models import detection, get_model, get_model_weights, list_models

    name = request.argument or DEFAULT
    known = list_models(module=detection)
    if name not in known:
        raise InputError(
            f"detector {request.text}", None, f"torchvision has no {name}", f"use one of {', '.join(known)}"
        )
    file = request.option("weights", Path, None)
    weights = None if file is not None else get_model_weights(name).DEFAULT
    try:
        model = get_model(name, weights=weights, weights_backbone=None)
    except OSError as error:
        cure = "connect to the network once, or give weights=FILE.safetensors"
        raise InputError(f"detector {request.text}", None, f"its weights cannot be fetched ({error})", cure) from None
    names = tuple(get_model_weights(name).DEFAULT.meta["categories"])
    if file is not None:
        _fill(model, file)
    default = "cuda" if torch.cuda.is_available() else "cpu"
    device = request.option("device", str, default)
    try:
        model.to(device)
    except (RuntimeError, AssertionError) as error:  # no such device; torch was built without it
        problem = f"does not run on {device} ({str(error).strip().splitlines()[0][:120]})"
        raise InputError(f"detector {request.text}", None, problem, "leave device= out, or name another") from None
    return TorchvisionDetector(request.text, model, names, request.option("score", share, SCORE))


def _fill(model: Any, file: Path) -> None:
    """Load tensors from a safetensors file. Raises InputError where they are not the model's."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if file.suffix.lower() != ".safetensors":
        cure = "save it with safetensors.torch.save_file(model.state_dict(), FILE)"
        raise InputError(file, None, "is no .safetensors file; others can run code when read", cure)
    try:
        model.load_state_dict(load_file(file))
    except (OSError, SafetensorError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0][:120]
        raise InputError(file, None, f"does not hold this model's tensors ({reason})", "name the right file") from None
