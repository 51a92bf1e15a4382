"""Figure 5, joint by joint: is a joint smoother in one model than in another, or is that noise of the pairs?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.length_ratios import apart, random_pairs
from flatsort.eval.geometry.measures import Array
from flatsort.eval.geometry.smoothness import roughness

PAIRS = 1000
"""Ten times the paper's: enough to tell a joint's difference of some percent from noise."""
RESAMPLES = 1000


@dataclass(frozen=True)
class JointComparison:
    """Roughness of one model over another's, joint by joint, each (d,).

    ratio: of the means over the pairs; below 1 the first model is smoother.
    low, high: its 95 % interval over resampled pairs.
    """

    ratio: Array
    low: Array
    high: Array

    @property
    def verdicts(self) -> dict[str, int]:
        """How many joints are smoother, rougher, and not told apart: the interval holds 1."""
        smoother, rougher = int((self.high < 1).sum()), int((self.low > 1).sum())
        return {"smoother": smoother, "rougher": rougher, "undecided": len(self.ratio) - smoother - rougher}


def compare_joints(
    first: LatentView, second: LatentView, seed: int = 0, *, relative: bool = False, pairs: int = PAIRS
) -> JointComparison:
    """Compare two models of one data set on the same pairs of rows, resampled together (bootstrap).

    relative: roughness divided by the path's length.
    Raises ValueError where the views show different rows.
    """
    if first.points.shape != second.points.shape:
        raise ValueError(f"second: {len(second.points)} rows; expected those of the first, {len(first.points)}")
    chosen = random_pairs(len(first.points), pairs, seed)
    chosen = apart(second.points, apart(first.points, chosen))
    found = []
    for view in (first, second):
        by_pair = roughness(view.decode, view.points[chosen[:, 0]], view.points[chosen[:, 1]])
        found.append(by_pair.relative if relative else by_pair.absolute)
    weights = np.random.default_rng(seed).multinomial(len(chosen), np.full(len(chosen), 1 / len(chosen)), RESAMPLES)
    resampled = (weights @ found[0]) / (weights @ found[1])
    low, high = np.percentile(resampled, [2.5, 97.5], axis=0)
    return JointComparison(found[0].mean(axis=0) / found[1].mean(axis=0), low, high)
