"""Readers and writers: sequences, videos, detections, tracks, and the data sets of the experiments."""

from data.boxtable import BoxTable, Detections
from data.errors import InputError
from data.motchallenge import SequenceInfo, read_detections, read_ground_truth, read_sequence_info, read_tracks
from data.opening import open_sequence
from data.sequence import Frame, Sequence
from data.walkers import WalkersScene, walkers_scene
from data.writers import open_writer

__all__ = [
    "BoxTable",
    "Detections",
    "Frame",
    "InputError",
    "Sequence",
    "SequenceInfo",
    "WalkersScene",
    "open_sequence",
    "open_writer",
    "read_detections",
    "read_ground_truth",
    "read_sequence_info",
    "read_tracks",
    "walkers_scene",
]
