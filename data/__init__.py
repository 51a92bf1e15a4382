"""Readers and writers: sequences, videos, detections, tracks, and the data sets of the experiments."""

from data.boxtable import BoxTable, Detections
from data.errors import InputError

__all__ = ["BoxTable", "Detections", "InputError"]
