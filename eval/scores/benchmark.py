"""A benchmark: a folder of ground truth and a folder of tracks, scored sequence by sequence and overall."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import InputError, remark
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.partial import is_result, remark_early_end
from flatsort.data.files.sequence_info import read_sequence_info
from flatsort.data.files.tracks import TRACK_SUFFIXES, read_tracks
from flatsort.eval.scores.overlap import Overlaps
from flatsort.eval.scores.preprocess import (
    DISTRACTORS,
    MOT20_DISTRACTORS,
    PEDESTRIAN,
    check_tracks,
    check_truth,
    counted,
    preprocess,
)
from flatsort.eval.scores.sequence_scores import Counts, combine, count_overlaps


@dataclass(frozen=True)
class Scores:
    """Scores of a benchmark: `{column: value}` of each sequence, in the order of their names, and overall.

    untracked: sequences of the ground truth that have no tracks and are in no score (only with `partial`).
    """

    sequences: dict[str, dict[str, float]]
    overall: dict[str, float]
    untracked: tuple[str, ...] = ()


@dataclass(frozen=True)
class Truth:
    """Ground truth of one sequence; length None: the folder has no `seqinfo.ini`."""

    path: Path
    length: int | None


@dataclass(frozen=True)
class Paired:
    """What is scored, by the names of sequences in their order. untracked: as of `Scores`."""

    truths: dict[str, Truth]
    tracks: dict[str, Path]
    untracked: tuple[str, ...]


def score_sequences(
    gt_root: str | PathLike[str],
    tracks_dir: str | PathLike[str],
    *,
    sequences: Collection[str] | None = None,
    partial: bool = False,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> Scores:
    """Score the tracks in a folder against MOTChallenge ground truth.

    gt_root: a folder of `<folder>/gt/gt.txt`, or one such sequence folder, of which then only that sequence is
    scored. tracks_dir: holds `<sequence>.txt`; or that file, for one sequence. A sequence's name is that of its
    `seqinfo.ini`, which also gives its length; without one, the folder's name and the last frame that has a box.
    sequences: score these alone. partial: leave out sequences that have no tracks. Otherwise every sequence must
    have tracks, since an overall score of some says nothing about the benchmark; and without `sequences` every
    track file must have ground truth.
    progress: goes through the names of the sequences as they are scored.
    Raises InputError: one line, with the file and the cure; ValueError: `sequences` is empty.
    Where ground truth has classes, its distractors are MOT16's, and MOT20's where the sequence's name begins so.
    """
    paired = pair_files(gt_root, tracks_dir, sequences, partial)
    counts: dict[str, Counts] = {}
    for name in progress(list(paired.tracks)):
        truth = paired.truths[name]
        counts[name] = count_files(name, truth.path, paired.tracks[name], truth.length)
    each = {name: own.scores() for name, own in counts.items()}
    return Scores(each, combine(counts.values()).scores(combined=True), paired.untracked)


def pair_files(
    gt_root: str | PathLike[str],
    tracks_dir: str | PathLike[str],
    sequences: Collection[str] | None = None,
    partial: bool = False,
) -> Paired:
    """The files of each sequence to score; arguments and errors as of `score_sequences`."""
    if sequences is not None and not sequences:
        raise ValueError("sequences: empty, expected at least one name, or None for all")
    truths = _find_truths(Path(gt_root))
    tracked = _find_tracks(Path(tracks_dir), truths)
    if sequences is not None:
        _refuse(gt_root, "no ground truth for", set(sequences) - set(truths), f"it holds {_list(truths)}")
        truths = {name: truth for name, truth in truths.items() if name in sequences}
    elif not _is_sequence(Path(gt_root)):
        cure = "remove the file, or name the sequences to score with --sequence"
        _refuse(tracks_dir, "tracks without ground truth:", set(tracked) - set(truths), cure)
    untracked = tuple(sorted(set(truths) - set(tracked)))
    if not partial or len(untracked) == len(truths):
        cure = "add <sequence>.txt"
        if len(truths) > len(untracked):
            cure += ", or score the others alone with --partial"
        _refuse(tracks_dir, "no tracks of", untracked, cure)
    names = [name for name in sorted(truths) if name in tracked]
    return Paired({name: truths[name] for name in names}, {name: tracked[name] for name in names}, untracked)


def count_files(name: str, truth: Path, tracks: Path, length: int | None) -> Counts:
    """Count the sequence of that name; arguments and errors as of `overlaps_of_files`."""
    return count_overlaps(overlaps_of_files(name, truth, tracks, length))


def overlaps_of_files(name: str, truth: Path, tracks: Path, length: int | None) -> Overlaps:
    """The sequence of that name, ready to be scored; length None: up to the last frame that has a box.

    Raises InputError that names the file which is missing or broken.
    """
    objects = read_ground_truth(truth, length)
    with names_file(truth, "correct the file, or score its classes with --classes all"):
        check_truth(objects)
    reported = read_tracks(tracks, length)
    remark_early_end(tracks, reported, length)
    remark_thin_truth(truth, objects)
    _remark_nobody(truth, objects)
    with names_file(tracks):
        check_tracks(reported)
    distractors = MOT20_DISTRACTORS if name.startswith("MOT20") else DISTRACTORS
    return preprocess(objects, reported, length, distractors)


def _find_truths(root: Path) -> dict[str, Truth]:
    if not root.is_dir():
        raise InputError(root, None, "is not a folder", "name a folder of MOTChallenge sequences, or one sequence")
    folders = [root] if _is_sequence(root) else sorted(path.parents[1] for path in root.glob("*/gt/gt.txt"))
    truths: dict[str, Truth] = {}
    for folder in folders:
        info = read_sequence_info(folder) if (folder / "seqinfo.ini").exists() else None
        name = folder.resolve().name if info is None else info.name
        if name in truths:
            raise InputError(folder, None, f"is a second sequence of the name {name}", "correct its seqinfo.ini")
        truths[name] = Truth(folder / "gt" / "gt.txt", None if info is None else info.length)
    if not truths:
        raise InputError(
            root, None, "holds no <sequence>/gt/gt.txt", "name a MOTChallenge folder that has ground truth"
        )
    return truths


def _find_tracks(folder: Path, names: Collection[str]) -> dict[str, Path]:
    if folder.is_file() and len(names) == 1:
        return dict.fromkeys(names, folder)
    if not folder.is_dir():
        cure = "name the folder that holds <sequence>.txt; a file only beside one sequence"
        raise InputError(folder, None, "is not a folder", cure)
    found: dict[str, Path] = {}
    for path in sorted(file for file in folder.iterdir() if file.suffix in TRACK_SUFFIXES and is_result(file)):
        if path.suffix != ".txt" and path.stem not in names:
            continue  # a folder of results may hold other tables
        if path.stem in found:
            raise InputError(path, None, f"is a second file of tracks, beside {found[path.stem].name}", "keep one")
        found[path.stem] = path
    return found


def remark_thin_truth(path: Path, objects: BoxTable) -> None:
    """Remark that the ground truth was drawn in every n-th frame alone: tracks of the others count as false."""
    steps = np.diff(np.unique(objects.frames))
    if len(steps) > 1 and steps.min() == steps.max() > 1:
        remark(path, f"the ground truth holds one frame in {steps[0]}; tracks in the others count as false positives")


def _remark_nobody(path: Path, objects: BoxTable) -> None:
    """Remark that the ground truth holds no pedestrian that counts, so that every track is a false positive."""
    if counted(objects).any():
        return
    classes = [number for number in np.unique(objects.classes).tolist() if number >= 0]
    there = f"its classes are {', '.join(map(str, classes))}" if classes else f"it has {len(objects)} rows"
    problem = f"holds no pedestrian that counts (class {PEDESTRIAN}, flag 1); {there}; every track counts as false"
    others = [number for number in classes if number != PEDESTRIAN]
    remark(path, f"{problem}; --classes {','.join(map(str, others))} scores those" if others else problem)


def _is_sequence(folder: Path) -> bool:
    return (folder / "gt" / "gt.txt").is_file()


def _refuse(folder: str | PathLike[str], problem: str, names: Collection[str], cure: str) -> None:
    if names:
        raise InputError(folder, None, f"{problem} {_list(names)}", cure)


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


@contextmanager
def names_file(path: Path, cure: str = "correct the file") -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise InputError(path, None, str(error), cure) from None
