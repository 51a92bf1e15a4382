"""`flatsort link`: the same people in several videos."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from flatsort.cli.progress import Display, Quiet, display
from flatsort.cli.sources import NamedAfterSources
from flatsort.data import BoxTable, InputError, open_sequence
from flatsort.data.files.atomic import atomic_path, prepare_folder
from flatsort.data.sequences.inputs import refuse_input
from flatsort.embedding.registry import descriptor_file
from flatsort.tracker.offline.likelihood import learn_looks
from flatsort.tracker.offline.linking import link, relabelled, stand_together
from flatsort.tracker.offline.refinement import UNKNOWN_RATE
from flatsort.tracker.offline.tracked import Tracked, open_all_tracked
from flatsort.tracker.offline.written import write_table

TABLE, PEOPLE = "identities.csv", "people"


def command(
    tracks: Annotated[list[Path], typer.Argument(metavar="TRACKS...", help="A file of tracks of each video.")],
    source: Annotated[
        list[str], typer.Option(help="What was tracked, one for each file of tracks, in their order. Repeated.")
    ],
    descriptor: Annotated[str, typer.Option(help="Appearance: people, hsv, npy:FOLDER, FILE.onnx, ...")],
    output: Annotated[
        Path,
        typer.Option(
            help=f"Folder for {TABLE}, {PEOPLE}/ID.jpg of each person, and the tracks with identities as ids."
        ),
    ],
    overlap: Annotated[
        bool,
        typer.Option(
            "--overlap",
            help="The cameras see one place at once, and the videos begin at one moment: where people stand says, too, "
            "who is who. No map of the cameras is needed.",
        ),
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Find the same people in several videos: one table of identities, and each video's tracks with them."""
    if len(tracks) < 2:
        raise InputError("TRACKS", None, "is one file, and there is nothing to link it to", "name two or more")
    if len(source) != len(tracks):
        problem = f"is given {len(source)} times for {len(tracks)} files of tracks"
        raise InputError("--source", None, problem, "give one for each, in their order")
    if descriptor == "none":
        raise InputError("--descriptor", None, "none says nothing about looks", "name a descriptor")
    files = NamedAfterSources()
    for file in tracks:
        files.claim(output / file.stem, str(file))  # the table names videos without a suffix
    paths = [output / file.name for file in tracks]
    for path in (*paths, output / TABLE):
        for one in source:
            refuse_input(path, one, [*tracks, descriptor_file(descriptor)])
    with display(quiet) as shown:
        videos = open_all_tracked(tracks, source, descriptor, shown.watch)
        parts = [video.tracklets() for video in videos]
        distance = videos[0].distance
        if learn_looks(parts, distance) is None:
            shown.remark("too few tracks are seen side by side to learn who looks alike; nobody is linked")
        stands = None
        if overlap:
            stands = stand_together(parts, distance, _rates(source, videos))
            for pair in combinations(range(len(videos)), 2):
                if pair not in stands:
                    names = " and ".join(source[video] for video in pair)
                    problem = "too few people are seen by both at once to find the ground they share; looks alone count"
                    shown.remark(f"--overlap: {names}: {problem}")
        identities = link(parts, distance, overlap=stands)
        folder = prepare_folder(output)
        linked: list[BoxTable] = []
        rows = ["video,track,identity,first_frame,last_frame,boxes"]
        for path, video, own, found in zip(paths, videos, parts, identities, strict=True):
            for part, identity in zip(own, found.tolist(), strict=True):
                span = f"{part.frames[0]},{part.frames[-1]},{len(part.rows)}"
                rows.append(f"{path.stem},{part.identity},{identity},{span}")
            linked.append(relabelled(video.tracks, own, found))
            write_table(path, linked[-1], video.sequence.length, video.places, video.detected)
        with atomic_path(folder / TABLE) as temporary:
            temporary.write_text("\n".join(rows) + "\n", encoding="utf-8")
        _write_people(folder / PEOPLE, [path.stem for path in paths], source, linked, shown)
        _, videos_of = np.unique(np.concatenate([np.unique(found) for found in identities]), return_counts=True)
        shown.say(
            f"wrote {folder / TABLE}: {sum(map(len, identities))} tracks of {len(videos_of)} identities, "
            f"{int((videos_of > 1).sum())} of them in several videos"
        )


def _rates(sources: list[str], videos: list[Tracked]) -> list[float]:
    """Frames a second of each video. Raises InputError where only some tell: their frames have no common time."""
    rates = [video.sequence.frame_rate for video in videos]
    if not any(rates):
        return [UNKNOWN_RATE] * len(rates)  # frames of one number are of one moment
    for source, rate in zip(sources, rates, strict=True):
        if not rate:
            problem = "does not say its frames a second, as others do"
            raise InputError(source, None, problem, "write frameRate into its seqinfo.ini, or leave --overlap out")
    return [rate for rate in rates if rate]


def _write_people(folder: Path, names: list[str], sources: list[str], linked: list[BoxTable], shown: Display) -> None:
    """A contact sheet of each person; a video without images is remarked and left out."""
    # OpenCV takes long to load, and other commands need none.
    from flatsort.tracker.drawing.people import People

    people = People()
    for name, source, tracks in zip(names, sources, linked, strict=True):
        video = open_sequence(source, detections=tracks)
        if video.has_images:
            people.add(name, video, tracks, shown.watch(f"{name}: crops", video.length))
        else:
            shown.remark(f"{source}: has no images, and is not in {folder}")
    people.write(folder)
