"""`flatsort demo`: a sequence tracked without and with appearance (colour, a learnt embedding), scored and drawn."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated

import typer

from flatsort.cli.formats import print_tables
from flatsort.cli.progress import Quiet, display
from flatsort.data import InputError, open_sequence, read_ground_truth, read_tracks
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.progress import Watch
from flatsort.data.walkers.scene import walkers_scene
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.eval.tables.formats import table_of
from flatsort.eval.tables.scores_table import cell
from flatsort.tracker.drawing.render import render
from flatsort.tracker.drawing.video import Video
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.settings import TrackSettings

if TYPE_CHECKING:
    from flatsort.data import Sequence

DESCRIPTORS = ("none", "hsv", "fmvae")


def command(
    sequence: Annotated[str | None, typer.Argument(help="A source, as of `track`. Default: the walkers scene.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for tracks and video.")] = Path("outputs/demo"),
    frames: Annotated[int | None, typer.Option(help="Stop after so many frames.")] = None,
    quiet: Quiet = False,
) -> None:
    """Track the walkers scene, or a sequence of your own; score the tracks and draw them into a video."""
    folder = prepare_folder(output)
    with display(quiet) as shown:
        made = demonstrate(sequence, folder, frames, shown.watch)
    print_tables([table_of(made.scores, "Descriptor", cell)])
    written = [*([Path(made.source)] if sequence is None else []), *made.tracks.values(), made.video]
    # `make demo` runs it from an environment that is not on the path.
    command = "flatsort" if which("flatsort") else sys.argv[0]
    draw = f"  {command} render {made.source} --tracks {made.tracks[made.drawn]} --output {folder / 'pictures'}"
    lines = ["", *(f"wrote {path}" for path in written), "", "What next:", f"{draw} --strip 1"]
    if made.scores:
        lines.append(f"{draw} --switches {made.source}")
    lines += [
        f"  {command} track YOUR_MOT16/train --min-confidence 0.3 --output tracks",
        f"  {command} eval YOUR_MOT16/train tracks",
        f"  {command} track YOUR_VIDEO.mp4 --detections YOUR_DETECTIONS.txt --descriptor fmvae --output tracks",
    ]
    print("\n".join(lines))


@dataclass(frozen=True)
class Demonstration:
    """What the demonstration made.

    source: what was tracked. tracks: `{descriptor: file}`. drawn: the descriptor whose tracks `video` shows: the
    best by IDF1, or the last where there are no scores. scores: `{descriptor: {column: value}}`, empty where the source
    has no ground truth.
    """

    source: str
    tracks: dict[str, Path]
    drawn: str
    video: Path
    scores: dict[str, dict[str, float]]


def demonstrate(source: str | None, folder: Path, frames: int | None, watch: Watch) -> Demonstration:
    """Track a source, or the walkers scene where it is None, into `folder`: tracks, scores and an annotated video.

    The scene is written to `folder/walkers` first, as a MOTChallenge folder to go on with. A source without images is
    tracked without appearance alone. frames: stop after so many; None: all.

    Raises `InputError` where the source cannot be read or the folder not be written.
    """
    if frames is not None and frames < 1:
        raise InputError("--frames", None, f"is {frames}", "give a number of at least 1")
    if source is None:
        source = str(_write_walkers(folder / "walkers", frames, watch))
    descriptors = DESCRIPTORS if open_sequence(source).has_images else DESCRIPTORS[:1]
    tracks: dict[str, Path] = {}
    scores: dict[str, dict[str, float]] = {}
    for descriptor in descriptors:
        run = TrackSettings(descriptor=descriptor).open(source)
        length = _shorten(run.sequence, frames)
        path = tracks[descriptor] = folder / descriptor / f"{run.sequence.name}.txt"
        write_tracks(run, path, watch(f"track, {descriptor}", length))
        truth = Path(source, "gt", "gt.txt")
        if truth.is_file():
            scores[descriptor] = _score(truth, path, length)
    sequence = open_sequence(source)
    length = _shorten(sequence, frames)
    drawn = max(reversed(scores), key=lambda name: scores[name]["IDF1"]) if scores else descriptors[-1]
    shown = read_tracks(tracks[drawn])
    video = Video(folder / f"{sequence.name}.mp4", shown, sequence.frame_rate, length)
    render(sequence, shown, [video], watch(f"draw, {drawn}", length))
    return Demonstration(source, tracks, drawn, video.path, scores)


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


def _shorten(sequence: Sequence, frames: int | None) -> int | None:
    """Let a sequence end after `frames`; its length then, None where that is not known."""
    if frames is not None:
        sequence.length = frames if sequence.length is None else min(frames, sequence.length)
    return sequence.length
