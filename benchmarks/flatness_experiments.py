"""Rebuild results/: train what is missing, measure every run, draw the figures, package the checkpoints.

    python benchmarks/flatness_experiments.py train --runs RUNS      # hours on two cores; skips finished runs
    python benchmarks/flatness_experiments.py measure --runs RUNS    # results/geometry/*.json and the tables
    python benchmarks/flatness_experiments.py figures --runs RUNS    # docs/results/figures
    python benchmarks/flatness_experiments.py package --runs RUNS    # embedding/weights

Every JSON file names the command, seed and commit that made it. `tables` rewrites the tables of docs/results/paper.md
from the JSON files alone.
"""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from flatness_plan import PLAN, Experiment
from flatness_summary import claims, insert_tables, tables
from matplotlib import rc_context
from pareto_figure import pareto_figure

from flatsort.data.files.atomic import atomic_path
from flatsort.eval.figures.drawing import draw_figure, draw_training
from flatsort.eval.figures.files import STYLE, save_figure
from flatsort.eval.geometry.latent_view import open_view
from flatsort.eval.geometry.report import geometry_report

RESULTS = Path(__file__).resolve().parents[1] / "results"
PAGES = RESULTS.parent / "docs" / "results"
FIGURES = {
    "pendulum": ("contours", "boxes", "vector-field", "geodesics", "interpolations"),
    "motion": ("contours", "boxes", "smoothness", "geodesics", "interpolations"),
    "mnist": ("contours", "boxes", "geodesics", "interpolations"),
}
METHODS = ("vhp-vae", "fmvae")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Runs = Annotated[Path, typer.Option(help="Folder of the training runs, one folder a run.")]
Only = Annotated[str, typer.Option(help="Runs whose name starts so.")]


def commit() -> str:
    """The commit of the working tree."""
    folder = Path(__file__).parent
    return subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def rounded(value: Any) -> Any:
    """Floats of a nested structure to five significant digits: what is committed stays small and readable."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def write_json(path: Path, content: Any) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(rounded(content), indent=1, ensure_ascii=False) + "\n")


def planned(only: str) -> list[tuple[Experiment, str, int]]:
    return [(item, run, seed) for item in PLAN for run, seed in item.runs() if run.startswith(only)]


@app.command()
def train(runs: Runs, only: Only = "") -> None:
    """Train every run of the plan that has no model yet."""
    from flatsort.train_embedding.loop.autoencoder import train as run_training
    from flatsort.train_embedding.presets.settings import load_settings

    for item, run, seed in planned(only):
        folder = runs / run
        if (folder / "run.json").is_file():
            continue
        started = time.monotonic()
        run_training(load_settings(item.preset, item.changes), folder, seed=seed, preset=item.preset)
        made = {"command": item.command(seed), "seed": seed, "commit": commit()}
        write_json(folder / "run.json", {**made, "seconds": time.monotonic() - started})


@app.command()
def measure(runs: Runs, only: Only = "") -> None:
    """Measure every finished run and rewrite the tables."""
    for item, run, _ in planned(only):
        if not (runs / run / "run.json").is_file():
            print(f"{run}: not trained yet")
            continue
        view = open_view(str(runs / run / "model.safetensors"))
        content = {
            "made": json.loads((runs / run / "run.json").read_text()),
            "measured": {"command": f"flatsort geometry RUNS/{run}/model.safetensors --refine --json", "seed": 0},
            "group": item.group,
            "report": geometry_report(view, 0, refined=True),
        }
        content["measured"]["commit"] = commit()
        write_json(RESULTS / "geometry" / f"{run}.json", content)
        print(f"{run}: condition number on mixed points {content['report']['mixed']['condition_number']:.3f}")
    rewrite_tables()


@app.command("tables")
def rewrite_tables() -> None:
    """Rewrite results/flatness.json and the tables of docs/results/paper.md from results/geometry/*.json."""
    found = {path.stem: json.loads(path.read_text()) for path in sorted((RESULTS / "geometry").glob("*.json"))}
    write_json(RESULTS / "flatness.json", {"claims": claims(found)})
    insert_tables(PAGES / "paper.md", tables(found))


def best_run(dataset: str, method: str) -> str:
    """The seed with the lowest held-out error: a choice that does not look at flatness."""
    paths = (RESULTS / "geometry").glob(f"{dataset}-{method}-s?.json")
    found = {path.stem: json.loads(path.read_text()) for path in paths}
    return min(sorted(found), key=lambda run: float(found[run]["report"]["reconstruction_error"]))


@app.command()
def figures(runs: Runs, only: Only = "") -> None:
    """Draw the figures of both methods side by side, from each one's best seed, and the Pareto curve."""
    folder = PAGES / "figures"
    for dataset, names in FIGURES.items():
        if not dataset.startswith(only):
            continue
        chosen = [best_run(dataset, method) for method in METHODS]
        views = [open_view(str(runs / run / "model.safetensors")) for run in chosen]
        for name in names:
            draw_figure(name, views, folder, seed=0)
        paths = draw_training([runs / run / "history.json" for run in chosen], folder)
        for path in paths:
            path.replace(path.with_stem(f"{dataset}-training"))
    if "pareto".startswith(only):
        found = {path.stem: json.loads(path.read_text()) for path in (RESULTS / "geometry").glob("*.json")}
        with rc_context(STYLE):
            save_figure(pareto_figure(found), folder, "pareto")


@app.command()
def package(runs: Runs, only: Only = "") -> None:
    """Store each method's best seed in 16 bits under embedding/weights, with its card, measured as stored."""
    from packaged_weights import write_packaged

    for dataset in FIGURES:
        for method in METHODS:
            if f"{dataset}-{method}".startswith(only):
                run = best_run(dataset, method)
                print(write_packaged(runs / run, dataset, method))


if __name__ == "__main__":
    app()
