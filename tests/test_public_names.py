"""The public names of the package: this list is what users may rely on."""

from __future__ import annotations

import subprocess
import sys

import pytest

import flatsort
from flatsort.tracker import offline

PUBLIC = [
    "BoxTable",
    "Descriptor",
    "Detections",
    "Frame",
    "Gate",
    "InputError",
    "Request",
    "Scores",
    "Sequence",
    "SequenceInfo",
    "Tracker",
    "TrackerConfig",
    "Tracks",
    "describe",
    "descriptor_names",
    "load_descriptor",
    "open_sequence",
    "open_writer",
    "read_detections",
    "read_ground_truth",
    "read_sequence_info",
    "read_tracks",
    "score_sequence",
    "score_sequences",
]


def test_the_list_of_public_names() -> None:
    assert flatsort.__all__ == PUBLIC
    assert set(PUBLIC) <= set(dir(flatsort))


@pytest.mark.parametrize("name", PUBLIC)
def test_each_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(flatsort, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Trackr'"):
        flatsort.Trackr  # noqa: B018


def test_import_takes_at_most_a_tenth_of_a_second_of_processor() -> None:
    code = "import time; start = time.process_time(); import flatsort; print(time.process_time() - start)"
    spent = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert float(spent) < 0.1


def test_the_names_for_tracks_of_whole_videos() -> None:
    assert offline.__all__ == ["Tracked", "Tracklet", "link", "open_tracked", "refine", "stand_together"]
    assert all(getattr(offline, name).__doc__ for name in offline.__all__)
