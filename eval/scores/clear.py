"""CLEAR scores: how many objects are found, how many boxes are false, how often an identity switches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from flatsort.data.overlap import EPSILON
from flatsort.eval.scores.counts import Additive
from flatsort.eval.scores.overlap import THRESHOLD, Overlaps

MOSTLY_TRACKED, MOSTLY_LOST = 0.8, 0.2  # shares of an object's life (Li et al. 2009), as MOTChallenge reports them
NOBODY = -1
CARRY_OVER = 1000.0  # weight of last frame's pairing over any overlap (TrackEval)


@dataclass(frozen=True)
class ClearCounts(Additive):
    """What CLEAR counts.

    matches: objects found (TP); misses: not found (FN); false_positives: boxes on nothing (FP); switches: IDs;
    fragments: FM; mostly_tracked, partly_tracked, mostly_lost: objects (MT, PT, ML); overlap: sum of IoU over the
    matches; frames: length.
    """

    matches: int
    misses: int
    false_positives: int
    switches: int
    fragments: int
    mostly_tracked: int
    partly_tracked: int
    mostly_lost: int
    overlap: float
    frames: int

    def scores(self, combined: bool = False) -> dict[str, float]:
        """The CLEAR columns; Rcll, Prcn, MOTA, MOTP (mean overlap) and MOTAL in per cent, FAR a frame.

        MOTAL damps the switches to their log10 (MOTChallenge kit). A ratio of nothing is 0. Without ground truth, MOTA
        and MOTAL of a sequence are 0; combined, each false positive takes away 100 %, as in TrackEval's COMBINED_SEQ.
        """
        objects = self.matches + self.misses
        found = self.matches - self.false_positives if objects or combined else 0
        switches = self.switches if objects else 0
        damped = np.log10(switches) if switches else 0.0
        return {
            "Rcll": 100 * self.matches / max(1, objects),
            "Prcn": 100 * self.matches / max(1, self.matches + self.false_positives),
            "FAR": self.false_positives / max(1, self.frames),
            "MT": self.mostly_tracked,
            "PT": self.partly_tracked,
            "ML": self.mostly_lost,
            "FP": self.false_positives,
            "FN": self.misses,
            "IDs": self.switches,
            "FM": self.fragments,
            "MOTA": 100 * (found - switches) / max(1, objects),
            "MOTP": 100 * self.overlap / max(1, self.matches),
            "MOTAL": 100 * float(found - damped) / max(1, objects),
        }


class FrameMatches(NamedTuple):
    """The matches of one frame.

    number: the frame's. objects, tracks (m,): identities counted from 0, object i with track i. values (m,):
    their overlap. began (m,): whether the object was not matched in the last frame that had boxes of both sides.
    """

    number: int
    objects: NDArray[np.int64]
    tracks: NDArray[np.int64]
    values: NDArray[np.float64]
    began: NDArray[np.bool_]


def match_frames(overlaps: Overlaps) -> Iterator[FrameMatches]:
    """Match objects and tracks frame by frame, where a frame has both.

    A pair needs an overlap of 0.5. Pairs of the last frame go on if they can; then the sum of overlaps decides.
    Source: Bernardin and Stiefelhagen 2008, in the reading of TrackEval 1.3.0 (`clear.py`). Two of its ways are kept:
    a frame without objects or without tracks does not end a pairing, and so does not fragment a track.
    """
    pairing = np.full(overlaps.truth_identities, NOBODY)  # of the frame before
    for frame in overlaps.frames:
        truth, tracks, iou = frame.truth, frame.tracks, frame.iou
        if not iou.size:
            continue
        weight = CARRY_OVER * (tracks == pairing[truth][:, None]) + iou
        weight[iou < THRESHOLD - EPSILON] = 0
        rows, columns = linear_sum_assignment(-weight)
        matched = weight[rows, columns] > EPSILON
        rows, columns = rows[matched], columns[matched]
        objects, chosen = truth[rows], tracks[columns]
        yield FrameMatches(frame.number, objects, chosen, iou[rows, columns], pairing[objects] == NOBODY)
        pairing[:] = NOBODY
        pairing[objects] = chosen


def clear(overlaps: Overlaps) -> ClearCounts:
    """Count over the matches of all frames (`match_frames`).

    A switch is a match with another track than the object's last one, however long ago that was.
    """
    found = np.zeros(overlaps.truth_identities, np.int64)
    runs = np.zeros(overlaps.truth_identities, np.int64)  # stretches in which an object is tracked
    last_track = np.full(overlaps.truth_identities, NOBODY)
    switches, total = 0, 0.0
    for frame in match_frames(overlaps):
        before = last_track[frame.objects]
        switches += int(np.count_nonzero((before != NOBODY) & (before != frame.tracks)))
        found[frame.objects] += 1
        runs[frame.objects] += frame.began
        last_track[frame.objects] = frame.tracks
        total += float(frame.values.sum())

    lives = overlaps.truth_boxes
    share = found / lives
    mostly, partly = int((share > MOSTLY_TRACKED).sum()), int((share >= MOSTLY_LOST).sum())
    matches = int(found.sum())
    return ClearCounts(
        matches=matches,
        misses=int(lives.sum()) - matches,
        false_positives=int(overlaps.track_boxes.sum()) - matches,
        switches=switches,
        fragments=int(np.maximum(runs - 1, 0).sum()),
        mostly_tracked=mostly,
        partly_tracked=partly - mostly,
        mostly_lost=len(share) - partly,
        overlap=total,
        frames=overlaps.length,
    )
