"""HOTA: detection and association in one score, over all overlap thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from flatsort.data.overlap import EPSILON
from flatsort.eval.scores.counts import Additive
from flatsort.eval.scores.overlap import Overlaps

ALPHAS = np.arange(0.05, 0.99, 0.05)  # 19 overlap thresholds (Luiten et al. 2021, Eq. 17)


@dataclass(frozen=True)
class HotaCounts(Additive):
    """What HOTA counts at each alpha, (19,) each.

    matches: TP; truth, tracks: boxes of either side; association: sum over the matches of A(c), the share of boxes
    that object and track have in common.
    """

    matches: NDArray[np.float64]
    truth: NDArray[np.float64]
    tracks: NDArray[np.float64]
    association: NDArray[np.float64]

    def scores(self) -> dict[str, float]:
        """HOTA, DetA and AssA in per cent, each the mean over alpha (Eq. 17); a ratio of nothing is 0."""
        detection = self.matches / np.maximum(1, self.truth + self.tracks - self.matches)
        association = self.association / np.maximum(1, self.matches)
        return {
            "HOTA": 100 * float(np.sqrt(detection * association).mean()),
            "DetA": 100 * float(detection.mean()),
            "AssA": 100 * float(association.mean()),
        }


def hota(overlaps: Overlaps) -> HotaCounts:
    """Match each frame so that identities that belong together over the sequence are preferred, and count.

    Source: Luiten et al., "HOTA", IJCV 2021: Eqs. 10 to 17; the matching and its global alignment as in
    TrackEval 1.3.0 (`hota.py`), in the same order of operations, so that ties fall the same way.
    """
    alignment = _alignment(overlaps)
    objects: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    chosen: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    reached: list[NDArray[np.float64]] = [np.empty(0)]
    for frame in overlaps.frames:
        truth, tracks, iou = frame.truth, frame.tracks, frame.iou
        rows, columns = linear_sum_assignment(-(alignment[truth[:, None], tracks] * iou))
        objects.append(truth[rows])
        chosen.append(tracks[columns])
        reached.append(iou[rows, columns])
    pairs, pair_of_match = np.unique(
        np.concatenate(objects) * overlaps.track_identities + np.concatenate(chosen), return_inverse=True
    )
    iou_of_match = np.concatenate(reached)

    # (19, pairs): in how many frames object and track are matched at each alpha
    together = np.zeros((len(ALPHAS), len(pairs)))
    for row, alpha in zip(together, ALPHAS, strict=True):
        row[:] = np.bincount(pair_of_match[iou_of_match >= alpha - EPSILON], minlength=len(pairs))
    truth_boxes, track_boxes = overlaps.truth_boxes, overlaps.track_boxes
    either = truth_boxes[pairs // max(1, len(track_boxes))] + track_boxes[pairs % max(1, len(track_boxes))]
    return HotaCounts(
        matches=together.sum(1),
        truth=np.full(len(ALPHAS), float(truth_boxes.sum())),
        tracks=np.full(len(ALPHAS), float(track_boxes.sum())),
        association=(together * together / np.maximum(1, either - together)).sum(1),
    )


def _alignment(overlaps: Overlaps) -> NDArray[np.float64]:
    """(truth_identities, track_identities): soft Jaccard of whole trajectories, before any matching."""
    common = np.zeros((overlaps.truth_identities, overlaps.track_identities))
    for frame in overlaps.frames:
        _, truth, tracks, rows, columns, values = frame
        iou = frame.iou
        rivals = iou.sum(0)[columns] + iou.sum(1)[rows] - values
        share = np.divide(values, rivals, out=np.zeros_like(values), where=rivals > EPSILON)
        common[truth[rows], tracks[columns]] += share
    # An object has at least one box, and shares at most all of them: the union is never 0.
    return common / (overlaps.truth_boxes[:, None] + overlaps.track_boxes - common)
