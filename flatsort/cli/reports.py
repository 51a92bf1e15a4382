"""The page of a source's tracks, which several commands write."""

from __future__ import annotations

from pathlib import Path

from flatsort.data import InputError, open_sequence, read_ground_truth, read_tracks
from flatsort.data.progress import Shown, Watch
from flatsort.eval.report import write_report


def report(
    shown: Shown, source: str, tracks: Path, output: Path, ground_truth: Path | None, settings: dict[str, str]
) -> None:
    """Write the page of a source's tracks and say so; ground truth None: the source's own, where it has one.

    Raises InputError as `write_page`.
    """
    write_page(shown.watch, source, tracks, output, ground_truth, settings)
    shown.say(f"wrote {output}")


def write_page(
    watching: Watch,
    source: str,
    tracks: Path,
    output: Path,
    ground_truth: Path | None,
    settings: dict[str, str],
    frames: int | None = None,
) -> None:
    """Write the page of a source's tracks. frames: of the first so many; None: of all.

    Raises InputError where one of the files cannot be read or does not fit the source, and as `write_report`.
    """
    sequence = open_sequence(source, boxes=False)
    own = Path(source, "gt", "gt.txt")
    file = ground_truth or (own if own.is_file() else None)
    truth = None if file is None else read_ground_truth(file, sequence.length)
    if truth is not None and frames is not None:
        truth = truth[truth.frames <= frames]
    sequence.shorten(frames)
    table = read_tracks(tracks, sequence.length, size=sequence.size)
    watch = watching(f"report, {sequence.name}", sequence.length)
    try:
        write_report(sequence, table, output, truth=truth, settings=settings, watch=watch)
    except ValueError as error:
        raise InputError(f"{file} and {tracks}", None, str(error), "correct the file") from None
