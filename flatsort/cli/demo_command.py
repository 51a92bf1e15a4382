"""The demonstration: track a sequence without and with appearance (colour, a learnt embedding), and draw the best."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flatsort.data import InputError, open_sequence, read_ground_truth, read_tracks
from flatsort.data.walkers.scene import walkers_scene
from flatsort.eval.scores.sequence_scores import score_sequence
from flatsort.tracker.drawing.render import Video, render
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.settings import TrackSettings

if TYPE_CHECKING:
    from flatsort.data import Sequence

DESCRIPTORS = ("none", "hsv", "fmvae")
# A bar over what passes by: its name and its number of items, None where that is unknown.
Watch = Callable[[str, int | None], Callable[[Iterable[Any]], Iterable[Any]]]


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
