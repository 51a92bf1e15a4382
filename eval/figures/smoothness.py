"""Smoothness of interpolated movements, joint by joint (the paper's Figure 5)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from flatsort.data.errors import InputError
from flatsort.eval.geometry.joint_comparison import PAIRS
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.length_ratios import apart, random_pairs
from flatsort.eval.geometry.smoothness import Roughness, roughness


def smoothness_bars(views: Sequence[LatentView], seed: int) -> Figure:
    """Bars a channel and model: mean size of the second derivative along straight latent lines.

    Whiskers are 95 % intervals of the mean over the pairs.
    """
    for view in views:
        if not view.dataset.channels:
            raise InputError(view.title, None, f"{view.dataset.name} has no joints", "give a checkpoint of motion")
    found: list[Roughness] = []
    for view in views:
        pairs = view.points[apart(view.points, random_pairs(len(view.points), PAIRS, seed))]
        found.append(roughness(view.decode, pairs[:, 0], pairs[:, 1]))
    channels = views[0].dataset.channels
    figure = Figure(figsize=(13, 7.2), layout="constrained")
    panels = figure.subplots(2, 1, sharex=True)
    width = 0.84 / len(views)
    for axes, field, label in (
        (panels[0], "absolute", "mean |d²x/dt²| (radians)"),
        (panels[1], "relative", "the same / path length (no unit)"),
    ):
        for number, (view, values) in enumerate(zip(views, found, strict=True)):
            by_pair = getattr(values, field)
            heights, error = by_pair.mean(axis=0), 1.96 * by_pair.std(axis=0) / np.sqrt(len(by_pair))
            place = np.arange(len(channels)) + (number - (len(views) - 1) / 2) * width
            colour = colormaps["tab10"](number)
            label_of = f"{view.title} (mean {heights.mean():.3g})"
            axes.bar(place, heights, width, yerr=error, color=colour, error_kw={"elinewidth": 0.7}, label=label_of)
        axes.set_ylabel(label)
        axes.legend(loc="upper center")
        axes.margins(x=0.01)
    panels[1].set_xticks(range(len(channels)), channels, rotation=90, fontsize=8)
    figure.suptitle(
        f"Roughness of {PAIRS} straight latent interpolations, time from 0 to 1, by joint angle: shorter is smoother"
    )
    return figure
