"""One table of descriptors: each tracks the same sequences, and the scores stand below each other."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from flatsort.data import InputError, Sequence, open_sequence
from flatsort.data.errors import one_line
from flatsort.data.progress import Bar, Shown, T
from flatsort.data.sequences.sources import find_sequences
from flatsort.embedding.descriptors.npy import OtherDetectionsError
from flatsort.embedding.registry import descriptor_files
from flatsort.eval.scores.benchmark import count_files
from flatsort.eval.scores.sequence_scores import Counts, combine
from flatsort.eval.tables.result_cache import ResultCache
from flatsort.eval.tables.scores_table import FACTOR
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.camera import ESTIMATED, camera_beside
from flatsort.tracker.running.many.job import Job
from flatsort.tracker.running.many.run import Ran
from flatsort.tracker.running.settings import TrackSettings
from flatsort.tracker.running.track_run import TrackRun

# The paper's sixteen columns (Chen et al. 2020, Table 2) in its order, the switches' factor beside them, and HOTA.
TABLE_COLUMNS = (
    *("IDF1", "IDP", "IDR", "Rcll", "Prcn", "FAR", "MT", "PT", "ML", "FP", "FN", "IDs", FACTOR),
    *("FM", "MOTA", "MOTP", "MOTAL", "HOTA"),
)
BASELINE = "SORT"


@dataclass(frozen=True)
class Row:
    """A row of the table: its name, and how its sequences are tracked."""

    label: str
    settings: TrackSettings


@dataclass
class DescriptorTable:
    """rows: `{label: {column: value}}`; with `(2 of 4)` behind the label where a row is about fewer sequences.

    left_out: what cannot be run, by line (no frames, no vectors stored for these detections). failed: what should have
    run and did not.
    """

    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Cell:
    row: Row
    folder: Path
    sequence: Sequence
    key: str

    @property
    def what(self) -> str:
        """As its bar and its problems name it."""
        return f"{self.row.label}, {self.sequence.name}"


@dataclass(frozen=True)
class _Problem:
    """Why a result is not there. left_out: it cannot be."""

    line: str
    left_out: bool


def table_rows(descriptors: Mapping[str, str], settings: TrackSettings) -> list[Row]:
    """SORT, and a row for each descriptor by its label; `none` is the tracker by boxes alone.

    settings: of all rows; the preset of those with a descriptor. Raises InputError where a label is SORT's.
    """
    boxes_alone: dict[str, Any] = {"descriptor": "none", "remember": None}
    rows = [Row(BASELINE, replace(settings, preset="sort", motion_weight=None, **boxes_alone))]
    for label, name in descriptors.items():
        if label == BASELINE:
            raise InputError("--descriptor", None, f"{label} is the name of two", f"write LABEL={name}")
        rows.append(Row(label, replace(settings, **(boxes_alone if name == "none" else {"descriptor": name}))))
    return rows


def descriptor_table(
    roots: list[str],
    rows: list[Row],
    cache: ResultCache,
    *,
    names: list[str] | None = None,
    common: bool = False,
    begin: Callable[[int], None] = lambda total: None,
    step: Callable[[str], None] = lambda what: None,
    elsewhere: Callable[[list[Job]], Ran] | None = None,
) -> DescriptorTable:
    """Track and score every sequence with every row, as far as the cache does not know the result.

    roots: folders of sequences, or sequences, with ground truth. names: these sequences alone. common: only sequences
    that every row can be run on. begin: is told how many frames have to be tracked. step: is told of each.
    elsewhere: does jobs in other processes, and is told of frames instead (`run_many` with a place).
    Each result is kept as soon as it is there, so an interrupted table goes on where it stopped. A sequence that fails
    is named in `failed`, and the others go on. Raises InputError where there is nothing to track.
    """
    table = DescriptorTable()
    found: dict[str, Path] = {}
    cells: list[_Cell] = []
    for folder in map(Path, find_sequences(roots)):
        sequence = open_sequence(folder)
        if names is not None and sequence.name not in names:
            continue
        if sequence.name in found:
            raise InputError(folder, None, f"has the name of {found[sequence.name]}", "name one of them")
        found[sequence.name] = folder
        cells += _cells(folder, sequence, rows, cache, table)
    unknown = set(names or ()) - set(found)
    if unknown:
        raise InputError("--sequence", None, f"{min(unknown)} is not in {', '.join(roots)}", "correct the name")
    if common:
        cells = [cell for cell in cells if sum(other.folder == cell.folder for other in cells) == len(rows)]
    if not cells:
        problem = "no sequence can be tracked" + (" by every row" if common else "")
        cure = f"check the sources ({'; '.join(table.left_out) or 'they hold no sequences'})"
        raise InputError(", ".join(roots), None, problem, cure)
    counts = {(cell.row.label, cell.sequence.name): cache.get(cell.key) for cell in cells}
    missing = [cell for cell in cells if counts[cell.row.label, cell.sequence.name] is None]
    begin(sum(cell.sequence.length or 0 for cell in missing))
    jobs = [Job(cell.what, partial(_run, cell.row, cell.folder, cell.key, cache.folder)) for cell in missing]
    try:
        ran = _one_by_one(jobs, step) if elsewhere is None else elsewhere(jobs)
    finally:
        cache.save_index()
    for number, cell in enumerate(missing):
        counts[cell.row.label, cell.sequence.name] = cache.get(cell.key)
        missed: _Problem | None = ran.values.get(number)
        if missed is not None:
            (table.left_out if missed.left_out else table.failed).append(f"{cell.what}: {missed.line}")
    sequences = {cell.sequence.name for cell in cells}
    for row in rows:
        done = {name: found for (label, name), found in counts.items() if label == row.label and found is not None}
        if done:
            part = "" if len(done) == len(sequences) else f" ({len(done)} of {len(sequences)})"
            table.rows[row.label + part] = _scores(done, {name: counts.get((BASELINE, name)) for name in done})
    return table


def _cells(
    folder: Path, sequence: Sequence, rows: list[Row], cache: ResultCache, table: DescriptorTable
) -> Iterator[_Cell]:
    truth = folder / "gt" / "gt.txt"
    if not truth.is_file():
        raise InputError(truth, None, "no such file", "name sequences that have ground truth")
    plain = [path for path in (folder / "seqinfo.ini", folder / "det" / "det.txt", truth) if path.is_file()]
    for row in rows:
        name = row.settings.descriptor
        own = descriptor_files(name, sequence.name)
        stored = any(path.suffix == ".npy" for path in own)
        if name.startswith("npy:") and not stored:
            table.left_out.append(f"{row.label}: no stored descriptors of {sequence.name}")
            continue
        looks = (name != "none" and not stored) or row.settings.camera_motion in ESTIMATED
        if looks and not sequence.has_images:
            table.left_out.append(f"{row.label}: {sequence.name} has no frames")
            continue
        own += [beside for path in own if (beside := camera_beside(path)).is_file()]
        files = [path for path in folder.rglob("*") if path.is_file()] if looks else plain
        # A file's place is no part of its content, so the same weights elsewhere give the same key.
        settings = asdict(row.settings) | {"descriptor": _without_folders(name), "name": sequence.name}
        yield _Cell(row, folder, sequence, cache.key([*files, *own], settings))


def _without_folders(name: str) -> str:
    return re.sub(r"[^:,=]*/", "", name)


def _run(row: Row, folder: Path, key: str, kept_in: Path, shown: Shown) -> _Problem | None:
    """Track and score a sequence, and keep the result; returns why that could not be."""
    cache = ResultCache(kept_in)
    try:
        run: TrackRun = row.settings.open(folder)
        path = cache.tracks(key)
        write_tracks(run, path, shown.watch(f"{row.label}, {run.sequence.name}", run.sequence.length))
        cache.put(key, count_files(run.sequence.name, folder / "gt" / "gt.txt", path, run.sequence.length))
    except OtherDetectionsError as error:
        return _Problem(str(error), left_out=True)
    except InputError as error:
        return _Problem(one_line(error), left_out=False)
    return None


def _one_by_one(jobs: list[Job], step: Callable[[str], None]) -> Ran:
    return Ran(values={number: job.work(_Steps(step)) for number, job in enumerate(jobs)})


@dataclass(frozen=True)
class _Steps:
    """Where a job tells of each frame, and nothing else."""

    step: Callable[[str], None]

    def watch(self, name: str, total: int | None, /) -> Bar:
        def bar(frames: Iterable[T], /) -> Iterator[T]:
            for frame in frames:
                yield frame
                self.step(name)

        return bar

    def say(self, line: str) -> None:
        raise NotImplementedError(line)  # a row of a table has nothing to say


def _scores(done: dict[str, Counts], baseline: dict[str, Counts | None]) -> dict[str, float]:
    values = combine(done.values()).scores(combined=True)
    known = [counts for counts in baseline.values() if counts is not None]
    switches = combine(known).scores()["IDs"] if len(known) == len(done) else math.nan
    values[FACTOR] = switches / values["IDs"] if values["IDs"] else math.inf
    return {column: values[column] for column in TABLE_COLUMNS}
