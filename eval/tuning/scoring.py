"""What a setting scores on a sequence."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from collections.abc import Sequence as Listed
from dataclasses import asdict
from pathlib import Path

from flatsort import data, embedding, eval, tracker
from flatsort.data import BoxTable, InputError, Sequence, open_sequence, read_ground_truth, read_tracks
from flatsort.eval.scores.preprocess import DISTRACTORS, MOT20_DISTRACTORS
from flatsort.eval.scores.sequence_scores import COLUMNS, score_sequence
from flatsort.eval.tuning.space import Range, Values, with_values
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.many.code_version import code_version
from flatsort.tracker.running.many.finished import digest, stamps
from flatsort.tracker.running.many.inputs import files_of
from flatsort.tracker.running.settings import TrackSettings

# Those that are better where they are larger, and speak of the whole: what may be tuned for.
SCORES = tuple(name for name in ("HOTA", "IDF1", "MOTA", "AssA") if name in COLUMNS)


class Scoring:
    """Tracks and scores sequences with stored detections and descriptors; each setting on each sequence once.

    sources: MOTChallenge folders with `det/det.txt` and `gt/gt.txt`. settings: those that stay.
    score: one of `SCORES`, in per cent.
    Raises InputError where a source has no ground truth or no detections, or two have one name.
    """

    def __init__(self, sources: Listed[str], settings: TrackSettings, score: str) -> None:
        if score not in SCORES:
            raise InputError("--score", None, f"is {score!r}", f"use one of {', '.join(SCORES)}")
        self.score = score
        self.settings = settings
        self.sources = list(sources)
        self.sequences: list[Sequence] = []
        self._truths: list[BoxTable] = []
        self._known: dict[tuple[tuple[tuple[str, float], ...], int], float] = {}
        for source in sources:
            truth = Path(source) / "gt" / "gt.txt"
            if not truth.is_file():
                raise InputError(truth, None, "no such file", "name sequences that have ground truth")
            sequence = open_sequence(source, images=False)
            if sequence.name in self.names:
                raise InputError(source, None, f"is a second sequence of the name {sequence.name}", "name one of them")
            self.sequences.append(sequence)
            self._truths.append(read_ground_truth(truth, sequence.length))

    @property
    def names(self) -> list[str]:
        """Of the sequences."""
        return [sequence.name for sequence in self.sequences]

    def __call__(self, values: Values, place: int) -> float:
        """The score of the settings with these values on a sequence, by its place; raises as `TrackSettings.on`."""
        key = tuple(sorted(values.items())), place
        if key not in self._known:
            self._known[key] = self._score(values, place)
        return self._known[key]

    def mean(self, values: Values, places: Listed[int]) -> float:
        """The mean score over sequences, each of the same weight."""
        return sum(self(values, place) for place in places) / len(places)

    def identity(self, space: Mapping[str, Range], seed: int) -> str:
        """A name of all that trials depend on: the sequences' files, what stays, what is tried, and the code."""
        settings = {**asdict(self.settings), "score": self.score, "seed": seed, "space": {**space}}
        files = []
        for source, name in zip(self.sources, self.names, strict=True):
            names = {part: getattr(self.settings, part) for part in ("descriptor", "camera_motion")}
            files.append(stamps([*files_of(source, name, **names), Path(source) / "gt" / "gt.txt"]))
        return digest([repr(sorted(settings.items())), files, code_version(data, embedding, tracker, eval)])

    def _score(self, values: Values, place: int) -> float:
        sequence = self.sequences[place]
        with tempfile.TemporaryDirectory(prefix="flatsort-tune-") as folder:
            file = Path(folder) / f"{sequence.name}.txt"  # written and read, as `track` and `eval` do: the same digits
            try:
                write_tracks(with_values(self.settings, values).on(sequence), file)
            except KeyboardInterrupt as interrupt:
                interrupt.__notes__ = []  # they speak of a part, which goes with its folder
                raise
            tracks = read_tracks(file, sequence.length)
        distractors = MOT20_DISTRACTORS if sequence.name.startswith("MOT20") else DISTRACTORS
        return score_sequence(self._truths[place], tracks, sequence.length, distractors)[self.score]
