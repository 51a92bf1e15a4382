"""`flatsort tune`: settings of the tracker for one's own sequences, and what they gain where they were not chosen."""

from __future__ import annotations

import math
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Annotated, Any

import typer

from flatsort.cli.formats import Format, Json, Printed, chosen_format, print_as
from flatsort.cli.options import tracker_options
from flatsort.cli.progress import Display, Quiet, display
from flatsort.cli.sources import Detections, DetectionsFormat, Sources, formatted, resolve
from flatsort.data import InputError
from flatsort.data.files.atomic import atomic_path, prepare_folder
from flatsort.data.files.formats.named import FormattedFile
from flatsort.data.files.lock import sole_writer
from flatsort.eval.tables.formats import Table
from flatsort.eval.tuning.held_out import Tuned, folds_of, tune
from flatsort.eval.tuning.scoring import SCORES, Scoring
from flatsort.eval.tuning.search import Search
from flatsort.eval.tuning.self_checks import self_checks
from flatsort.eval.tuning.space import as_options, space_of, with_values
from flatsort.tracker.running.camera import ESTIMATED
from flatsort.tracker.running.settings import TrackSettings

JOURNAL, RESULT = "trials.log", "tuning.json"


@tracker_options()
def command(
    sources: Sources,
    output: Annotated[Path, typer.Option(help=f"Folder for {RESULT} and {JOURNAL}, which an interrupted run goes on.")],
    settings: TrackSettings,
    trials: Annotated[int, typer.Option(min=1, help="Settings to try in each search.")] = 50,
    score: Annotated[str, typer.Option(help=f"What to gain: {', '.join(SCORES)}.")] = SCORES[0],
    folds: Annotated[int, typer.Option(help="Parts of the sequences that are held out in turns, at least 2.")] = 5,
    detections: Detections = None,
    detections_format: DetectionsFormat = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what is tried: the same seed, the same answer.")] = 0,
    kind: Format = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Choose settings by ground truth, and say what they gain on held-out sequences; without truth, check the tracks.

    An option of the tracker that is given stays; the others are tried. Detections and descriptors are stored ones.
    """
    kind = chosen_format(kind, json)
    boxes_of = formatted(detections, detections_format)
    found = resolve(sources, detections=detections)
    truths = [(Path(source) / "gt" / "gt.txt").is_file() for source in found]
    with display(quiet) as shown:
        if not any(truths):
            shown.remark("no ground truth: nothing is tuned; the tracks are checked by themselves")
            print_as(kind, _checks(found, settings, boxes_of, shown))
            return
        if boxes_of is not None:
            cure = "store them as det/det.txt of each sequence"
            raise InputError("--detections", None, "is of one source, and settings are held out on several", cure)
        if not all(truths):
            raise InputError(found[truths.index(False)], None, "has no gt/gt.txt", "add it, or leave the source out")
        _refuse_slow(settings)
        scoring = Scoring(found, settings, score)
        space = space_of(settings, [sequence.detections for sequence in scoring.sequences])
        if not space:
            raise InputError("flatsort tune", None, "all settings are given, none is left", "leave options out")
        with sole_writer(prepare_folder(output)):
            search = Search(output / JOURNAL, space, seed)
            parts = len(folds_of(len(found), folds)) + 1
            bar = shown.bars.add_task("Trials", total=parts * trials)
            identity = scoring.identity(space, seed)
            try:
                made = tune(scoring, search, trials, folds, identity, lambda: shown.bars.advance(bar))
            except KeyboardInterrupt as interrupt:
                interrupt.add_note(f"{output / JOURNAL} keeps the trials; the same command goes on")
                raise
            printed = _printed(made, settings, score)
            _write(output / RESULT, printed.content)
    print_as(kind, printed)
    if kind == "terminal":
        for line in verdict(made, settings, score):
            typer.echo(line)


def verdict(made: Tuned, settings: TrackSettings, score: str) -> list[str]:
    """What came of it, in two lines: the gain that is to be expected, and the settings."""
    low, high = made.gain - made.scatter, made.gain + made.scatter
    gain = f"held-out {score}: {made.gain:+.2f}, 95 % interval {low:+.2f} to {high:+.2f}"
    beyond = "beyond the scatter between sequences" if made.is_beyond_scatter else "not beyond the scatter of sequences"
    if not made.values:
        return [f"{gain}: {beyond}", "no setting was better on all sequences together: keep them as they are"]
    return [f"{gain}: {beyond}", f"chosen on all: {as_options(with_values(settings, made.values))}"]


def _printed(made: Tuned, settings: TrackSettings, score: str) -> Printed:
    values: list[dict[str, float | str]] = [
        {"sequence": one.name, "fold": float(one.fold), "before": one.before, "after": one.after, "gain": one.gain}
        for one in made.sequences
    ]
    heading = ["sequence", "fold", f"{score} before", f"{score} held out", "gain"]
    rows = [
        [one.name, str(one.fold), f"{one.before:.2f}", f"{one.after:.2f}", f"{one.gain:+.2f}"] for one in made.sequences
    ]
    content = {
        "score": score,
        "gain": made.gain,
        "scatter": made.scatter,
        "beyond_scatter": made.is_beyond_scatter,
        "options": as_options(with_values(settings, made.values)),
        "settings": asdict(with_values(settings, made.values)),
        "held_out": [row | {"values": dict(one.values)} for row, one in zip(values, made.sequences, strict=True)],
    }
    return Printed([Table(heading, rows)], values, content)


def _checks(
    sources: list[str], settings: TrackSettings, boxes_of: Path | FormattedFile | None, shown: Display
) -> Printed:
    """The self-checks of each source's tracks."""
    values: list[dict[str, float | str]] = []
    for source in sources:
        run = settings.open(source, boxes_of)
        values.append({"sequence": run.sequence.name, **self_checks(run, shown.watch)})
    heading = list(values[0])
    rows = [[_cell(row[name]) for name in heading] for row in values]
    return Printed([Table(heading, rows)], values, {"checks": values})


def _refuse_slow(settings: TrackSettings) -> None:
    """Raise InputError for what would look at every image again in each trial."""
    if settings.detector is not None:
        cure = "store what it finds: flatsort detect SOURCE --output FILE, as det/det.txt"
        raise InputError("--detector", None, "would look at all images in each trial", cure)
    if settings.descriptor != "none" and not settings.descriptor.startswith("npy:"):
        cure = "store it: flatsort embed SOURCE... --output FOLDER; then --descriptor npy:FOLDER"
        raise InputError("--descriptor", None, f"{settings.descriptor} would look at all images in each trial", cure)
    if settings.camera_motion in ESTIMATED:
        cure = "give a file of motions, or stored descriptors, which hold them"
        raise InputError("--camera-motion", None, "would be estimated anew in each trial", cure)


def _write(path: Path, content: dict[str, Any]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(dumps(content, indent=1) + "\n", encoding="utf-8")


def _cell(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return "" if math.isnan(value) else f"{value:.0f}" if value == int(value) else f"{value:.1f}"
