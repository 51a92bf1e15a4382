"""Scores of each class, and of all together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.classes import EVERY, UNKNOWN, Names, class_name
from flatsort.data.errors import InputError
from flatsort.data.files.class_names import names_beside
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.partial import remark_early_end
from flatsort.data.files.tracks import read_tracks
from flatsort.eval.scores.benchmark import Paired, Scores, names_file, pair_files, remark_thin_truth
from flatsort.eval.scores.preprocess import flagged
from flatsort.eval.scores.sequence_classes import class_labels, class_pairs
from flatsort.eval.scores.sequence_scores import Counts, combine, count_sequence
from flatsort.eval.scores.switches import distractors_of


@dataclass(frozen=True)
class ClassScores:
    """Scores of a benchmark by class.

    classes: of each class, by its name, in the order of their numbers.
    sequences: `{column: value}` of each sequence, all classes together.
    overall: of everything: counts are added over sequences and classes (TrackEval's `cls_comb_det_av`), so that FAR is
        a frame and class.
    untracked: as of `Scores`.
    """

    classes: dict[str, Scores]
    sequences: dict[str, dict[str, float]]
    overall: dict[str, float]
    untracked: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Classes:
    """What classes there are. names: of all that are known. label_of: numbers that count, and their names, in order."""

    names: Names
    label_of: dict[int, str]


def score_classes(
    gt_root: str | PathLike[str],
    tracks_dir: str | PathLike[str],
    classes: str = EVERY,
    *,
    sequences: Collection[str] | None = None,
    partial: bool = False,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> ClassScores:
    """Score tracks class by class: those of a class against the ground truth of that class.

    classes: names or numbers with commas between, or `all` that the ground truth holds. Names are the ground truth's
        own (`names.txt` beside `gt.txt`, in the sequence's folder or in `gt_root`), else MOTChallenge's.
    The other arguments: as of `score_sequences`.

    Tracks' classes are matched by name where both sides have names, else by number; tracks without classes are taken
    for the one class that is scored. Of the ground truth, rows of the class whose flag is not 0 are objects. Where
    class 0 holds nothing but rows of flag 0, as in VisDrone, these are regions to ignore (`outside_ignored`).
    MOTChallenge's pedestrians are scored by MOTChallenge's rules, with its distractors.

    Raises InputError as `score_sequences`, for a class that is not known, and for tracks without classes where several
    classes are scored.
    """
    paired = pair_files(gt_root, tracks_dir, sequences, partial)
    there = _classes(Path(gt_root), paired)
    labels = class_labels(classes, there.label_of, there.names, gt_root)
    counts: dict[str, dict[str, Counts]] = {label: {} for label in labels}
    for name in progress(list(paired.tracks)):
        for label, count in _count(paired, name, labels, there.names).items():
            counts[label][name] = count
    scored = {
        label: Scores({name: own.scores() for name, own in each.items()}, _overall(each.values()), paired.untracked)
        for label, each in counts.items()
    }
    together = {name: _overall([counts[label][name] for label in labels]) for name in paired.tracks}
    everything = _overall([own for each in counts.values() for own in each.values()])
    return ClassScores(scored, together, everything, paired.untracked)


def has_own_names(gt_root: str | PathLike[str]) -> bool:
    """Whether ground truth comes with names of its classes, which then are not MOTChallenge's."""
    root = Path(gt_root)
    none = np.empty(0, np.int64)
    files = [root / "gt" / "gt.txt", *root.glob("*/gt/gt.txt")]
    return any(names_beside(file, none, root) for file in files if file.is_file())


def _overall(counts: Iterable[Counts]) -> dict[str, float]:
    return combine(counts).scores(combined=True)


def _classes(root: Path, paired: Paired) -> _Classes:
    """The classes of all sequences, which number and name them alike.

    Raises InputError where there are none, and where two sequences' names do not agree.
    """
    used: dict[Path, NDArray[np.int64]] = {}
    usual: list[Names] = []
    counting: set[int] = set()
    for known in paired.truths.values():
        truth = read_ground_truth(known.path, known.length, classes=True)
        used[known.path] = np.unique(truth.classes)
        usual += [truth.names] if len(truth) else []
        counting |= set(truth.classes[flagged(truth)].tolist())
    every = {number for classes in used.values() for number in classes.tolist()}
    if max(every, default=UNKNOWN) < 0:
        raise InputError(root, None, "has no classes", "leave --classes out, or write them in column 8 of gt.txt")
    names: dict[int, str] = {}
    for path, classes in used.items():
        own = names_beside(path, classes, root, first=0 if 0 in every else 1)
        names = _agreed(names, own, path)
    # MOTChallenge's names are right for a benchmark or not at all; of ten columns, pedestrian alone.
    called: Names = names if names else min(usual, key=len)
    return _Classes(called, {number: class_name(number, called) for number in sorted(counting) if number >= 0})


def _agreed(names: dict[int, str], own: Names, path: Path) -> dict[int, str]:
    """The names of both. Raises InputError where a number has two names, or a name two numbers."""
    numbers = {name: number for number, name in names.items()}
    for number, name in own.items():
        before = numbers.get(name, number), names.get(number, name)
        if before != (number, name):
            problem = (
                f"has names in which class {number} is {name}, and other sequences' say {before[1]} is {before[0]}"
            )
            raise InputError(path, None, problem, "number classes alike in all sequences, or score them one by one")
    return {**names, **own}


def _count(paired: Paired, name: str, labels: list[str], names: Names) -> dict[str, Counts]:
    """The counts of a sequence, class by class; names: of its classes."""
    path, length, file = paired.truths[name].path, paired.truths[name].length, paired.tracks[name]
    truth = read_ground_truth(path, length, classes=True)
    reported = read_tracks(file, length)
    remark_early_end(file, reported, length)
    remark_thin_truth(path, truth)
    length = max(truth.last_frame, reported.last_frame) if length is None else length
    counts = {}
    for label, (objects, tracks) in class_pairs(truth, reported, labels, names, file).items():
        with names_file(path):
            counts[label] = count_sequence(objects, tracks, length, distractors_of(name))
    return counts
