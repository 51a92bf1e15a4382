"""The front door: one command, `flatsort`. Each subcommand imports its room only when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

app = typer.Typer(name="flatsort", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _about() -> None:
    """Track people, score the tracks, train the embedding. Exit code 2 means: the input, not the program."""


@app.command()
def train(
    preset: Annotated[str, typer.Argument(help="A preset such as pendulum/fmvae, or a TOML file.")],
    output: Annotated[Path, typer.Option(help="Folder for model.safetensors, state, history.json and TensorBoard.")],
    changes: Annotated[list[str] | None, typer.Option("--set", help="section.field=value; may be repeated.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0, help="Stop after this time and keep the model.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of weights, batches and every random draw.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on exactly where the run in --output stopped.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bar.")] = False,
) -> None:
    """Train an embedding by a preset: VAE, VHP-VAE or VHP-FMVAE."""
    from train_embedding.loop import train as run
    from train_embedding.settings import load_settings

    settings = load_settings(preset, changes or ())
    result = run(settings, output, seed=seed, minutes=minutes, resume=resume, quiet=quiet, preset=preset)
    error = result.validation_error
    print(
        f"{output / 'model.safetensors'}: {result.step} steps ({result.reason}), validation squared error {error:.5f}"
    )


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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar, nothing but errors.")] = False,
) -> None:
    """Score tracks: CLEAR, identity and HOTA, for each sequence and overall."""
    from rich.console import Console
    from rich.progress import track

    from data import InputError
    from eval import evaluate
    from eval.table import FORMATS, print_terminal, rows_of

    kind = kind or ("json" if as_json else "terminal")
    if kind not in ("terminal", *FORMATS) or (as_json and kind != "json"):
        cure = f"write one of terminal, {', '.join(FORMATS)}" + (", or leave out --json" if as_json else "")
        raise InputError("--format", None, f"is {kind!r}", cure)
    progress = Console(stderr=True)

    def watched(names: list[str]) -> Iterable[str]:
        return track(names, "Scoring", console=progress, transient=True, disable=quiet or not progress.is_terminal)

    scores = evaluate(gt_root, tracks_dir, sequences=sequence, partial=partial, progress=watched)
    if scores.untracked and not quiet:
        print(f"flatsort: {tracks_dir}: no tracks of {', '.join(scores.untracked)}; left out", file=sys.stderr)
    if kind == "terminal":
        print_terminal(rows_of(scores), Console())
    else:
        sys.stdout.write(FORMATS[kind](scores))


@app.command()
def export(
    checkpoint: Annotated[str, typer.Argument(help="A .safetensors checkpoint or a packaged name.")],
    output: Annotated[Path, typer.Option(help="FILE.onnx")],
    gate: Annotated[float | None, typer.Option(min=0, help="Distance to match within, for networks on crops.")] = None,
) -> None:
    """Write a trained encoder as ONNX, with how its input is prepared, checked against torch."""
    from embedding.export import export_onnx

    difference = export_onnx(checkpoint, output, gate=gate)
    print(f"{output}: differs from torch by {difference:.1g}")


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
    from eval.geometry_command import draw, report

    if figure is None:
        report(checkpoints, data, seed, refined=refine, as_json=as_json)
    else:
        draw(figure, checkpoints, data, seed, output)


def main() -> None:
    """Run the command; errors that a user can cause are one line on standard error and exit code 2."""
    from data.errors import InputError

    try:
        app()
    except InputError as error:
        print(f"flatsort: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
