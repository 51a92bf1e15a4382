"""Crops as a network takes them, where they are tensors already, and how its checkpoint tells of that."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from flatsort.embedding.crop_input import CropInput


def normalised(x: Tensor, wanted: CropInput) -> Tensor:
    """(n, 3, h, w) BGR, 0 to 255, as the network takes it: `CropInput.normalise` for tensors, channels last."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (wanted.mean, wanted.std))
    return ((x.flip(1) / wanted.scale - mean) / std).contiguous(memory_format=torch.channels_last)


def described_input(wanted: CropInput, distance: str) -> dict[str, Any]:
    """How crops are prepared and descriptors compared, as checkpoints and ONNX files carry it."""
    values = {field.name: getattr(wanted, field.name) for field in fields(wanted)}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {**plain, "distance": distance}
