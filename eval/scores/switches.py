"""Identity switches one by one: who, when, and from which track to which."""

from __future__ import annotations

from collections.abc import Mapping

from flatsort.data import BoxTable
from flatsort.eval.scores.clear import match_frames
from flatsort.eval.scores.preprocess import DISTRACTORS, MOT20_DISTRACTORS, preprocess
from flatsort.tracker.drawing.switch_pictures import Switch


def distractors_of(name: str) -> tuple[int, ...]:
    """The classes of distractors in the sequence of that name."""
    return MOT20_DISTRACTORS if name.startswith("MOT20") else DISTRACTORS


def identity_switches(
    truth: BoxTable, tracks: BoxTable, length: int | None = None, distractors: tuple[int, ...] = DISTRACTORS
) -> list[Switch]:
    """The identity switches of a sequence, in the order of their frames; as many as the score IDs counts.

    Arguments and errors as in `eval.preprocess.preprocess`.
    """
    return switches_of(follow(truth, tracks, length, distractors))


def follow(
    truth: BoxTable, tracks: BoxTable, length: int | None = None, distractors: tuple[int, ...] = DISTRACTORS
) -> dict[tuple[int, int], int]:
    """Which track follows whom: `{(frame, person): id}` of the CLEAR matches, in the order of their frames.

    Arguments and errors as in `eval.preprocess.preprocess`.
    """
    overlaps = preprocess(truth, tracks, length, distractors)
    held: dict[tuple[int, int], int] = {}
    for frame in match_frames(overlaps):
        people, ids = overlaps.truth_ids[frame.objects].tolist(), overlaps.track_ids[frame.tracks].tolist()
        held |= {(frame.number, person): identity for person, identity in zip(people, ids, strict=True)}
    return held


def switches_of(held: Mapping[tuple[int, int], int]) -> list[Switch]:
    """The identity switches in what `follow` returns."""
    newest: dict[int, tuple[int, int]] = {}
    switches = []
    for (frame, person), identity in held.items():
        last, before = newest.get(person, (frame, identity))
        if before != identity:
            switches.append(Switch(person=person, old_id=before, new_id=identity, last=last, first=frame))
        newest[person] = (frame, identity)
    return switches
