"""The page of a source's tracks, which several commands write."""

from __future__ import annotations

from pathlib import Path

from flatsort.data import InputError, open_sequence, read_ground_truth, read_tracks
from flatsort.data.progress import Shown
from flatsort.eval.report import write_report


def report(
    shown: Shown, source: str, tracks: Path, output: Path, ground_truth: Path | None, settings: dict[str, str]
) -> None:
    """Write the page of a source's tracks and say so; ground truth None: the source's own, where it has one."""
    sequence = open_sequence(source, boxes=False)
    own = Path(source, "gt", "gt.txt")
    file = ground_truth or (own if own.is_file() else None)
    truth = None if file is None else read_ground_truth(file, sequence.length)
    table = read_tracks(tracks, sequence.length, size=sequence.size)
    watch = shown.watch(f"report, {sequence.name}", sequence.length)
    try:
        write_report(sequence, table, output, truth=truth, settings=settings, watch=watch)
    except ValueError as error:
        raise InputError(f"{file} and {tracks}", None, str(error), "correct the file") from None
    shown.say(f"wrote {output}")
