"""Ground-truth people of a sequence, and what descriptors make of them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data import BoxTable, InputError, Sequence, open_sequence, read_ground_truth
from flatsort.data.progress import Bar
from flatsort.embedding import Descriptor, describe, load_descriptor
from flatsort.embedding.descriptor import FrameDescriptor
from flatsort.eval.scores.preprocess import check_truth, counted


@dataclass(frozen=True)
class DescribedPeople:
    """The crops of a sequence that are compared, and their vectors.

    name: of the sequence.
    people: (n,) rows of the ground truth.
    descriptors: by label.
    vectors: by label, (n, d) float32.
    """

    name: str
    people: BoxTable
    descriptors: Mapping[str, Descriptor]
    vectors: Mapping[str, NDArray[np.float32]]


def open_people(source: str, min_visibility: float, every: int) -> tuple[Sequence, BoxTable]:
    """A MOTChallenge folder, and the pedestrians of its ground truth in frames 1, 1 + every, 1 + 2 every, ...

    Of MOT16 the rows of class 1 whose flag is not 0 and of whom at least the share `min_visibility` is seen; of MOT15,
    which has neither class nor visibility, the rows whose flag is not 0.
    Raises InputError where there is no ground truth, or nobody in it.
    """
    truth = Path(source) / "gt" / "gt.txt"
    if not Path(source).exists():
        raise InputError(source, None, "no such file or folder", "check the path")
    if not truth.is_file():
        raise InputError(source, None, "has no ground truth (gt/gt.txt)", "name MOTChallenge folders that have it")
    # What is fitted on the sequence (`pca`) is fitted on its detections, as for tracking.
    own = (Path(source) / "det" / "det.txt").is_file()
    sequence = open_sequence(source, detections=None if own else truth)
    table = read_ground_truth(truth, sequence.length)
    try:
        check_truth(table)
    except ValueError as error:
        raise InputError(truth, None, str(error), "correct the file") from None
    seen = table[counted(table) & (table.visibility >= min_visibility)]
    people = seen[(seen.frames - 1) % every == 0]
    if not len(people):
        problem = f"no pedestrian is seen to {min_visibility:g} or more in frames 1, {1 + every}, ..."
        raise InputError(truth, None, problem, "lower --min-visibility or --every")
    return sequence, people


def load_descriptors(names: Mapping[str, str], sequence: Sequence) -> dict[str, Descriptor]:
    """The descriptors by label. Raises InputError for `none`, and for vectors stored of detections."""
    loaded: dict[str, Descriptor] = {}
    for label, name in names.items():
        # It may have no gate yet, and none is used here.
        gate = None if re.search(",gate=", name) else math.inf
        descriptor = load_descriptor(name, sequence=sequence, gate=gate)
        if descriptor is None:
            raise InputError("--descriptor", None, "none has no vectors to compare", "name a descriptor")
        if isinstance(descriptor, FrameDescriptor):
            problem = "holds vectors of detections, and ground-truth boxes are compared"
            raise InputError(f"descriptor {name}", None, problem, "name the descriptor that made them")
        loaded[label] = descriptor
    return loaded


def describe_people(
    sequence: Sequence, people: BoxTable, descriptors: Mapping[str, Descriptor], watch: Bar = iter
) -> DescribedPeople:
    """Describe the people in one pass over the images, with all descriptors.

    watch: sees the frames pass by, for a progress bar. Raises InputError as `describe` and the sequence do.
    """
    vectors = {
        label: np.empty((len(people), descriptor.dimension), np.float32) for label, descriptor in descriptors.items()
    }
    for frame in watch(islice(sequence, people.last_frame)):
        rows = people.rows_of(frame.index)
        if rows.stop > rows.start:
            shown = replace(frame, detections=people.detections(frame.index))
            for label, descriptor in descriptors.items():
                vectors[label][rows] = describe(descriptor, shown)
    return DescribedPeople(sequence.name, people, descriptors, vectors)
