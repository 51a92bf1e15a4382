"""The front door: one command, `flatsort`. Each subcommand imports its room only when it is called."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

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
