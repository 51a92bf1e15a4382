"""Descriptors: an image and boxes in, (n, d) vectors out."""

from embedding.descriptor import Descriptor, describe
from embedding.gate import Gate
from embedding.registry import descriptor_names, load_descriptor
from embedding.request import Request

__all__ = ["Descriptor", "Gate", "Request", "describe", "descriptor_names", "load_descriptor"]
