"""Descriptors: an image and boxes in, (n, d) vectors out."""

from flatsort.embedding.descriptor import Descriptor, describe
from flatsort.embedding.gate import Gate
from flatsort.embedding.registry import descriptor_names, load_descriptor
from flatsort.embedding.request import Request

__all__ = ["Descriptor", "Gate", "Request", "describe", "descriptor_names", "load_descriptor"]
