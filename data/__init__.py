"""Readers and writers: sequences, videos, detections, tracks, and the data sets of the experiments."""

from flatsort.data.boxtable import BoxTable, Detections
from flatsort.data.errors import InputError, Remark
from flatsort.data.files.detections import read_detections
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.sequence_info import SequenceInfo, read_sequence_info
from flatsort.data.files.tracks import read_tracks
from flatsort.data.files.writers import open_writer
from flatsort.data.sequences.opening import open_sequence
from flatsort.data.sequences.sequence import Frame, Sequence

__all__ = [
    "BoxTable",
    "Detections",
    "Frame",
    "InputError",
    "Remark",
    "Sequence",
    "SequenceInfo",
    "open_sequence",
    "open_writer",
    "read_detections",
    "read_ground_truth",
    "read_sequence_info",
    "read_tracks",
]
