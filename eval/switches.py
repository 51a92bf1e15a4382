"""Identity switches one by one: who, when, and from which track to which."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from data import BoxTable, InputError, read_ground_truth
from eval.clear import NOBODY, match_frames
from eval.preprocess import DISTRACTORS, MOT20_DISTRACTORS, preprocess
from tracker.switch_pictures import Switch


def find_switches(path: Path, tracks: BoxTable, name: str, length: int | None = None) -> tuple[BoxTable, list[Switch]]:
    """Read ground truth, a file or a sequence's folder, and find the identity switches of the tracks in it.

    name: the sequence's; MOT20 has distractors of its own.
    Raises `InputError` where the ground truth cannot be read or scored.
    """
    file = path / "gt" / "gt.txt" if path.is_dir() else path
    truth = read_ground_truth(file, length)
    try:
        return truth, identity_switches(
            truth, tracks, length, MOT20_DISTRACTORS if name.startswith("MOT20") else DISTRACTORS
        )
    except ValueError as error:
        raise InputError(file, None, str(error), "correct the file") from None


def identity_switches(
    truth: BoxTable, tracks: BoxTable, length: int | None = None, distractors: tuple[int, ...] = DISTRACTORS
) -> list[Switch]:
    """The identity switches of a sequence, in the order of their frames; as many as the score IDs counts.

    Arguments and errors as in `eval.preprocess.preprocess`.
    """
    overlaps = preprocess(truth, tracks, length, distractors)
    last_track = np.full(overlaps.truth_identities, NOBODY)
    last_frame = np.zeros(overlaps.truth_identities, np.int64)
    switches = []
    for frame in match_frames(overlaps):
        before = last_track[frame.objects]
        for place in np.flatnonzero((before != NOBODY) & (before != frame.tracks)).tolist():
            switches.append(
                Switch(
                    person=int(overlaps.truth_ids[frame.objects[place]]),
                    old_id=int(overlaps.track_ids[before[place]]),
                    new_id=int(overlaps.track_ids[frame.tracks[place]]),
                    last=int(last_frame[frame.objects[place]]),
                    first=frame.number,
                )
            )
        last_track[frame.objects] = frame.tracks
        last_frame[frame.objects] = frame.number
    return switches
