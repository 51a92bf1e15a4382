"""Tracks of several videos ranked by their looks: whether a track's person is found in the other videos.

Each track is one query, and the tracks of all other videos are its gallery. This asks about looks alone, before any
threshold: ids that `flatsort link` gave do not count. Rank-k and mean average precision: as `retrieval.across_cameras`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from flatsort.data.progress import Watch, unwatched
from flatsort.embedding.descriptor import Distance
from flatsort.eval.retrieval.across_cameras import CameraRanking, rank, total
from flatsort.eval.scores.benchmark import Paired, Scores
from flatsort.eval.scores.identity import agreement
from flatsort.eval.scores.overlap import Overlaps

COLUMNS = ("Rank-1", "mAP", "queries")
NOBODY = -1


def retrieve_tracks(
    paired: Paired, videos: Mapping[str, Overlaps], descriptor: str, watch: Watch = unwatched
) -> Scores:
    """The `COLUMNS` of each video's tracks as queries, and of all: Rank-1 and mAP per cent, NaN without queries.

    A track is a person's of the ground truth when it agrees with that person in more than half of its boxes that count.
    Others are nobody's: they stay in the galleries, but ask nothing. Left out are tracks of which no box is described,
    and those whose every box is on a distractor. watch: a bar over the frames that are described.
    Raises InputError as `open_all_tracked`.
    """
    # Descriptors take long to load, and scores alone need none.
    from flatsort.tracker.offline.likelihood import mean_looks
    from flatsort.tracker.offline.tracked import open_all_tracked

    people = np.unique(np.concatenate([overlaps.truth_ids for overlaps in videos.values()]))
    looks: list[NDArray[np.float64]] = []
    who: list[NDArray[np.int64]] = []
    sources = [str(paired.truths[name].path.parents[1]) for name in videos]
    opened = open_all_tracked([paired.tracks[name] for name in videos], sources, descriptor, watch)
    distance = opened[0].distance
    for video, overlaps in zip(opened, videos.values(), strict=True):
        owner = dict(zip(overlaps.track_ids.tolist(), owners(overlaps, people).tolist(), strict=True))
        parts = [part for part in video.tracklets() if part.identity in owner and len(part.seen)]
        looks.append(mean_looks(parts, distance).reshape(len(parts), -1))
        who.append(np.array([owner[part.identity] for part in parts], np.int64))
    rankings = rank_videos(looks, who, distance)
    each = {name: _per_cent([ranking]) for name, ranking in zip(videos, rankings, strict=True)}
    return Scores(each, _per_cent(rankings))


def owners(overlaps: Overlaps, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """(t,) whose each track is, as a place in `people`, ids in ascending order; NOBODY's where it is no one's."""
    shared = agreement(overlaps)
    if not len(shared):
        return np.full(overlaps.track_identities, NOBODY)
    best = shared.argmax(axis=0)
    mostly = 2 * shared.max(axis=0) > overlaps.track_boxes
    return np.where(mostly, np.searchsorted(people, overlaps.truth_ids)[best], NOBODY)


def rank_videos(
    looks: Sequence[NDArray[np.float64]], who: Sequence[NDArray[np.int64]], distance: Distance
) -> list[CameraRanking]:
    """The ranking of each video's tracks among those of all other videos.

    looks: (n, d) of each video's tracks. who: (n,) whose they are, NOBODY's where they ask nothing.
    """
    rankings = []
    for own in range(len(looks)):
        asks = who[own] != NOBODY
        others = [other for other in range(len(looks)) if other != own and len(who[other])]
        if not others or not asks.any():
            rankings.append(CameraRanking(0, 0, 0, 0.0))
            continue
        gallery = np.concatenate([looks[other] for other in others]).astype(np.float32)
        owner = np.concatenate([who[other] for other in others])
        rankings.append(rank(looks[own][asks].astype(np.float32), gallery, who[own][asks], owner, distance))
    return rankings


def _per_cent(rankings: Sequence[CameraRanking]) -> dict[str, float]:
    found = total(rankings)
    return {"Rank-1": 100 * found["Rank-1"], "mAP": 100 * found["mAP"], "queries": found["queries"]}
