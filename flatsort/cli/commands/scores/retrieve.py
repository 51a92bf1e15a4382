"""`flatsort retrieve`: descriptors compared by retrieval, without a tracker."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from flatsort.cli.formats import Format, Json, Printed, chosen_format, print_as
from flatsort.cli.labels import labelled_descriptors
from flatsort.cli.progress import Quiet, display
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.eval.figures.embedding_map import save_embedding_map
from flatsort.eval.retrieval.comparison import (
    EVERY,
    MIN_VISIBILITY,
    RetrievalTable,
    RetrieveSettings,
    cell,
    retrieve,
    rows_of,
)
from flatsort.eval.retrieval.folders import CameraSettings, are_folders_of_crops, retrieve_folders
from flatsort.eval.retrieval.ranking import GAP, NEAR
from flatsort.eval.retrieval.truth_crops import DescribedPeople
from flatsort.eval.tables.formats import table_of


def command(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="MOTChallenge folders with ground truth and images, folders of such, or folders of crops.",
        ),
    ],
    descriptor: Annotated[
        list[str], typer.Option(metavar="[LABEL=]DESCRIPTOR", help="pixels, hsv, pca, onnx:FILE, ... May be repeated.")
    ],
    every: Annotated[int, typer.Option(min=1, help="Compare the people of every n-th frame.")] = EVERY,
    min_visibility: Annotated[
        float, typer.Option(min=0, max=1, help="Leave people out of whom less is seen (MOT15 does not say).")
    ] = MIN_VISIBILITY,
    gap: Annotated[int, typer.Option(min=1, help="Frames between a crop and those that count as far.")] = GAP,
    near: Annotated[int, typer.Option(min=1, help="Frames within which crops count as near.")] = NEAR,
    query_camera: Annotated[
        int | None, typer.Option(help="Folders of crops: the camera of the queries. Default: the lowest.")
    ] = None,
    gallery_camera: Annotated[
        int | None, typer.Option(help="Folders of crops: the camera of the gallery. Default: every other.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sampled pairs and the maps.")] = 0,
    as_json: Json = False,
    kind: Format = None,
    maps: Annotated[
        Path | None,
        typer.Option("--map", metavar="FOLDER", help="Draw a map of each sequence's embeddings too, as PNG and SVG."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compare descriptors without a tracker: Rank-1, Rank-5, mAP and ROC AUC on the ground truth's crops.

    A folder of crops named by identity and camera (0002_c1_3.jpg, or as Market-1501) is compared across its cameras.
    """
    kind = chosen_format(kind, as_json)
    names = labelled_descriptors(descriptor)
    if are_folders_of_crops(sources):
        if maps is not None:
            raise InputError("--map", None, "draws people of sequences over time", "leave it out for folders of crops")
        cameras = CameraSettings(query_camera, gallery_camera)
        with display(quiet) as shown:
            across = retrieve_folders(sources, names, cameras, shown.watch)
            shown.say(str(cameras))
        print_as(kind, printed(across))
        return
    for option, camera in (("--query-camera", query_camera), ("--gallery-camera", gallery_camera)):
        if camera is not None:
            raise InputError(option, None, "is for folders of crops", "leave it out for sequences")
    settings = RetrieveSettings(every, min_visibility, gap, near, seed)
    folder = None if maps is None else prepare_folder(maps)
    with display(quiet) as shown:

        def draw(described: DescribedPeople) -> None:
            for path in [] if folder is None else save_embedding_map(described, folder, seed):
                shown.say(f"wrote {path}")

        made = retrieve(sources, names, settings, watch=shown.watch, see=draw)
        for line in made.left_out:
            shown.say(f"left out: {line}")
        shown.say(str(settings))
    print_as(kind, printed(made))


def printed(made: RetrievalTable) -> Printed:
    """One row a sequence and descriptor."""
    rows = rows_of(made)
    total = len(made.overall) == 1 and len(made.crops) > 1
    return Printed(
        [table_of(rows, "Sequence", cell, total=total)],
        [{"sequence": name, **row} for name, row in rows.items()],
        asdict(made),
    )
