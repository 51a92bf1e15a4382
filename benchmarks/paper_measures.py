"""What is measured of a run under the paper's settings: flatness, Table 1 with both graphs, error, jumps, joints."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np

from flatsort.eval.geometry.joint_comparison import PAIRS as MANY_PAIRS
from flatsort.eval.geometry.joint_comparison import compare_joints
from flatsort.eval.geometry.latent_view import LatentView, open_view
from flatsort.eval.geometry.length_ratios import PAIRS, apart, length_ratios, pair_geodesics, random_pairs
from flatsort.eval.geometry.report import flatness, mixed
from flatsort.eval.geometry.smoothness import interpolate, jumps

GRAPHS = {"paper": (14_400, 12), "ours": (3600, 32)}
"""Nodes and neighbours a node."""
WINDOW = 500
"""Steps over which the training error is averaged, to say how fast it still falls."""
METHODS = ("vhp-vae", "fmvae")


def own_runs() -> list[str]:
    """Our packaged models of the paper's data sets."""
    return [f"{dataset}/{method}" for dataset in ("pendulum", "motion", "mnist") for method in METHODS]


def report(view: LatentView, history: dict[str, list[Any]] | None, seed: int = 0) -> dict[str, Any]:
    """Plain numbers of one model; `history` of its training, None where it is packaged."""
    pairs = apart(view.points, random_pairs(len(view.points), PAIRS, seed))
    many = apart(view.points, random_pairs(len(view.points), MANY_PAIRS, seed))
    lines = interpolate(view.decode, view.points[many[:, 0]], view.points[many[:, 1]])
    return {
        "data": flatness(view.decode, view.points),
        "mixed": flatness(view.decode, mixed(view, seed)),
        "error": float(np.concatenate(list(view.errors.values())).mean()),
        "graphs": {name: graph_ratios(view, pairs, seed, *graph) for name, graph in GRAPHS.items()},
        "lines_with_a_jump": float(jumps(lines).any(axis=1).mean()),
        **({} if history is None else {"training": training(history)}),
    }


def graph_ratios(view: LatentView, pairs: Any, seed: int, nodes: int, neighbours: int) -> dict[str, float]:
    """Table 1's mean ratios over a graph, and its floor."""
    paths, floor = pair_geodesics(view.decode, view.points, pairs, seed, nodes, neighbours)
    ratios = length_ratios(view.decode, paths)
    return {
        "observation": float(ratios.observation.mean()),
        "latent": float(ratios.latent.mean()),
        "floor": float(floor.mean()),
    }


def training(history: dict[str, list[Any]]) -> dict[str, float]:
    """How far a run got: steps, λ, initial phase, error of the last `WINDOW` steps and of those before."""
    step, error = np.array(history["step"]), np.array(history["error"], float)
    last, before = (step > step[-1] - WINDOW), (step > step[-1] - 2 * WINDOW) & (step <= step[-1] - WINDOW)
    main = [number for number, phase in zip(history["step"], history["phase"], strict=True) if phase == "main"]
    return {
        "steps": float(step[-1]),
        "lambda": float(history["lambda"][-1]),
        "kl": float(history["kl"][-1]),
        "error_last": float(error[last].mean()),
        "error_before": float(error[before].mean()),
        "initial_phase": float(main[0]) if main else float(step[-1]),
        "initial_phase_ended": bool(main),
    }


def curves(history: dict[str, list[Any]]) -> dict[str, dict[str, float]]:
    """A training history at some steps: counted from the start, and as `+n` from the end of the initial phase.

    Errors, N·RDM − 1 and c² (where the model has it) are means over the ten logged steps up to there.
    """
    steps = np.array(history["step"])
    main = [number for number, phase in zip(history["step"], history["phase"], strict=True) if phase == "main"]
    wanted = {str(step): step for step in (1000, 2000, 4000, 8000, 12000, 16000, 20000)}
    wanted |= {f"+{after}": main[0] + after for after in (0, 500, 1000, 8000)} if main else {}
    rows = {}
    for name, step in wanted.items():
        if step <= steps[-1]:
            last = np.flatnonzero(steps <= step)[-10:]
            rows[name] = {
                "error": float(np.mean([history["error"][row] for row in last])),
                "n_rdm_minus_1": float(np.nanmean([history["n_rdm_minus_1"][row] or np.nan for row in last])),
                **{key: float(history[key][last[-1]] or np.nan) for key in ("lambda", "kl")},
            }
            known = [history["c2"][row] for row in last if history["c2"][row] is not None]
            if known:
                rows[name]["c2"] = float(np.mean(known))
    return rows


def smoother_joints(geometry: Path) -> list[dict[str, Any]]:
    """In how many joints each seed of ours is smoother than each without flatness, by the 100 pairs of `geometry`."""
    found = {}
    for method in METHODS:
        for seed in (0, 1, 2):
            content = json.loads((geometry / f"motion-{method}-s{seed}.json").read_text())
            found[method, seed] = content["report"]["smoothness"]
    rows = []
    for flat, curved in itertools.product((0, 1, 2), repeat=2):
        row: dict[str, Any] = {"fmvae": flat, "vhp-vae": curved}
        for kind in ("absolute", "relative"):
            pair = [
                found[method, seed][f"{kind}_by_channel"] for method, seed in (("fmvae", flat), ("vhp-vae", curved))
            ]
            row[kind] = sum(a < b for a, b in zip(*pair, strict=True))
        rows.append(row)
    return rows


def joints(runs: Path) -> dict[str, Any]:
    """Figure 5 over 1,000 pairs with intervals: both methods of every seed that is there, ours and the paper's."""
    pairs = {"packaged": ("motion/fmvae", "motion/vhp-vae")}
    for name in ("motion", "paper-motion"):
        for seed in (0, 1, 2):
            files = [runs / f"{name}-{method}-s{seed}" / "model.safetensors" for method in ("fmvae", "vhp-vae")]
            if all((file.parent / "run.json").is_file() for file in files):
                pairs[f"{name}-s{seed}"] = (str(files[0]), str(files[1]))
    found = {}
    for name, (flat, curved) in pairs.items():
        views = open_view(flat), open_view(curved)
        for kind in ("absolute", "relative"):
            compared = compare_joints(*views, relative=kind == "relative")
            found[f"{name}-{kind}"] = {
                **compared.verdicts,
                "median_ratio": float(np.median(compared.ratio)),
                "rough": {
                    views[0].dataset.channels[joint]: [
                        float(row[joint]) for row in (compared.ratio, compared.low, compared.high)
                    ]
                    for joint in np.flatnonzero(compared.high >= 1)
                },
            }
    return {"pairs": MANY_PAIRS, "compared": found}
