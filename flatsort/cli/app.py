"""The front door: one command, `flatsort`. Each subcommand imports its room only when it is called."""

from __future__ import annotations

import shlex
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.progress import Progress, Task

    from flatsort.eval.retrieval.truth_crops import DescribedPeople

T = TypeVar("T")

# What the extra `train` installs, as far as commands import it.
TRAIN_EXTRA = {"torch", "torchvision", "lightning_fabric", "safetensors", "tensorboard", "onnx", "onnxscript"}

app = typer.Typer(name="flatsort", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bars and no remarks.")]

# What `track` and `table` let a user change about the tracker.
MinConfidence = Annotated[float | None, typer.Option(help="Drop detections with a lower score.")]
Nms = Annotated[float | None, typer.Option(help="Drop detections that better ones cover by more than this.")]
MinHeight = Annotated[float | None, typer.Option(help="Drop detections with fewer pixels of height.")]
MaxAge = Annotated[int | None, typer.Option(help="Frames that a track may be missed before it ends.")]
NInit = Annotated[int | None, typer.Option(help="Detections in a row that confirm a track.")]
MotionWeight = Annotated[
    float | None, typer.Option(help="Share of motion, against appearance, in the cost of a match: 0 to 1.")
]
OverlapFirst = Annotated[
    float | None,
    typer.Option(help="Where overlap alone is this large and has no rival, do not ask for appearance: 0 (never) to 1."),
]
CameraMotion = Annotated[str, typer.Option(help="Compensate a moving camera: none, flow or ecc.")]


def _progress(quiet: bool) -> Progress:
    """Progress bars on standard error, so that standard output is the command's own."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class SpeedColumn(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text("" if speed is None else f"{speed:,.0f}/s")

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), SpeedColumn(), TimeRemainingColumn()
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=quiet or not console.is_terminal)


def _watch(progress: Progress, name: str, total: int | None) -> Callable[[Iterable[T]], Iterable[T]]:
    """A bar over whatever passes by."""
    return lambda items: progress.track(items, total=total, description=name)


def _say(progress: Progress, line: str) -> None:
    """One line on standard error, above the bars."""
    progress.console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.callback()
def _about() -> None:
    """Track people, score the tracks, train the embedding. Exit code 2 means: the input, not the program."""


@app.command()
def track(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...",
            help="MOTChallenge folders, a folder of such folders, videos, image folders. A video needs --detections.",
        ),
    ],
    output: Annotated[Path, typer.Option(help="Folder for the tracks: one file a sequence, named after it.")],
    preset: Annotated[
        str | None,
        typer.Option(
            help="sort, deepsort, joint, deepsort-original or paper. Default: sort, or deepsort with a descriptor."
        ),
    ] = None,
    descriptor: Annotated[str, typer.Option(help="Appearance: none, fmvae, hsv, pca, FILE.onnx, ...")] = "none",
    detections: Annotated[
        Path | None, typer.Option(help="Detections of the (single) source, instead of its det/det.txt.")
    ] = None,
    min_confidence: MinConfidence = None,
    nms: Nms = None,
    min_height: MinHeight = None,
    max_age: MaxAge = None,
    n_init: NInit = None,
    motion_weight: MotionWeight = None,
    overlap_first: OverlapFirst = None,
    camera_motion: CameraMotion = "none",
    kind: Annotated[str, typer.Option("--format", help="mot, json, csv or parquet.")] = "mot",
    quiet: Quiet = False,
) -> None:
    """Track sequences.

    A sequence that cannot be read is named in one line, its tracks up to there are kept, and the others are tracked;
    then the exit code is 2.
    """
    from flatsort.data import InputError
    from flatsort.data.files.atomic import prepare_folder
    from flatsort.data.sequences.sources import find_sequences
    from flatsort.tracker.running.batch import check_format, write_tracks
    from flatsort.tracker.running.settings import TrackSettings

    settings = TrackSettings(
        preset=preset,
        descriptor=descriptor,
        min_confidence=min_confidence,
        nms=nms,
        min_height=min_height,
        max_age=max_age,
        n_init=n_init,
        motion_weight=motion_weight,
        overlap_first=overlap_first,
        camera_motion=camera_motion,
    )
    suffix = check_format(kind)
    folders = find_sequences(sources)
    if detections is not None and len(folders) > 1:
        raise InputError("--detections", None, f"is one file for {len(folders)} sources", "track them one by one")
    folder = prepare_folder(output)
    failed = False
    written: dict[Path, str] = {}
    with _progress(quiet) as progress:
        for source in folders:
            try:
                run = settings.open(source, detections)
                path = folder / f"{run.sequence.name}{suffix}"
                if path in written:
                    raise InputError(source, None, f"has the name of {written[path]}", "give it another --output")
                written[path] = source
                frames = write_tracks(run, path, _watch(progress, run.sequence.name, run.sequence.length))
                if not quiet:
                    _say(progress, f"wrote {path} ({frames} frames)")
            except InputError as error:
                failed = True
                _say(progress, f"flatsort: {error}")
    if failed:
        raise typer.Exit(2)


@app.command()
def embed(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="MOTChallenge folders, a folder of such folders, videos.")
    ],
    descriptor: Annotated[str, typer.Option(help="hsv, pca, onnx:FILE, a packaged name, ...")],
    output: Annotated[
        Path, typer.Option(help="FILE.npy for one source; otherwise a folder, for one <sequence name>.npy each.")
    ],
    detections: Annotated[
        Path | None, typer.Option(help="Detections of the (single) source, instead of its det/det.txt.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Store the descriptors of all detections once; track them later with --descriptor npy:FILE or npy:FOLDER."""
    from flatsort.data import InputError, open_sequence
    from flatsort.data.sequences.sources import find_sequences
    from flatsort.embedding import load_descriptor
    from flatsort.embedding.store import store_descriptors
    from flatsort.tracker.running.settings import check_detections

    folders = find_sequences(sources)
    one_file = output.suffix == ".npy"
    if len(folders) > 1 and (one_file or detections is not None):
        option = "--output" if one_file else "--detections"
        raise InputError(option, None, f"is one file for {len(folders)} sources", "take the sources one by one")
    written: dict[Path, str] = {}
    with _progress(quiet) as progress:
        for source in folders:
            check_detections(source, detections)
            sequence = open_sequence(source, detections=detections)
            loaded = load_descriptor(descriptor, sequence=sequence)
            if loaded is None:
                raise InputError("--descriptor", None, "none has nothing to store", "name a descriptor")
            path = output if one_file else output / f"{sequence.name}.npy"
            if path in written:
                raise InputError(source, None, f"has the name of {written[path]}", "give it another --output")
            written[path] = source
            rows, columns = store_descriptors(sequence, loaded, path, _watch(progress, sequence.name, sequence.length))
            if not quiet:
                _say(progress, f"{path}: {rows} detections, {columns - 10} dimensions")


@app.command()
def calibrate(
    sources: Annotated[
        list[str], typer.Argument(metavar="SOURCE...", help="MOTChallenge folders, a folder of such folders, videos.")
    ],
    descriptor: Annotated[str, typer.Option(help="hsv, pca, onnx:FILE, npy:FILE, ...")],
    output: Annotated[
        Path | None,
        typer.Option(
            help="FILE.json, for --descriptor NAME,gate=FILE.json. Default: beside the descriptor's file, where it is "
            "found by itself. FILE.npz stores fitted components of pca too."
        ),
    ] = None,
    detections: Annotated[
        Path | None, typer.Option(help="Detections of the (single) source, instead of its det/det.txt.")
    ] = None,
    min_confidence: Annotated[float, typer.Option(help="Leave detections with a lower score out.")] = 0.3,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sampled pairs.")] = 0,
    quiet: Quiet = False,
) -> None:
    """Find the distance that parts one person from another, from detections without labels; store it and draw it."""
    from flatsort.data.opencv import import_cv2

    import_cv2()
    from flatsort.cli.calibrate_command import calibrate_descriptor

    with _progress(quiet) as progress:
        lines = calibrate_descriptor(
            sources, descriptor, output, detections, min_confidence, seed, lambda *bar: _watch(progress, *bar)
        )
        if not quiet:
            for line in lines:
                _say(progress, line)


@app.command()
def render(
    source: Annotated[str, typer.Argument(help="MOTChallenge folder, video file or image folder.")],
    tracks: Annotated[
        list[str],
        typer.Option(
            metavar="[LABEL=]FILE",
            help="Tracks in MOTChallenge text, as `flatsort track` writes them. With --switches it may be repeated: "
            "the switches of the first are shown as each of them saw it, row by row.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            help="A video (.mp4), with the pictures of --strip and --switches beside it; or, for those pictures alone, "
            "a folder, or the name of one strip (.png)."
        ),
    ],
    strip: Annotated[
        list[int] | None,
        typer.Option(metavar="ID", help="A contact sheet of this identity. May be repeated."),
    ] = None,
    switches: Annotated[
        Path | None,
        typer.Option(metavar="GT", help="Ground truth: a picture of each identity switch, before, during and after."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw boxes, ids and trails in colours that stay; contact sheets and identity switches on request."""
    from flatsort.data import InputError, open_sequence, read_tracks
    from flatsort.data.opencv import import_cv2

    import_cv2()
    from flatsort.eval.figures.switch_comparison import compare_trackers, label_tracks
    from flatsort.tracker.drawing.render import plan_drawings
    from flatsort.tracker.drawing.render import render as draw

    named = label_tracks(tracks)
    if switches is None and len(named) > 1:
        raise InputError("--tracks", None, "is one file where no switches are drawn", "add --switches GT")
    sequence = open_sequence(source, detections=next(iter(named.values())))  # the detections themselves are not needed
    tables = {label: read_tracks(path, sequence.length) for label, path in named.items()}
    table = next(iter(tables.values()))
    seen = None if switches is None else compare_trackers(switches, tables, sequence.name, sequence.length)
    truth, found, rows = (None, [], []) if seen is None else (seen.truth, seen.switches, seen.rows)
    drawings = plan_drawings(sequence, table, output, strips=strip or [], truth=truth, switches=found, rows=rows)
    with _progress(quiet) as progress:
        draw(sequence, table, drawings, _watch(progress, sequence.name, sequence.length))
        if not quiet:
            for drawing in drawings:
                _say(progress, f"wrote {drawing.path}")
            if seen is not None:
                _say(progress, f"identity switches: {seen.summary}")


@app.command()
def demo(
    sequence: Annotated[str | None, typer.Argument(help="A source, as of `track`. Default: the walkers scene.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for tracks and video.")] = Path("outputs/demo"),
    frames: Annotated[int | None, typer.Option(help="Stop after so many frames.")] = None,
    quiet: Quiet = False,
) -> None:
    """Track the walkers scene, or a sequence of your own; score the tracks and draw them into a video."""
    from functools import partial
    from shutil import which

    from rich.console import Console

    from flatsort.data.files.atomic import prepare_folder
    from flatsort.data.opencv import import_cv2

    import_cv2()
    from flatsort.cli.demo_command import demonstrate
    from flatsort.eval.tables.scores_table import print_terminal

    folder = prepare_folder(output)
    with _progress(quiet) as progress:
        shown = demonstrate(sequence, folder, frames, partial(_watch, progress))
    if shown.scores:
        print_terminal(shown.scores, Console(highlight=False), "Descriptor")
    written = [*([Path(shown.source)] if sequence is None else []), *shown.tracks.values(), shown.video]
    # `make demo` runs it from an environment that is not on the path.
    command = "flatsort" if which("flatsort") else sys.argv[0]
    draw = f"  {command} render {shown.source} --tracks {shown.tracks[shown.drawn]} --output {folder / 'pictures'}"
    lines = ["", *(f"wrote {path}" for path in written), "", "What next:", f"{draw} --strip 1"]
    if shown.scores:
        lines.append(f"{draw} --switches {shown.source}")
    lines += [
        f"  {command} track YOUR_MOT16/train --min-confidence 0.3 --output tracks",
        f"  {command} eval YOUR_MOT16/train tracks",
        f"  {command} track YOUR_VIDEO.mp4 --detections YOUR_DETECTIONS.txt --descriptor fmvae --output tracks",
    ]
    print("\n".join(lines))


@app.command()
def train(
    preset: Annotated[
        str, typer.Argument(help="mot16, with --data; or a preset such as pendulum/fmvae, or a TOML file.")
    ],
    output: Annotated[Path, typer.Option(help="Folder for model.safetensors, state, history.json and TensorBoard.")],
    sources: Annotated[list[str] | None, typer.Argument(metavar="[SOURCE...]", help="More sources of --data.")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE...", help="MOTChallenge folders, a folder of such folders, or one video."),
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="vae, vhp-vae, fmvae, fmvae-tracklets or deepsort. Default: fmvae.")
    ] = None,
    architecture: Annotated[
        str | None, typer.Option(help="compact, for two CPU cores, or mot16 (VGG16), for a GPU. Default: compact.")
    ] = None,
    detections: Annotated[
        Path | None, typer.Option(help="Detections of the (single) source, instead of its det/det.txt.")
    ] = None,
    licence: Annotated[
        str | None, typer.Option("--data-licence", help="Licence of the data, for the model card.")
    ] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", help="section.field=value; may be repeated.")] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Stop after this time and keep the model. Default with --data: 20.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights, batches and every random draw.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on exactly where the run in --output stopped.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Train an embedding: of the people in your own sequences (mot16 --data SOURCE...), or by a preset.

    With --data no identity label is read; the folder then also holds model.onnx, with its gate, and a model card.
    """
    from flatsort.cli.train_command import train_command

    @contextmanager
    def bars() -> Iterator[Callable[[str, int | None], Callable[[Iterable[T]], Iterable[T]]]]:
        with _progress(quiet) as progress:
            yield lambda name, total: _watch(progress, name, total)

    outcome = train_command(
        preset,
        output,
        bars,
        sources=[*(data or ()), *(sources or ())],
        people_options={
            "method": method,
            "architecture": architecture,
            "detections": detections,
            "licence": licence,
        },
        changes=changes or [],
        minutes=minutes,
        seed=seed,
        resume=resume,
        quiet=quiet,
        command=shlex.join(["flatsort", *sys.argv[1:]]),
    )
    for line in outcome.lines:
        print(line, file=sys.stderr if outcome.interrupted else sys.stdout)
    if outcome.interrupted:
        raise typer.Exit(130)


@app.command("eval")
def evaluate_tracks(
    gt_root: Annotated[
        Path, typer.Argument(help="Folder of MOTChallenge sequences (<sequence>/gt/gt.txt), or one sequence.")
    ],
    tracks_dir: Annotated[Path, typer.Argument(help="Folder of tracks (<sequence>.txt), as `flatsort track` writes.")],
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    kind: Annotated[
        str | None, typer.Option("--format", help="terminal, markdown, csv, latex or json. Default: terminal.")
    ] = None,
    sequence: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Score this sequence alone. May be repeated.")
    ] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Leave out sequences that have no tracks.")] = False,
    quiet: Quiet = False,
) -> None:
    """Score tracks: CLEAR, identity and HOTA, for each sequence and overall."""
    from rich.console import Console
    from rich.progress import track

    from flatsort.data import InputError
    from flatsort.eval import score_sequences
    from flatsort.eval.tables.scores_table import FORMATS, print_terminal, rows_of

    kind = kind or ("json" if as_json else "terminal")
    if kind not in ("terminal", *FORMATS) or (as_json and kind != "json"):
        cure = f"write one of terminal, {', '.join(FORMATS)}" + (", or leave out --json" if as_json else "")
        raise InputError("--format", None, f"is {kind!r}", cure)
    progress = Console(stderr=True)

    def watched(names: list[str]) -> Iterable[str]:
        return track(names, "Scoring", console=progress, transient=True, disable=quiet or not progress.is_terminal)

    scores = score_sequences(gt_root, tracks_dir, sequences=sequence, partial=partial, progress=watched)
    if scores.untracked and not quiet:
        print(f"flatsort: {tracks_dir}: no tracks of {', '.join(scores.untracked)}; left out", file=sys.stderr)
    if kind == "terminal":
        print_terminal(rows_of(scores), Console())
    else:
        sys.stdout.write(FORMATS[kind](scores))


@app.command()
def table(
    roots: Annotated[
        list[str], typer.Argument(metavar="ROOT...", help="Folders of MOTChallenge sequences with ground truth.")
    ],
    descriptor: Annotated[
        list[str], typer.Option(metavar="[NAME=]DESCRIPTOR", help="A row of the table. May be repeated.")
    ],
    preset: Annotated[
        str | None,
        typer.Option(help="deepsort, joint, deepsort-original or paper, for all rows but SORT. Default: deepsort."),
    ] = None,
    min_confidence: MinConfidence = None,
    nms: Nms = None,
    min_height: MinHeight = None,
    max_age: MaxAge = None,
    n_init: NInit = None,
    motion_weight: MotionWeight = None,
    overlap_first: OverlapFirst = None,
    camera_motion: CameraMotion = "none",
    sequence: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="This sequence alone. May be repeated.")
    ] = None,
    common: Annotated[bool, typer.Option("--common", help="Only sequences that every row can be run on.")] = False,
    kind: Annotated[str, typer.Option("--format", help="terminal, markdown, csv, latex or json.")] = "terminal",
    cache: Annotated[Path, typer.Option(help="Folder of results, for the next run.")] = Path("outputs/table"),
    quiet: Quiet = False,
) -> None:
    """Compare descriptors: one row each, with SORT above them; results are kept, and an interrupted table goes on."""
    from flatsort.data import InputError
    from flatsort.data.files.atomic import prepare_folder
    from flatsort.eval.tables.descriptor_table import FORMATS, descriptor_table, parse_rows, print_table
    from flatsort.eval.tables.result_cache import ResultCache
    from flatsort.tracker.running.settings import TrackSettings

    if kind not in ("terminal", *FORMATS):
        raise InputError("--format", None, f"is {kind!r}", f"write one of terminal, {', '.join(FORMATS)}")
    settings = TrackSettings(
        preset=preset,
        descriptor="hsv",  # stands for that of each row
        min_confidence=min_confidence,
        nms=nms,
        min_height=min_height,
        max_age=max_age,
        n_init=n_init,
        motion_weight=motion_weight,
        overlap_first=overlap_first,
        camera_motion=camera_motion,
    )
    rows = parse_rows(descriptor, settings)
    results = ResultCache(prepare_folder(cache))
    with _progress(quiet) as progress:
        bar = progress.add_task("Table")
        made = descriptor_table(
            roots,
            rows,
            results,
            names=sequence,
            common=common,
            begin=lambda total: progress.update(bar, total=total),
            step=lambda what: progress.update(bar, advance=1, description=what),
        )
        for line in made.left_out if not quiet else ():
            _say(progress, f"left out: {line}")
        for line in made.failed:
            _say(progress, f"flatsort: {line}")
    if kind == "terminal" and made.rows:
        print_table(made)
    elif made.rows or kind == "json":
        sys.stdout.write(FORMATS[kind](made))
    if made.failed:
        raise typer.Exit(2)


@app.command()
def retrieve(
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
    every: Annotated[int, typer.Option(min=1, help="Compare the people of every n-th frame.")] = 5,
    min_visibility: Annotated[
        float, typer.Option(min=0, max=1, help="Leave people out of whom less is seen (MOT15 does not say).")
    ] = 0.3,
    gap: Annotated[int, typer.Option(min=1, help="Frames between a crop and those that count as far.")] = 50,
    near: Annotated[int, typer.Option(min=1, help="Frames within which crops count as near.")] = 30,
    query_camera: Annotated[
        int | None, typer.Option(help="Folders of crops: the camera of the queries. Default: the lowest.")
    ] = None,
    gallery_camera: Annotated[
        int | None, typer.Option(help="Folders of crops: the camera of the gallery. Default: every other.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the sampled pairs and the maps.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    kind: Annotated[
        str | None, typer.Option("--format", help="terminal, markdown, csv, latex or json. Default: terminal.")
    ] = None,
    maps: Annotated[
        Path | None,
        typer.Option("--map", metavar="FOLDER", help="Draw a map of each sequence's embeddings too, as PNG and SVG."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compare descriptors without a tracker: Rank-1, Rank-5, mAP and ROC AUC on the ground truth's crops.

    A folder of crops named by identity and camera (0002_c1_3.jpg, or as Market-1501) is compared across its cameras.
    """
    from flatsort.data import InputError
    from flatsort.data.opencv import import_cv2

    import_cv2()
    from flatsort.cli.retrieve_command import FORMATS, RetrieveSettings, parse_descriptors, print_table
    from flatsort.cli.retrieve_command import retrieve as run
    from flatsort.cli.retrieve_folders import CameraSettings, are_folders_of_crops, retrieve_folders
    from flatsort.data.files.atomic import prepare_folder

    kind = kind or ("json" if as_json else "terminal")
    if kind not in ("terminal", *FORMATS) or (as_json and kind != "json"):
        cure = f"write one of terminal, {', '.join(FORMATS)}" + (", or leave out --json" if as_json else "")
        raise InputError("--format", None, f"is {kind!r}", cure)
    names = parse_descriptors(descriptor)
    settings: RetrieveSettings | CameraSettings
    if are_folders_of_crops(sources):
        if maps is not None:
            raise InputError("--map", None, "draws people of sequences over time", "leave it out for folders of crops")
        settings = CameraSettings(query_camera, gallery_camera)
    else:
        for option, camera in (("--query-camera", query_camera), ("--gallery-camera", gallery_camera)):
            if camera is not None:
                raise InputError(option, None, "is for folders of crops", "leave it out for sequences")
        settings = RetrieveSettings(every, min_visibility, gap, near, seed)
    folder = None if maps is None else prepare_folder(maps)
    with _progress(quiet) as progress:

        def draw(described: DescribedPeople) -> None:
            if folder is not None:
                from flatsort.eval.figures.embedding_map import save_embedding_map

                for path in save_embedding_map(described, folder, seed):
                    if not quiet:
                        _say(progress, f"wrote {path}")

        if isinstance(settings, CameraSettings):
            made = retrieve_folders(sources, names, settings, watch=lambda *bar: _watch(progress, *bar))
        else:
            made = run(sources, names, settings, watch=lambda *bar: _watch(progress, *bar), see=draw)
        for line in made.left_out if not quiet else ():
            _say(progress, f"left out: {line}")
        if not quiet:
            _say(progress, str(settings))
    if kind == "terminal":
        print_table(made)
    else:
        sys.stdout.write(FORMATS[kind](made))


@app.command()
def export(
    checkpoint: Annotated[str, typer.Argument(help="A .safetensors checkpoint or a packaged name.")],
    output: Annotated[Path, typer.Option(help="FILE.onnx")],
    gate: Annotated[float | None, typer.Option(min=0, help="Distance to match within, for networks on crops.")] = None,
) -> None:
    """Write a trained encoder as ONNX, with how its input is prepared, checked against torch."""
    from flatsort.embedding.networks.export import export_onnx

    made = export_onnx(checkpoint, output, gate=gate)
    rounding = f"16-bit weights change the embedding by {made.rounding:.1g} of its largest value"
    print(f"{output}: {output.stat().st_size / 1e6:.1f} MB, differs from torch by {made.difference:.1g}; {rounding}")


@app.command()
def geometry(
    checkpoints: Annotated[list[str], typer.Argument(help="Checkpoints, files or names such as pendulum/fmvae.")],
    data: Annotated[Path | None, typer.Option(help="Folder of the motion or MNIST files.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of mixed points, pairs and graph nodes.")] = 0,
    refine: Annotated[bool, typer.Option("--refine", help="Also refine geodesics as splines (slower).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON: an object, or a list of several.")] = False,
    figure: Annotated[str | None, typer.Option(help="Draw this figure instead of the table.")] = None,
    output: Annotated[Path, typer.Option(help="Folder for the figure's PNG and SVG.")] = Path("outputs/figures"),
) -> None:
    """Measure how flat a latent space is, or draw it; several checkpoints of one data set are compared."""
    from flatsort.cli.geometry_command import draw, report

    if figure is None:
        report(checkpoints, data, seed, refined=refine, as_json=as_json)
    else:
        draw(figure, checkpoints, data, seed, output)


def main() -> None:
    """Run the command; errors that a user can cause are one line on standard error and exit code 2."""
    try:
        app()
    except Exception as error:
        from flatsort.data.errors import InputError  # not before: it loads NumPy, and `--help` would wait for that

        package = (error.name or "").split(".")[0] if isinstance(error, ModuleNotFoundError) else ""
        if package in TRAIN_EXTRA:
            error = InputError(f"the package {package}", None, "is not installed", "pip install 'flatsort[train]'")
        if not isinstance(error, InputError):
            raise
        print(f"flatsort: {error}", file=sys.stderr)
        sys.exit(2)
