"""Readers and writers: sequences, videos, detections, tracks, and the data sets of the experiments."""

from data.boxtable import BoxTable, Detections
from data.errors import InputError
from data.motchallenge import SequenceInfo, read_detections, read_ground_truth, read_sequence_info, read_tracks

__all__ = [
    "BoxTable",
    "Detections",
    "InputError",
    "SequenceInfo",
    "read_detections",
    "read_ground_truth",
    "read_sequence_info",
    "read_tracks",
]
