"""Cost of one training step: the flat model with probes against the VHP-VAE, and against the paper's way.

The paper differentiates the decoder once a latent dimension (Eq. 10): 128 more decoder passes a step. Prints the times
of one whole step (forward, backward, Adam), and of the flatness term alone, for `mot16` and `compact`, on the CPU and,
where there is one, on a GPU:

    python benchmarks/training_step.py [--architecture compact] [--batch 32] [--points 4] [--repeats 3] [--json]

Probes and passes are taken at the same mixed points, by default an eighth of the batch as in the presets; the paper
takes as many points as samples, which would make its way eight times dearer still.
"""

from __future__ import annotations

import os

# Set it yourself to measure with more: threads that wait spin, and their time is counted.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.embedding.networks.architectures import ARCHITECTURES
from flatsort.embedding.networks.vae import Model, ModelConfig
from flatsort.train_embedding.objective.draws import Draws, draw
from flatsort.train_embedding.objective.objective import Objective, ObjectiveConfig

METHODS = {
    "vhp-vae": ObjectiveConfig(eta=0.0, estimator="probes"),
    "fmvae, 1 probe": ObjectiveConfig(eta=0.02, estimator="probes"),
    "fmvae, paper's 128 passes": ObjectiveConfig(eta=0.02, estimator="finite-difference"),
}


def seconds(run: Callable[[], object], repeats: int, device: torch.device) -> float:
    """Median time of one call after one to warm up; on the CPU its own time, which other programs do not stretch."""
    clock = time.perf_counter if device.type == "cuda" else time.process_time
    times = []
    for _ in range(repeats + 1):
        start = clock()
        run()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(clock() - start)
    return statistics.median(times[1:])


def measure(architecture: str, batch: int, points: int, repeats: int, device: torch.device) -> dict[str, float]:
    """Seconds of one step by each method, and of the gradient of each flatness term alone."""
    torch.manual_seed(0)
    latents = ARCHITECTURES[architecture].latents
    model = Model(ModelConfig(architecture, "person-crops", latents, importance_samples=8)).to(device)
    x = torch.randn(batch, *model.shape, device=device)
    cpu = draw(0, 0, batch=batch, latents=latents, samples=8, points=points, probes=1)
    draws = Draws(*(value.to(device) for value in cpu))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5)
    found: dict[str, float] = {}
    for name, config in METHODS.items():
        objective = Objective(model, config)

        def step(objective: Objective = objective) -> None:
            optimizer.zero_grad(set_to_none=True)
            objective(x, draws, 1.0).loss.backward()
            optimizer.step()

        found[name] = seconds(step, repeats, device)
        if config.eta > 0:
            z = torch.randn(points, latents, device=device)

            def flatness(objective: Objective = objective, z: torch.Tensor = z) -> None:
                optimizer.zero_grad(set_to_none=True)
                objective.penalty(objective.expected_moments(z, draws.directions), z.shape[1]).backward()

            found[f"{name}: flatness alone"] = seconds(flatness, repeats, device)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", choices=["compact", "mot16"], nargs="*", default=["compact", "mot16"])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--points", type=int, default=4, help="mixed points a batch")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", message=".*torch.jit.script. is deprecated", category=FutureWarning)
    devices = [torch.device("cpu")] + [torch.device("cuda")] * torch.cuda.is_available()
    rows = []
    for device in devices:
        for architecture in options.architecture:
            times = measure(architecture, options.batch, options.points, options.repeats, device)
            plain, probe, paper = (times[name] for name in METHODS)
            flat = [times[f"{name}: flatness alone"] for name in list(METHODS)[1:]]
            rows.append(
                {
                    "device": str(device),
                    "architecture": architecture,
                    "batch": options.batch,
                    "points": options.points,
                    "milliseconds": {name: round(1000 * value, 1) for name, value in times.items()},
                    "step: probe / vhp-vae": round(probe / plain, 2),
                    "step: paper / probe": round(paper / probe, 1),
                    "flatness: paper / probe": round(flat[1] / flat[0], 1),
                }
            )
    if options.json:
        print(json.dumps(rows, indent=1))
        return
    table = Table(title="One training step, 128 latents")
    for column in ("device", "architecture", *METHODS, "probe / vhp-vae", "paper / probe", "flatness alone"):
        table.add_column(column, justify="right")
    for row in rows:
        times = row["milliseconds"]
        assert isinstance(times, dict)
        table.add_row(
            str(row["device"]),
            str(row["architecture"]),
            *(f"{times[name]} ms" for name in METHODS),
            f"{row['step: probe / vhp-vae']}×",
            f"{row['step: paper / probe']}×",
            f"{row['flatness: paper / probe']}×",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
