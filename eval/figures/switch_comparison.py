"""The identity switches of one tracker, and what others made of the same people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flatsort.data import BoxTable, InputError, read_ground_truth
from flatsort.eval.scores.switches import distractors_of, follow, switches_of
from flatsort.tracker.drawing.switch_pictures import Switch
from flatsort.tracker.drawing.switch_rows import TrackedRow


@dataclass(frozen=True)
class SwitchComparison:
    """truth: the ground truth. switches: those of the first tracker. rows: the trackers, empty where there is one.

    summary: how many switches each tracker has, for people to read.
    """

    truth: BoxTable
    switches: list[Switch]
    rows: list[TrackedRow]
    summary: str


def compare_trackers(
    path: Path, tables: Mapping[str, BoxTable], name: str, length: int | None = None
) -> SwitchComparison:
    """Find the switches of the first tracks, and who followed the same people in the others.

    path: ground truth, a file or a sequence's folder. tables: tracks by label, at least one. name: the sequence's.
    Raises InputError where the ground truth or tracks cannot be read or scored.
    """
    file = path / "gt" / "gt.txt" if path.is_dir() else path
    truth = read_ground_truth(file, length)
    rows = []
    for label, tracks in tables.items():
        try:
            rows.append(TrackedRow(label, tracks, follow(truth, tracks, length, distractors_of(name))))
        except ValueError as error:
            raise InputError(f"{file} and tracks {label}", None, str(error), "correct the file") from None
    switches = [switches_of(row.held) for row in rows]
    first, *others = rows
    if not others:
        return SwitchComparison(truth, switches[0], [], str(len(switches[0])))
    counts = [f"{first.label} {len(switches[0])}"]
    for row, own in zip(others, switches[1:], strict=True):
        kept = sum(_keeps(row, switch) for switch in switches[0])
        counts.append(f"{row.label} {len(own)} (keeps {kept} of those that {first.label} changes)")
    return SwitchComparison(truth, switches[0], rows, ", ".join(counts))


def _keeps(row: TrackedRow, switch: Switch) -> bool:
    """Whether a tracker follows the person under one id in the two frames that another's switch lies between."""
    before, after = (row.held.get((frame, switch.person)) for frame in (switch.last, switch.first))
    return before is not None and before == after
