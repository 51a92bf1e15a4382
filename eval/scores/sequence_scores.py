"""All scores of a sequence, and of a benchmark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

from flatsort.data import BoxTable
from flatsort.eval.scores.clear import ClearCounts, clear
from flatsort.eval.scores.counts import Additive
from flatsort.eval.scores.hota import HotaCounts, hota
from flatsort.eval.scores.identity import IdentityCounts, identity
from flatsort.eval.scores.overlap import Overlaps
from flatsort.eval.scores.preprocess import DISTRACTORS, preprocess

# The sixteen columns of Chen et al. 2020, Table 2, in its order, and HOTA with its two halves.
COLUMNS = (
    *("IDF1", "IDP", "IDR", "Rcll", "Prcn", "FAR", "MT", "PT", "ML", "FP", "FN", "IDs", "FM", "MOTA", "MOTP", "MOTAL"),
    *("HOTA", "DetA", "AssA"),
)
COUNTS = frozenset({"MT", "PT", "ML", "FP", "FN", "IDs", "FM"})  # whole numbers; FAR is a frame; the rest per cent


@dataclass(frozen=True)
class Counts(Additive):
    """What all scores of a sequence are made of."""

    clear: ClearCounts
    identity: IdentityCounts
    hota: HotaCounts

    def scores(self, combined: bool = False) -> dict[str, float]:
        """The value of each of `COLUMNS`, in that order. combined: of a benchmark, not of one sequence."""
        values = self.clear.scores(combined) | self.identity.scores() | self.hota.scores()
        return {column: values[column] for column in COLUMNS}


def count_sequence(
    truth: BoxTable, tracks: BoxTable, length: int | None = None, distractors: tuple[int, ...] = DISTRACTORS
) -> Counts:
    """Count one sequence after MOTChallenge's preprocessing; arguments and errors as in `preprocess`."""
    return count_overlaps(preprocess(truth, tracks, length, distractors))


def count_overlaps(overlaps: Overlaps) -> Counts:
    """Count what is ready to be scored."""
    return Counts(clear(overlaps), identity(overlaps), hota(overlaps))


def score_sequence(
    truth: BoxTable, tracks: BoxTable, length: int | None = None, distractors: tuple[int, ...] = DISTRACTORS
) -> dict[str, float]:
    """Score the tracks of one sequence: `{column: value}` for each of `COLUMNS`.

    truth: ground truth; with classes it is preprocessed as MOT16, without (-1) as MOT15.
    tracks: rows with ids.
    length: frames of the sequence, for FAR; without it, the last frame that has a box.
    distractors: classes of ground truth whose tracks are left out.
    Raises ValueError: an identity twice in a frame, a class outside 1 to 13, a box beyond `length`.
    """
    return count_sequence(truth, tracks, length, distractors).scores()


def combine(counts: Iterable[Counts]) -> Counts:
    """The counts of several sequences as those of one benchmark (TrackEval's COMBINED_SEQ); at least one sequence."""
    return reduce(add, counts)
