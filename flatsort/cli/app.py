"""The command `flatsort`: which subcommands there are, and how each ends."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from flatsort import __version__
from flatsort.cli.errors import one_line
from flatsort.cli.interrupts import exit_code, heed_sigterm

# By the folder of `commands` that each lies in: the line of each in `flatsort --help`, which loads none of them.
GROUPS = {
    "tracking": {
        "track": "Track sequences.",
        "detect": "Find people in videos and images once; track them later with --detections FILE.",
        "embed": "Store the descriptors of all detections once; track them later with --descriptor npy:FILE or "
        "npy:FOLDER.",
        "calibrate": "Find the distance that parts one person from another, from detections without labels; store it "
        "and draw it.",
        "refine": "Join the tracks that are one person's over gaps, and fill the gaps.",
        "link": "Find the same people in several videos: one table of identities, and each video's tracks with them.",
        "explain": "Print what speaks for each detection that a track could take in a frame; what gains most in sum "
        "over all wins.",
        "demo": "Track the walkers scene, or a source of your own: scores where there is ground truth, a video and a "
        "report.",
    },
    "scores": {
        "eval": "Score tracks: CLEAR, identity and HOTA, for each sequence and overall.",
        "table": "Compare descriptors: one row each, with SORT above them; results are kept, and an interrupted table "
        "goes on.",
        "retrieve": "Compare descriptors without a tracker: Rank-1, Rank-5, mAP and ROC AUC on the ground truth's "
        "crops.",
        "report": "One page to open: the video, a timeline, a card for each identity, scores, switches.",
        "render": "Draw boxes, ids and trails in colours that stay; contact sheets and identity switches on request.",
    },
    "training": {
        "train": "Train an embedding: of the people in your own sequences (mot16 --data SOURCE...), or by a preset.",
        "export": "Write a trained encoder as ONNX, with how its input is prepared, checked against torch.",
        "tune": "Choose settings by ground truth, and say what they gain on held-out sequences; without truth, check "
        "the tracks.",
        "geometry": "Measure how flat a latent space is, or draw it; several checkpoints of one data set are compared.",
    },
}
GROUP_OF = {name: group for group, lines in GROUPS.items() for name in lines}
COMMANDS = {name: line for lines in GROUPS.values() for name, line in lines.items()}
SETTINGS: dict[str, Any] = {"add_completion": False, "pretty_exceptions_enable": False}


class Commands(TyperGroup):
    """The subcommands. Each is loaded, with the rooms that it needs, when it is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the subcommand that is called."""
        if args and args[0] in GROUP_OF:
            self.commands[args[0]] = load(args[0])
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand; an interrupt ends it with the exit code of its signal, and a line on what was kept."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            kept = "; ".join(getattr(interrupt, "__notes__", ()))
            if kept:
                print(f"flatsort: interrupted; {kept}", file=sys.stderr)
            raise typer.Exit(exit_code(interrupt)) from None


def module_name(name: str) -> str:
    """The module of a subcommand."""
    return f"flatsort.cli.commands.{GROUP_OF[name]}.{name}"


def load(name: str) -> Any:
    """The subcommand of that name, as typer makes it of its function."""
    alone = typer.Typer(**SETTINGS)
    alone.command(name)(import_module(module_name(name)).command)
    return typer.main.get_command(alone)


app = typer.Typer(name="flatsort", cls=Commands, **SETTINGS)


def _say_version(asked: bool) -> None:
    if asked:
        print(f"flatsort {__version__}")
        raise typer.Exit


@app.callback()
def _about(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Print it.")] = False,
) -> None:
    """Track people, score the tracks, train the embedding. Exit code 2 means: the input, not the program."""


def _listed() -> None:
    """Stands in the list of subcommands for one that is not loaded."""


for _group, _lines in GROUPS.items():
    for _name, _line in _lines.items():
        app.command(_name, help=_line, rich_help_panel=_group.capitalize())(_listed)


def main() -> None:
    """Run the command; errors that a user can cause are one line on standard error and exit code 2."""
    arguments = sys.argv[1:]
    try:
        with heed_sigterm():
            code = app(arguments or ["--help"], prog_name="flatsort", standalone_mode=False)
    except Exception as error:
        line = one_line(error)
        if line is None:
            raise
        print(f"flatsort: {line}", file=sys.stderr)
        sys.exit(2)
    sys.exit(code if arguments else 2)
