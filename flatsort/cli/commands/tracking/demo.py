"""`flatsort demo`: a sequence tracked without and with appearance (colour, a learnt embedding), scored and drawn."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from flatsort.cli.formats import print_tables
from flatsort.cli.one_source import described
from flatsort.cli.progress import Quiet, display
from flatsort.cli.reports import write_page
from flatsort.data import InputError, open_sequence, read_ground_truth, read_tracks
from flatsort.data.detection.sources import DEFAULT_DETECTOR, find_first, has_detections
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.files.detections import write_detections
from flatsort.data.progress import Watch
from flatsort.data.sequences.inputs import refuse_input
from flatsort.data.sequences.naming import sequence_name
from flatsort.data.walkers.scene import walkers_scene
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.eval.tables.formats import table_of
from flatsort.eval.tables.scores_table import cell
from flatsort.tracker.drawing.render import render
from flatsort.tracker.drawing.video import Video
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.many.inputs import check_files
from flatsort.tracker.running.settings import TrackSettings

DESCRIPTORS = ("none", "hsv", "fmvae")


def command(
    sequence: Annotated[str | None, typer.Argument(help="A source, as of `track`. Default: the walkers scene.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for tracks, video and report.")] = Path("outputs/demo"),
    detector: Annotated[
        str | None,
        typer.Option(
            help="Find people first: motion, FILE.onnx, torchvision:NAME or FILE.py. Default where the source comes "
            f"without detections: {DEFAULT_DETECTOR}."
        ),
    ] = None,
    frames: Annotated[int | None, typer.Option(help="Stop after so many frames.")] = None,
    quiet: Quiet = False,
) -> None:
    """Track the walkers scene, or a source of your own: scores where there is ground truth, a video and a report."""
    folder = prepare_folder(output)
    check_files(detector=detector)
    with display(quiet) as shown:
        made = demonstrate(sequence, folder, frames, shown.watch, detector)
    if made.scores:
        print_tables([table_of(made.scores, "Descriptor", cell)])
    else:
        print("no ground truth, so no scores")
    found = [] if made.detections is None else [made.detections]
    written = [*([Path(made.source)] if sequence is None else []), *found, *made.tracks.values(), made.video]
    written.append(made.report)
    # `make demo` runs it from an environment that is not on the path.
    command = "flatsort" if which("flatsort") else sys.argv[0]
    draw = f"  {command} render {made.source} --tracks {made.tracks[made.drawn]} --output {folder / 'pictures'}"
    lines = ["", *(f"wrote {path}" for path in written), "", "What next:", f"{draw} --strip 1"]
    if made.scores:
        lines.append(f"{draw} --switches {made.source}")
    lines += [
        f"  {command} track YOUR_MOT16/train --min-confidence 0.3 --output tracks",
        f"  {command} eval YOUR_MOT16/train tracks",
        f"  {command} track YOUR_VIDEO.mp4 --detector YOUR_DETECTOR.onnx --descriptor fmvae --output tracks --report",
        "",
        f"The report, to open in a browser: {made.report.resolve().as_uri()}",
    ]
    print("\n".join(lines))


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration made.

    source: what was tracked. detections: what a detector found in it, None where they came along. tracks:
    `{descriptor: file}`. drawn: the descriptor whose tracks `video` and `report` show: the best by IDF1, or the last
    where there are no scores. scores: `{descriptor: {column: value}}`, empty where the source has no ground truth.
    """

    source: str
    detections: Path | None
    tracks: dict[str, Path]
    drawn: str
    video: Path
    report: Path
    scores: dict[str, dict[str, float]]


def demonstrate(
    source: str | None, folder: Path, frames: int | None, watch: Watch, detector: str | None = None
) -> Demonstration:
    """Track a source, or the walkers scene where it is None, into `folder`: tracks, scores, a video and a report.

    The scene is written to `folder/walkers` first, as a MOTChallenge folder to go on with. A source without images is
    tracked without appearance alone. frames: stop after so many; None: all. detector: as of `find_first`, for sources
    that come without detections, or in place of theirs.

    Raises `InputError` where the source cannot be read or the folder not be written, and as `find_first`.
    """
    if frames is not None and frames < 1:
        raise InputError("--frames", None, f"is {frames}", "give a number of at least 1")
    if source is None:
        source = str(_write_walkers(folder / "walkers", frames, watch))
    name = sequence_name(source)
    picture, page = folder / f"{name}.mp4", folder / f"{name}.html"
    refuse_input(picture, source)  # the source may be this very video
    detections = None
    if detector is not None or not has_detections(source):
        detections = folder / "detections" / f"{name}.txt"
        write_detections(detections, find_first(source, detector, watch=watch, frames=frames))
    descriptors = DESCRIPTORS if open_sequence(source).has_images else DESCRIPTORS[:1]
    tracks: dict[str, Path] = {}
    scores: dict[str, dict[str, float]] = {}
    for descriptor in descriptors:
        run = TrackSettings(descriptor=descriptor).open(source, detections)
        run.sequence.shorten(frames)
        length = run.sequence.length
        path = tracks[descriptor] = folder / descriptor / f"{run.sequence.name}.txt"
        tracked = write_tracks(run, path, watch(f"track, {descriptor}", length))
        truth = Path(source, "gt", "gt.txt")
        if truth.is_file():
            scores[descriptor] = _score(truth, path, length)
    sequence = open_sequence(source, boxes=False)
    sequence.shorten(frames)
    drawn = max(reversed(scores), key=lambda name: scores[name]["IDF1"]) if scores else descriptors[-1]
    shown = read_tracks(tracks[drawn])
    video = Video(picture, shown, sequence.frame_rate, sequence.length)
    render(sequence, shown, [video], watch(f"draw, {drawn}", sequence.length))
    about = described(TrackSettings(descriptor=drawn), tracked, shlex.join(["flatsort", *sys.argv[1:]]))
    if detections is not None:
        about["detector"] = detector or DEFAULT_DETECTOR
    write_page(watch, source, tracks[drawn], page, None, about, frames)
    return Demonstration(source, detections, tracks, drawn, video.path, page, scores)


def _write_walkers(folder: Path, frames: int | None, watch: Watch) -> Path:
    scene = walkers_scene() if frames is None else walkers_scene(frames=frames)
    for _ in watch("make the walkers", None)([scene]):
        scene.write_folder(folder, images="video")
    return folder


def _score(truth: Path, tracks: Path, length: int | None) -> dict[str, float]:
    table = read_ground_truth(truth)
    seen = table if length is None else table[table.frames <= length]
    try:
        return score_sequence(seen, read_tracks(tracks), length)
    except ValueError as error:
        raise InputError(truth, None, str(error), "correct the file") from None
