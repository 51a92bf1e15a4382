"""The table of one model's geometry: flatness on data and on mixed points, the error beside, Table 1, Figure 5."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.geodesic_refinement import refine
from flatsort.eval.geometry.geodesics import NEIGHBOURS, Geodesic
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.length_ratios import NODES, PAIRS, apart, length_ratios, pair_geodesics, random_pairs
from flatsort.eval.geometry.measures import (
    Array,
    condition_number,
    magnification_factor,
    metric_tensor,
    mixed_points,
    n_rdm_minus_1,
)
from flatsort.eval.geometry.smoothness import smoothness

Report = dict[str, Any]
MIXED = 2000
"""Mixed points: where there are fewer rows they are mixed several times over."""


def spread(values: Array) -> dict[str, float]:
    """Median and quartiles.

    >>> spread(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    {'median': 3.0, 'q25': 2.0, 'q75': 4.0}
    """
    q25, median, q75 = np.percentile(values, [25, 50, 75])
    return {"median": float(median), "q25": float(q25), "q75": float(q75)}


def flatness(decode: Decode, points: Array) -> Report:
    """Condition number, normalised magnification factor and N · RDM − 1 over latent points (n, k)."""
    G = metric_tensor(decode, torch.from_numpy(points).float())
    numbers = condition_number(G)
    condition = spread(numbers)
    return {
        "condition_number": condition["median"],
        "condition_number_quartiles": [condition["q25"], condition["q75"]],
        "condition_number_95": float(np.percentile(numbers, 95)),
        "magnification_factor": spread(magnification_factor(G)),
        "n_rdm_minus_1": n_rdm_minus_1(G),
        "points": len(points),
    }


def mixed(view: LatentView, seed: int) -> Array:
    """`MIXED` mixed points (Eq. 11) of a view's latents."""
    repeated = np.resize(view.points, (MIXED, view.latents))
    return mixed_points(torch.from_numpy(repeated), seed).numpy()


def geometry_report(view: LatentView, seed: int = 0, *, refined: bool = False) -> Report:
    """Everything about one model as plain numbers, ready for JSON.

    Keys `data` and `mixed`: see `flatness`, with the held-out `reconstruction_error` in each, so that a row is
    complete. `length_ratios`: Table 1, with the graph's floor. `smoothness`: Figure 5. Pairs and mixed points
    depend on the seed and the number of held-out rows alone, so that two models are compared on the same pairs.
    With `refined`, geodesics are also refined as splines and their ratios added.
    """
    errors = np.concatenate(list(view.errors.values()))
    error = float(errors.mean())
    pairs = apart(view.points, random_pairs(len(view.points), PAIRS, seed))
    paths, floor = pair_geodesics(view.decode, view.points, pairs, seed)
    smooth = smoothness(view.decode, view.points[pairs[:, 0]], view.points[pairs[:, 1]])
    report: Report = {
        "checkpoint": view.title,
        "dataset": view.dataset.name,
        "latents": view.latents,
        "seed": seed,
        "data": {**flatness(view.decode, view.points), "reconstruction_error": error},
        "mixed": {**flatness(view.decode, mixed(view, seed)), "reconstruction_error": error},
        "reconstruction_error": error,
        "reconstruction_error_by_split": {split: float(values.mean()) for split, values in view.errors.items()},
        "reconstruction_error_of_mean": float(view.error_of_mean.mean()),
        "reconstruction_unit": f"squared error a channel, test and validation rows; channels in {view.dataset.unit}",
        "length_ratios": {
            **_ratios(view, paths),
            "floor": _mean_and_deviation(floor),
            "pairs": len(pairs),
            "nodes": NODES,
            "neighbours": NEIGHBOURS,
        },
        "smoothness": {
            "absolute": float(smooth.absolute.mean()),
            "relative": float(smooth.relative.mean()),
            "absolute_by_channel": smooth.absolute.tolist() if view.dataset.channels else [],
            "relative_by_channel": smooth.relative.tolist() if view.dataset.channels else [],
            "channels": list(view.dataset.channels),
        },
    }
    if refined:
        report["length_ratios"]["refined"] = _ratios(view, refine(view.decode, paths))
    return report


def _ratios(view: LatentView, paths: Sequence[Geodesic]) -> Report:
    ratios = length_ratios(view.decode, paths)
    return {key: _mean_and_deviation(getattr(ratios, key)) for key in ("observation", "latent")}


def _mean_and_deviation(values: Array) -> dict[str, float]:
    return {"mean": float(values.mean()), "deviation": float(values.std())}
