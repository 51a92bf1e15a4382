"""The front door: one command, `flatsort`. Each subcommand imports its room only when it is called."""

from __future__ import annotations

import sys

import typer

app = typer.Typer(name="flatsort", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def _about() -> None:
    """Track people, score the tracks, train the embedding. Exit code 2 means: the input, not the program."""


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
