"""Descriptors compared by retrieval on the ground truth's crops of several sequences."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flatsort.data import InputError
from flatsort.data.progress import Watch, unwatched
from flatsort.data.sequences.sources import find_sequences
from flatsort.eval.retrieval.ranking import COUNTS, GAP, NEAR, Retrieval, compare, total
from flatsort.eval.retrieval.truth_crops import DescribedPeople, describe_people, load_descriptors, open_people
from flatsort.eval.tables.scores_table import OVERALL

# Crops of neighbouring frames are nearly the same picture, and every 5th frame takes a fifth of the time. On MOT16-11
# and PETS09-S2L1 (pixels, hsv, pca, OSNet) all frames change far Rank-1, far mAP and both AUC by at most 0.022, but
# take near Rank-1 to 0.97 and above: the frame before shows the same.
EVERY = 5
# Below it little more is seen than who stands in front.
MIN_VISIBILITY = 0.3


@dataclass(frozen=True)
class RetrieveSettings:
    """What is compared: every n-th frame, people seen to a share of at least `min_visibility`, and the two windows.

    gap, near: frames, as `eval.retrieval.retrieval_scores`. seed: of the sample of pairs.
    """

    every: int = EVERY
    min_visibility: float = MIN_VISIBILITY
    gap: int = GAP
    near: int = NEAR
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("every", "gap", "near"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}, expected at least 1 frame")
        if not 0 <= self.min_visibility <= 1:
            raise ValueError(f"min_visibility is {self.min_visibility}, expected 0 to 1")

    def __str__(self) -> str:
        frames = "every frame" if self.every == 1 else f"frames 1, {1 + self.every}, {1 + 2 * self.every}, ..."
        windows = f"far: at least {self.gap} frames apart, near: 1 to {self.near}"
        return f"ground truth of {frames}, visible to {self.min_visibility:g} or more; {windows}"


@dataclass
class RetrievalTable:
    """sequences: `{label: {sequence: scores}}`; overall: `{label: scores}`, over all queries and pairs.

    crops: how many of each sequence were compared. left_out: sequences without images, by line.
    """

    settings: Any
    sequences: dict[str, dict[str, dict[str, float]]] = field(default_factory=dict)
    overall: dict[str, dict[str, float]] = field(default_factory=dict)
    crops: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def retrieve(
    sources: list[str],
    names: dict[str, str],
    settings: RetrieveSettings,
    *,
    watch: Watch = unwatched,
    see: Callable[[DescribedPeople], None] = lambda described: None,
) -> RetrievalTable:
    """Describe and compare the people of every sequence with every descriptor.

    sources: MOTChallenge folders with ground truth and images, or folders of such. names: descriptors by label.
    watch: a bar over the frames of the sequence of that name and length. see: is shown each sequence's vectors.
    Raises InputError where nothing can be compared, or a sequence or descriptor cannot be read.
    """
    table = RetrievalTable(settings)
    found: dict[str, list[dict[str, Retrieval]]] = {label: [] for label in names}
    for source in find_sequences(sources):
        sequence, people = open_people(source, settings.min_visibility, settings.every)
        if not sequence.has_images:
            table.left_out.append(f"{sequence.name} has no images")
            continue
        if sequence.name in table.crops:
            raise InputError(source, None, f"is a second sequence of the name {sequence.name}", "name one of them")
        bar = watch(sequence.name, people.last_frame)
        described = describe_people(sequence, people, load_descriptors(names, sequence), bar)
        table.crops[sequence.name] = len(people)
        for label, descriptor in described.descriptors.items():
            vectors = described.vectors[label]
            windows = (settings.gap, settings.near, settings.seed)
            compared = compare(vectors, people.ids, people.frames, descriptor.distance, *windows)
            found[label].append(compared)
            table.sequences.setdefault(label, {})[sequence.name] = total([compared])
        see(described)
    if not table.crops:
        problem = f"no crops to compare ({'; '.join(table.left_out) or 'no sequences'})"
        raise InputError(", ".join(sources), None, problem, "name sequences with img1/ or a video, and gt/gt.txt")
    table.overall = {label: total(parts) for label, parts in found.items()}
    return table


def rows_of(table: RetrievalTable) -> dict[str, dict[str, float]]:
    """Rows by sequence, and within it by descriptor; overall where there are several sequences."""
    one = len(table.overall) == 1
    rows = {
        name if one else f"{name} {label}": scores[name]
        for name in table.crops
        for label, scores in table.sequences.items()
    }
    if len(table.crops) > 1:
        rows |= {OVERALL if one else f"{OVERALL} {label}": scores for label, scores in table.overall.items()}
    return rows


def cell(column: str, value: float) -> str:
    """A value as tables print it: counts whole, shares to three digits, `-` where there was nothing to compare."""
    if math.isnan(value):
        return "-"
    return f"{value:.0f}" if column.endswith(COUNTS) else f"{value:.3f}"
