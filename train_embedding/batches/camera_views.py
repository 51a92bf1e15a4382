"""Which tracklets one camera saw, told from the crops alone: a camera has one angle, and so one outline of people.

People seen from the side stride, people seen from the front do not, and railings and kerbs lie behind them at the
camera's angle. No label of a camera is read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.tracklet_sources import Tracklets
from flatsort.data.errors import InputError

_CELL = 16  # pixels a side; a crop of 128x64 has 8x4 cells
_BINS = 8  # of an edge's direction, from upright over level to upright again
_COMPONENTS = 32
_FAINT = 1.0  # beside the length of a cell's histogram, so that noise stays small


def outlines(crops: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Histograms of gradients in cells, alike for a crop and its mirror image.

    After Dalal and Triggs, "Histograms of Oriented Gradients for Human Detection" (CVPR 2005), a block being a cell.
    crops: (n, h, w, 3) uint8, the sides multiples of 16. Returns (n, d) float32.
    """
    n, height, width, _ = crops.shape
    grey = crops.astype(np.float32).mean(axis=-1)
    down, right = np.gradient(grey, axis=(1, 2))
    strength = np.sqrt(np.hypot(right, down))  # the root, or a few sharp edges would say it all
    direction = np.arctan2(np.abs(right), down)  # in [0, π], the same for a gradient to the left and to the right
    bins = np.minimum((direction * (_BINS / np.pi)).astype(np.int64), _BINS - 1)
    cells = (n, height // _CELL, _CELL, width // _CELL, _CELL)
    shares = [np.where(bins == number, strength, 0).reshape(cells).mean(axis=(2, 4)) for number in range(_BINS)]
    histogram = np.stack(shares, axis=-1)
    histogram /= np.linalg.norm(histogram, axis=-1, keepdims=True) + _FAINT
    both: NDArray[np.float32] = (histogram + histogram[:, :, ::-1]).reshape(n, -1)
    return both


def group_views(
    features: NDArray[np.float32], tracklets: NDArray[np.int64], views: int = 2, seed: int = 0
) -> NDArray[np.int64]:
    """The view of each tracklet, (t,) int64 from 0 to `views` - 1, the first tracklet's being 0.

    features: (n, d) of crops, as `outlines`. tracklets: (n,) numbered from 0. A mixture of `views` Gaussians of one
    covariance is fitted to the tracklets' mean features on their first principal components. Raises ValueError where
    there are fewer than 2 views, or not twice as many tracklets as views.
    """
    from sklearn.mixture import GaussianMixture

    count = int(tracklets.max(initial=-1)) + 1
    if views < 2 or count < 2 * views:
        raise ValueError(f"views: {views} of {count} tracklets, expected at least 2 and twice as many tracklets")
    sums = np.zeros((count, features.shape[1]))
    np.add.at(sums, tracklets, features)
    mean = sums / np.bincount(tracklets, minlength=count)[:, None]
    standard = (mean - mean.mean(axis=0)) / (mean.std(axis=0) + 1e-6)
    left, sizes, _ = np.linalg.svd(standard, full_matrices=False)
    components = min(_COMPONENTS, count // (2 * views), len(sizes))
    placed = left[:, :components] * sizes[:components]
    # Tied: one camera's view is not to become the narrow middle of the other's.
    mixture = GaussianMixture(views, covariance_type="tied", n_init=3, random_state=seed)
    found = mixture.fit_predict(placed)
    order = list(dict.fromkeys(found.tolist()))
    renamed = np.full(views, views - 1)
    renamed[order] = np.arange(len(order))
    numbered: NDArray[np.int64] = renamed[found].astype(np.int64)
    return numbered


def views_of(data: Tracklets, views: int, seed: int) -> NDArray[np.int64]:
    """The view of each tracklet of a folder, numbered over all folders; -1 for those of sequences.

    Raises InputError where a folder has too few tracklets for its views.
    """
    found = np.full(len(data), -1, np.int64)
    for place in np.unique(data.sources[data.of_folder]).tolist():
        own = np.flatnonzero(data.sources == place)
        rows = np.flatnonzero(np.isin(data.tracklets, own))
        features = np.concatenate([outlines(data.crops[part]) for part in np.array_split(rows, len(rows) // 512 + 1)])
        try:
            grouped = group_views(features, data.tracklets[rows] - own[0], views, seed)
        except ValueError as error:
            raise InputError(data.names[place], None, str(error), "set views, or name a larger folder") from None
        found[own] = grouped + found.max() + 1
    return found
