"""The classes of one sequence: what is scored against what, class by class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from os import PathLike

import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import MOT_NAMES, UNKNOWN, Names, class_name, class_numbers, same_name, split_classes
from flatsort.data.errors import InputError, remark
from flatsort.eval.scores.preprocess import PEDESTRIAN, flagged, outside_ignored

Source = str | PathLike[str]

# Numbers of no class: of tracks whose class the ground truth does not have, of a class that a sequence does not have.
_OTHER, _ABSENT = -2, -3


def class_labels(wanted: str, label_of: Mapping[int, str], names: Names, source: Source) -> list[str]:
    """The names of the classes to score, each once.

    wanted: names or numbers with commas between, or `all` that count. label_of: the numbers of classes that count, and
    their names, in order. names: of all classes that are known. source: of the ground truth, for messages.

    Raises InputError for a class that is not known, and where none counts; remarks one that is known and does not.
    """
    numbers = class_numbers(split_classes(wanted), names, str(source))
    if numbers is None:
        numbers = list(label_of)
        if not numbers:
            raise InputError(source, None, "holds no row that counts (flag 1)", "set the flag in column 7 of gt.txt")
    for number in numbers:
        if number not in label_of:
            found = ", ".join(label_of.values()) or "none"
            remark(source, f"holds no {class_name(number, names)} that counts (flag 1); what counts is {found}")
    return list(dict.fromkeys(class_name(number, names) for number in numbers))


def counting_classes(truth: BoxTable, names: Names) -> dict[int, str]:
    """The numbers of the classes of ground truth that hold a row to be found, and their names, in order."""
    numbers = np.unique(truth.classes[flagged(truth)]).tolist()
    return {number: class_name(number, names) for number in numbers if number >= 0}


def class_pairs(
    truth: BoxTable, tracks: BoxTable, labels: Iterable[str], names: Names, file: Source
) -> dict[str, tuple[BoxTable, BoxTable]]:
    """Ground truth and tracks of each class, ready for `preprocess`.

    truth: as `read_ground_truth` with its classes. labels: as of `class_labels`. names: of the classes of `truth`.
    file: of the tracks, for messages.

    Tracks' classes are matched by name where both sides have names, else by number; tracks without classes are taken
    for the one class that is scored. MOTChallenge's pedestrians stay among its other classes, by whose rules they are
    scored; of any other class the objects are the rows whose flag is not 0, tracks in regions to ignore are left out.

    Raises InputError for tracks without classes where several classes are scored.
    """
    labels = list(labels)
    reported = _in_numbers_of(tracks, names, file, labels)
    number_of = {class_name(number, names): number for number in {*names, *np.unique(truth.classes).tolist()}}
    pairs = {}
    for label in labels:
        number = number_of.get(label, _ABSENT)
        own = reported if not reported.has_classes else reported[reported.classes == number]
        if names is MOT_NAMES and number == PEDESTRIAN:
            pairs[label] = (truth, own)
            continue
        objects = truth[(truth.classes == number) & flagged(truth)]
        own = own[outside_ignored(own, objects, truth)]
        pairs[label] = (replace(objects, classes=np.full(len(objects), UNKNOWN)), own)
    return pairs


def _in_numbers_of(tracks: BoxTable, names: Names, file: Source, labels: list[str]) -> BoxTable:
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
