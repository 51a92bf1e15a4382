"""Train and measure under the paper's own settings, and draw its figures under their numbers.

    python benchmarks/paper_experiments.py train --runs RUNS --only paper     # resumes what was begun
    python benchmarks/paper_experiments.py measure --runs RUNS    # results/to-the-letter/*.json and the tables
    python benchmarks/paper_experiments.py figures --runs RUNS    # docs/results/figures/paper-figure-*.png

`tables` rewrites the tables of docs/results/to-the-letter.md from the JSON files alone.
"""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from flatness_experiments import PAGES, RESULTS, commit, write_json
from flatness_summary import insert_tables
from paper_crops import crop_report
from paper_measures import curves, joints, own_runs, report, smoother_joints
from paper_plan import PLAN
from paper_summary import tables
from paper_tracking import walkers_scores

from flatsort.eval.geometry.latent_view import open_view

FOLDER = RESULTS / "to-the-letter"
PAGE = PAGES / "to-the-letter.md"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Runs = Annotated[Path, typer.Option(help="Folder of the training runs, one folder a run.")]
Only = Annotated[list[str], typer.Option(help="Runs whose name starts so; may be given several times.")]
Until = Annotated[str, typer.Option(help="Stop at this time of day, HH:MM UTC.")]


@app.callback()
def main() -> None:
    """The paper's settings to the letter, beside ours."""


def deadline(until: str) -> Callable[[], bool]:
    """Whether the time of day `HH:MM` (UTC) is reached; never without one."""
    if not until:
        return lambda: False
    hour, minute = map(int, until.split(":"))
    now = datetime.datetime.now(datetime.UTC)
    end = now.replace(hour=hour, minute=minute, second=0)
    return lambda: datetime.datetime.now(datetime.UTC) >= end


@app.command()
def train(runs: Runs, only: Only, until: Until = "") -> None:
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


@app.command()
def measure(runs: Runs, only: Only) -> None:
    """Measure every finished run, `--only ours`, `joints`, `curves`, `walkers` or `crops`; rewrite the tables."""
    for item in PLAN:
        for run, _ in item.runs():
            if run.startswith(tuple(only)) and (runs / run / "run.json").is_file():
                view = open_view(str(runs / run / "model.safetensors"))
                history = json.loads((runs / run / "history.json").read_text())["history"]
                made = json.loads((runs / run / "run.json").read_text())
                write(run, {"made": made, "group": item.group, **report(view, history)})
    for model in own_runs():
        if "ours".startswith(tuple(only)):
            write(f"ours-{model.replace('/', '-')}", {"group": "ours", **report(open_view(model), None)})
    if "curves".startswith(tuple(only)):
        folders = [runs / run for item in PLAN for run, _ in item.runs() if (runs / run / "run.json").is_file()]
        read = {folder.name: json.loads((folder / "history.json").read_text())["history"] for folder in folders}
        write("curves", {"group": "curves", "runs": {run: curves(history) for run, history in read.items()}})
    if "joints".startswith(tuple(only)):
        write("joints", {"group": "joints", "seeds": smoother_joints(RESULTS / "geometry"), **joints(runs)})
    if "walkers".startswith(tuple(only)):
        write("walkers", {"group": "walkers", "trackers": walkers_scores()})
    if "crops".startswith(tuple(only)):
        write("crops", {"group": "crops", "evenness": crop_report(runs)})
    rewrite_tables()


def write(name: str, content: dict[str, Any]) -> None:
    """One file of results/to-the-letter, with the commit that measured it."""
    write_json(FOLDER / f"{name}.json", {**content, "measured_at": commit()})
    print(name, flush=True)


@app.command("tables")
def rewrite_tables() -> None:
    """Rewrite the tables of docs/results/to-the-letter.md from results/to-the-letter/*.json."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
    insert_tables(PAGE, tables(found))


@app.command()
def figures(runs: Runs, only: Annotated[str, typer.Option(help="A figure's number; all without one.")] = "") -> None:
    """Draw the figures of the paper under their numbers, its settings beside ours."""
    from paper_figures import draw_numbered

    for path in draw_numbered(runs, PAGES / "figures", only):
        print(path)


if __name__ == "__main__":
    app()
