"""Scores of each class, and of all together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import EVERY, MOT_NAMES, UNKNOWN, Names, class_name, class_numbers, same_name, split_classes
from flatsort.data.errors import InputError, remark
from flatsort.data.files.class_names import names_beside
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.partial import remark_early_end
from flatsort.data.files.tracks import read_tracks
from flatsort.eval.scores.benchmark import Paired, Scores, names_file, pair_files, remark_thin_truth
from flatsort.eval.scores.preprocess import PEDESTRIAN, flagged, outside_ignored
from flatsort.eval.scores.sequence_scores import Counts, combine, count_sequence
from flatsort.eval.scores.switches import distractors_of

# Numbers of no class: of tracks whose class the ground truth does not have, of a class that a sequence does not have.
_OTHER, _ABSENT = -2, -3


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
    labels = _labels(Path(gt_root), classes, there)
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


def _labels(root: Path, wanted: str, there: _Classes) -> list[str]:
    """The names of the classes to score. Raises InputError for one that is not known; remarks one that is not there."""
    names = there.names
    numbers = class_numbers(split_classes(wanted), names, str(root))
    if numbers is None:
        numbers = list(there.label_of)
        if not numbers:
            raise InputError(root, None, "holds no row that counts (flag 1)", "set the flag in column 7 of gt.txt")
    for number in numbers:
        if number not in there.label_of:
            found = ", ".join(there.label_of.values()) or "none"
            remark(root, f"holds no {class_name(number, names)} that counts (flag 1); what counts is {found}")
    return list(dict.fromkeys(class_name(number, names) for number in numbers))


def _count(paired: Paired, name: str, labels: list[str], names: Names) -> dict[str, Counts]:
    """The counts of a sequence, class by class; names: of its classes."""
    path, length, file = paired.truths[name].path, paired.truths[name].length, paired.tracks[name]
    truth = read_ground_truth(path, length, classes=True)
    reported = read_tracks(file, length)
    remark_early_end(file, reported, length)
    remark_thin_truth(path, truth)
    reported = _in_numbers_of(reported, names, file, labels)
    length = max(truth.last_frame, reported.last_frame) if length is None else length
    number_of = {class_name(number, names): number for number in {*names, *np.unique(truth.classes).tolist()}}
    counts = {}
    for label in labels:
        number = number_of.get(label, _ABSENT)
        tracks = reported if not reported.has_classes else reported[reported.classes == number]
        if names is MOT_NAMES and number == PEDESTRIAN:
            with names_file(path):
                counts[label] = count_sequence(truth, tracks, length, distractors_of(name))
            continue
        objects = truth[(truth.classes == number) & flagged(truth)]
        tracks = tracks[outside_ignored(tracks, objects, truth)]
        counts[label] = count_sequence(replace(objects, classes=np.full(len(objects), UNKNOWN)), tracks, length)
    return counts


def _in_numbers_of(tracks: BoxTable, names: Names, file: Path, labels: list[str]) -> BoxTable:
    """Tracks whose classes are numbered as those of the ground truth; those of other classes are `_OTHER`."""
    if not tracks.has_classes:
        if len(labels) > 1 and len(tracks):
            problem = f"has tracks without classes, and {len(labels)} are scored"
            raise InputError(file, None, problem, "score one with --classes, or track with classes")
        return tracks
    if not tracks.names or not names:
        return tracks
    numbers = np.full(len(tracks), _OTHER)
    for theirs, called in tracks.names.items():
        fit = [number for number, name in names.items() if same_name(name, called)]
        numbers[tracks.classes == theirs] = fit[0] if fit else _OTHER
    if len(tracks) and (numbers < 0).all():
        found = f"its classes are {', '.join(tracks.names.values())}"
        remark(file, f"has no track of a class of the ground truth, {', '.join(names.values())}; {found}")
        return tracks[np.zeros(len(tracks), bool)]  # without any class they would be taken for every one
    return replace(tracks, classes=numbers)
