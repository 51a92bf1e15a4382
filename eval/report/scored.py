"""What the report scores: people as MOTChallenge does, or each class by itself; and whose identities switched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flatsort.data import BoxTable
from flatsort.data.classes import MOT_NAMES
from flatsort.eval.scores.preprocess import has_classes
from flatsort.eval.scores.sequence_classes import class_labels, class_pairs, counting_classes
from flatsort.eval.scores.sequence_scores import combine, count_sequence
from flatsort.eval.scores.switches import distractors_of, identity_switches
from flatsort.tracker.drawing.switch_pictures import Switch

PERSON = "person"


@dataclass(frozen=True)
class SwitchOf:
    """An identity switch. kind: what the object is called. truth, tracks: in which it is found."""

    kind: str
    switch: Switch
    truth: BoxTable
    tracks: BoxTable


@dataclass(frozen=True)
class Scored:
    """The scores of a report.

    what: what was scored, a sentence for the reader.
    classes: `{column: value}` of each class; empty where people alone were scored.
    overall: of all that was scored.
    switches: of all classes, in the order of their frames.
    """

    what: str
    classes: dict[str, dict[str, float]]
    overall: dict[str, float]
    switches: list[SwitchOf]


def score_tracks(truth: BoxTable, tracks: BoxTable, length: int, name: str, classes: str | None = None) -> Scored:
    """Score a sequence's tracks.

    classes: names or numbers with commas between, or `all`, of `truth.names`, else MOTChallenge's; each is scored by
        itself, as `score_classes` does. None: people alone, as `score_sequences` does.

    Raises ValueError as `preprocess`, InputError as `class_labels` and `class_pairs`.
    """
    distractors = distractors_of(name)
    if classes is None:
        counts = count_sequence(truth, tracks, length, distractors)
        people = "its people (class 1), by MOTChallenge's rules" if has_classes(truth) else "all that counts in it"
        what = f"Scored against the ground truth: {people}. All tracks count, whatever their class (flatsort eval)."
        switches = identity_switches(truth, tracks, length, distractors)
        return Scored(what, {}, counts.scores(), [SwitchOf(PERSON, switch, truth, tracks) for switch in switches])
    usual = np.isin(truth.classes, list(MOT_NAMES)).all()
    names = truth.names or (MOT_NAMES if usual else {})
    labels = class_labels(classes, counting_classes(truth, names), names, name)
    pairs = class_pairs(truth, tracks, labels, names, name)
    each = {label: count_sequence(*pair, length, distractors) for label, pair in pairs.items()}
    found = [
        SwitchOf(label, switch, objects, own)
        for label, (objects, own) in pairs.items()
        for switch in identity_switches(objects, own, length, distractors)
    ]
    one = f"{', '.join(labels)}: tracks of a class against the ground truth of that class, and no others"
    what = f"Scored by class, {one} (flatsort eval --classes {classes})."
    return Scored(
        what,
        {label: counts.scores() for label, counts in each.items()},
        combine(each.values()).scores(combined=True),
        sorted(found, key=lambda one: (one.switch.first, one.switch.person)),
    )
