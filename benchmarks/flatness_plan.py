"""The training runs behind results/: which preset, which seeds, what is changed, and what the run is for."""

from __future__ import annotations

from dataclasses import dataclass

SEEDS = (0, 1, 2)
SHORT = "steps=1000"
"""Variants of the objective are compared on the pendulum at fewer steps than the main runs, all at the same."""


@dataclass(frozen=True)
class Experiment:
    """One preset with changes, trained once a seed; `group` is its table in docs/results/paper.md."""

    name: str
    preset: str
    group: str
    changes: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)

    def runs(self) -> list[tuple[str, int]]:
        """Folder name and seed of every run."""
        return [(f"{self.name}-s{seed}", seed) for seed in self.seeds]

    def command(self, seed: int) -> str:
        """The command that trains one run."""
        changes = "".join(f" --set {change}" for change in self.changes)
        return f"flatsort train {self.preset} --seed {seed}{changes} --output RUNS/{self.name}-s{seed}"


PLAN = [
    *[
        Experiment(f"{dataset}-{method}", f"{dataset}/{method}", "flatness", seeds=SEEDS)
        for dataset in ("pendulum", "motion", "mnist")
        for method in ("vhp-vae", "fmvae")
    ],
    *[
        Experiment(f"pendulum-{method}", f"pendulum/{method}", "ablations", ("steps=1500",))
        for method in ("fmvae-no-mixup", "fmvae-no-identity")
    ],
    *[
        Experiment(f"pareto-scale-free-{eta}", "pendulum/fmvae", "pareto", (SHORT, f"eta={eta}"), SEEDS)
        for eta in ("0.0003", "0.003", "0.03")
    ],
    *[
        Experiment(f"pareto-paper-{eta}", "pendulum/fmvae-paper-form", "pareto", (SHORT, f"eta={eta}"), SEEDS)
        for eta in ("0.0001", "0.001", "0.01")
    ],
    *[
        Experiment(f"pendulum-fmvae-{activation}", "pendulum/fmvae", "variants", (SHORT, f"activation={activation}"))
        for activation in ("relu", "softplus")
    ],
    Experiment("motion-fmvae-eta0.002", "motion/fmvae", "motion-eta", ("eta=0.002",), SEEDS),
    Experiment("pendulum-fmvae-inside-beta", "pendulum/fmvae", "variants", (SHORT, "inside_beta=true")),
]
