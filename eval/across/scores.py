"""Scores of several videos of the same people, taken as one video."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from os import PathLike

import numpy as np

from flatsort.data.errors import InputError, remark
from flatsort.data.progress import Watch, unwatched
from flatsort.eval.across.retrieval import retrieve_tracks
from flatsort.eval.scores.benchmark import Scores, overlaps_of_files, pair_files
from flatsort.eval.scores.overlap import Overlaps
from flatsort.eval.scores.sequence_scores import count_overlaps


def score_across(
    gt_root: str | PathLike[str],
    tracks_dir: str | PathLike[str],
    *,
    descriptor: str | None = None,
    sequences: Collection[str] | None = None,
    partial: bool = False,
    progress: Callable[[list[str]], Iterable[str]] = iter,
    watch: Watch = unwatched,
) -> Scores:
    """Score tracks whose ids are the same people's in all videos, against ground truth of which the same holds.

    Arguments, and the sequences' own scores: as of `score_sequences`. The overall scores are those of all videos one
    after the other, in the order of their names, as one. Identity scores do not depend on the order; a switch from one
    video to the next does.
    descriptor: with one, the columns of `retrieve_tracks` are added: how well looks alone find a track's person in the
    other videos. Its images, or stored vectors, are those of the folders of ground truth.
    watch: a bar over the frames that are described.
    Raises InputError as `score_sequences` and `open_all_tracked`, and for a single video. Remarks where no person of
    the ground truth is in two videos.
    """
    paired = pair_files(gt_root, tracks_dir, sequences, partial)
    if len(paired.tracks) < 2:
        problem = f"one video alone is scored, {', '.join(paired.tracks)}, and there is nothing across"
        raise InputError(gt_root, None, problem, "name two or more")
    videos = {
        name: overlaps_of_files(name, paired.truths[name].path, paired.tracks[name], paired.truths[name].length)
        for name in progress(list(paired.tracks))
    }
    _, seen = np.unique(np.concatenate([video.truth_ids for video in videos.values()]), return_counts=True)
    if not (seen > 1).any():
        remark(gt_root, "no id of the ground truth is in two videos; nothing across them is measured")
    overall = count_overlaps(one_after_another(list(videos.values()))).scores()
    each = {name: count_overlaps(video).scores() for name, video in videos.items()}
    if descriptor is not None:
        found = retrieve_tracks(paired, videos, descriptor, watch)
        each = {name: scores | found.sequences[name] for name, scores in each.items()}
        overall |= found.overall
    return Scores(each, overall, paired.untracked)


def one_after_another(videos: Sequence[Overlaps]) -> Overlaps:
    """Videos as one: frames counted on from one to the next, and the same id the same identity in all of them."""
    truth_ids = np.unique(np.concatenate([video.truth_ids for video in videos]))
    track_ids = np.unique(np.concatenate([video.track_ids for video in videos]))
    frames = []
    before = 0
    for video in videos:
        truth, tracks = np.searchsorted(truth_ids, video.truth_ids), np.searchsorted(track_ids, video.track_ids)
        frames += [
            frame._replace(number=before + frame.number, truth=truth[frame.truth], tracks=tracks[frame.tracks])
            for frame in video.frames
        ]
        before += video.length
    return Overlaps(tuple(frames), truth_ids, track_ids, before)
