"""Weights in 16 bits, for files: half the size; whoever reads them computes in 32 bits."""

from __future__ import annotations

import copy

import numpy as np
import onnx
import torch
from torch import nn

# Tensors with fewer values, such as biases and the scales of normalisations, stay exact: they take no room.
FEWEST = 1024


def rounded(network: nn.Module) -> nn.Module:
    """A copy of the network whose large parameters are rounded to 16 bits, as `store_half` stores them."""
    changed = copy.deepcopy(network)
    with torch.no_grad():
        for parameter in changed.parameters():
            if parameter.numel() >= FEWEST:
                parameter.copy_(parameter.half())
    return changed


def store_half(model: onnx.ModelProto) -> None:
    """Store the large float32 weights of an ONNX model as float16, each behind a Cast to float32, in place.

    ONNX Runtime folds the Casts when it opens the model, so that it runs as if the weights were in 32 bits.
    """
    graph, casts = model.graph, []
    for tensor in graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < FEWEST:
            continue
        name, values = tensor.name, onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]  # a node stands behind those whose results it uses
    del graph.node[:]
    graph.node.extend(nodes)
