"""How good tracks are, as far as they tell it themselves: no ground truth is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from flatsort.data.overlap import overlap
from flatsort.data.progress import Watch, unwatched
from flatsort.embedding.descriptor import Descriptor
from flatsort.tracker.running.pipeline import FrameInputs, FrameTracks
from flatsort.tracker.running.track_run import TrackRun

# Seconds within which a track that ends and one that starts where it was going may be one that broke, and the overlap
# of "where it was going"; frames, where the rate is not known.
_SECONDS, _FRAMES, _SAME_PLACE = 1.0, 30, 0.3
_COVERED = 0.7  # overlap of two boxes of a frame that are hardly two people


@dataclass
class _Track:
    first: int
    start: NDArray[np.float64]
    last: int
    end: NDArray[np.float64]
    step: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))  # of its corners, a frame, lately
    seen: int = 1
    described: int = 0
    vector: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


def self_checks(run: TrackRun, watch: Watch = unwatched) -> dict[str, float]:
    """Track a sequence and check the tracks; shares in per cent, NaN where there is nothing to share.

    tracks: their number. frames: the median of how long one is reported. gaps: frames within a track's life without it.
    breaks: tracks that end, and another one starts within a second where they were going.
    doubled: boxes that another identity's cover.
    linked at once: of the tracks that link to each other, as nearest by mean embedding within the descriptor's gate,
    those in sight at once, which are two people; NaN without a descriptor or a gate.
    at once: of all pairs of tracks, those in sight at once: what links by chance would come to.
    """
    tracks: dict[int, _Track] = {}
    present: list[NDArray[np.int64]] = []
    boxes = covered = 0
    tracker = run.tracker()
    for one in watch(run.sequence.name, run.sequence.length)(run.inputs()):
        reported = one.update(tracker)
        _follow(tracks, one, reported)
        present.append(reported.ids)
        overlaps = overlap(reported.boxes, reported.boxes)
        np.fill_diagonal(overlaps, 0)
        boxes += len(reported.ids)
        covered += int((overlaps > _COVERED).any(axis=1).sum())
    life = np.array([track.last - track.first + 1 for track in tracks.values()])
    seen = np.array([track.seen for track in tracks.values()])
    at_once = _in_sight_at_once(list(tracks), present)
    checks = {
        "tracks": float(len(tracks)),
        "frames": float(np.median(seen)) if len(seen) else np.nan,
        "gaps": _per_cent(int((life - seen).sum()), int(life.sum())),
        "breaks": _per_cent(_breaks(tracks, run.sequence.frame_rate), len(tracks)),
        "doubled": _per_cent(covered, boxes),
    }
    pairs = len(tracks) * (len(tracks) - 1)
    links = _links(tracks, run.descriptor)
    checks["linked at once"] = _per_cent(int(at_once[links[:, 0], links[:, 1]].sum()), len(links))
    checks["at once"] = _per_cent(int(at_once.sum()) - int(np.trace(at_once)), pairs)
    return checks


def _follow(tracks: dict[int, _Track], inputs: FrameInputs, reported: FrameTracks) -> None:
    """Add a frame to the tracks."""
    for identity, box in zip(reported.ids.tolist(), reported.boxes, strict=True):
        track = tracks.get(identity)
        if track is None:
            tracks[identity] = _Track(inputs.index, box, inputs.index, box)
        else:
            step = (box - track.end) / (inputs.index - track.last)
            track.step = step if track.seen == 1 else 0.8 * track.step + 0.2 * step
            track.last, track.end, track.seen = inputs.index, box, track.seen + 1
    if inputs.embeddings is None:
        return
    for identity, vector in zip(reported.detection_ids.tolist(), inputs.embeddings, strict=True):
        track = tracks.get(identity)
        if track is not None:
            track.vector = vector + (track.vector if track.described else 0.0)
            track.described += 1


def _breaks(tracks: dict[int, _Track], frame_rate: float | None) -> int:
    """Tracks that end where another starts soon after; each starts after one at most."""
    most = _FRAMES if frame_rate is None else round(_SECONDS * frame_rate)
    listed = sorted(tracks.values(), key=lambda track: track.first)
    if not listed:
        return 0
    first, last = (np.array([getattr(track, name) for track in listed]) for name in ("first", "last"))
    gap = first[None] - last[:, None]
    ends, starts = np.nonzero((gap > 0) & (gap <= most))
    end, step, start = (np.array([getattr(track, name) for track in listed]) for name in ("end", "step", "start"))
    there = _overlap_of_pairs(end[ends] + step[ends] * gap[ends, starts][:, None], start[starts]) >= _SAME_PLACE
    return min(len(set(ends[there].tolist())), len(set(starts[there].tolist())))


def _overlap_of_pairs(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): intersection over union of (n, 4) and (n, 4) boxes, row by row."""
    sides = np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2])
    shared = np.maximum(sides, 0).prod(axis=1)
    areas = (np.maximum(boxes[:, 2:] - boxes[:, :2], 0).prod(axis=1) for boxes in (first, second))
    return np.asarray(shared / np.maximum(sum(areas) - shared, 1e-9))


def _in_sight_at_once(ids: list[int], present: list[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """(n, n): whether two tracks are reported in one frame."""
    place = {identity: row for row, identity in enumerate(ids)}
    together = np.zeros((len(ids), len(ids)), bool)
    for frame in present:
        rows = [place[identity] for identity in frame.tolist()]
        together[np.ix_(rows, rows)] = True
    return together


def _links(tracks: dict[int, _Track], descriptor: Descriptor | None) -> NDArray[np.int64]:
    """(n, 2): tracks that are each other's nearest, within the gate."""
    rows = [row for row, track in enumerate(tracks.values()) if track.described]
    if descriptor is None or not np.isfinite(descriptor.gate) or len(rows) < 2:
        return np.empty((0, 2), np.int64)
    vectors = np.array([track.vector / track.described for track in tracks.values() if track.described])
    far = cdist(vectors, vectors, descriptor.distance)
    np.fill_diagonal(far, np.inf)
    nearest = far.argmin(axis=1)
    own = np.arange(len(rows))
    mutual = own[(nearest[nearest] == own) & (own < nearest) & (far[own, nearest] <= descriptor.gate)]
    return np.array(rows)[np.stack([mutual, nearest[mutual]], axis=1)]


def _per_cent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else np.nan
