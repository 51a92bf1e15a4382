"""Train and measure under the paper's own settings, and draw its figures under their numbers.

python benchmarks/paper_experiments.py train --runs RUNS      # resumes what was begun, skips what is done
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from flatness_experiments import commit, write_json
from paper_plan import PLAN

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Runs = Annotated[Path, typer.Option(help="Folder of the training runs, one folder a run.")]
Only = Annotated[list[str], typer.Option(help="Runs whose name starts so; may be given several times.")]


def deadline(until: str) -> Callable[[], bool]:
    """Whether the time of day `HH:MM` (UTC) is reached; never without one."""
    if not until:
        return lambda: False
    hour, minute = map(int, until.split(":"))
    now = datetime.datetime.now(datetime.UTC)
    end = now.replace(hour=hour, minute=minute, second=0)
    return lambda: datetime.datetime.now(datetime.UTC) >= end


@app.callback()
def main() -> None:
    """The paper's settings to the letter, beside ours."""


@app.command()
def train(
    runs: Runs, only: Only, until: Annotated[str, typer.Option(help="Stop at this time, HH:MM UTC.")] = ""
) -> None:
    """Train the runs of the plan in its order; a run that was begun goes on where it stopped."""
    from flatsort.train_embedding.loop.autoencoder import train as run_training
    from flatsort.train_embedding.loop.state import STATE_FILE
    from flatsort.train_embedding.presets.settings import load_settings

    over = deadline(until)
    for item in PLAN:
        for run, seed in item.runs():
            folder = runs / run
            if not run.startswith(tuple(only)) or (folder / "run.json").is_file() or over():
                continue
            result = run_training(
                load_settings(item.preset, item.changes),
                folder,
                seed=seed,
                preset=item.preset,
                resume=(folder / STATE_FILE).is_file(),
                quiet=True,
                stop=over,
            )
            print(f"{time.strftime('%H:%M')} {run}: {result.step} steps, {result.held_out}", flush=True)
            if not result.interrupted:
                write_json(folder / "run.json", {"command": item.command(seed), "seed": seed, "commit": commit()})


if __name__ == "__main__":
    app()
