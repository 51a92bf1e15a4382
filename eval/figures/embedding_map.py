"""A map of embeddings: the crops of a sequence's people as points of a plane, a colour for each person.

No plane shows distances of many dimensions. So each descriptor is drawn twice: by principal components, where no pair
is farther apart than in the embedding, with the share of the variance that is left; and by t-SNE (van der Maaten and
Hinton 2008), where neighbours stay together as far as a plane allows, and distances between groups and their sizes mean
nothing.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_limits

from flatsort.data import InputError
from flatsort.embedding.descriptor import Distance
from flatsort.eval.figures.files import save_figure
from flatsort.eval.retrieval.truth_crops import DescribedPeople
from flatsort.tracker.drawing.draw import colour_of

MOST_POINTS = 1500  # more cover each other, and t-SNE takes minutes
FEWEST_POINTS = 10
PERPLEXITY = 30.0  # scikit-learn's and the paper's choice; a third of the points where they are few
MOST_NAMES = 15
SIDE = 3.4  # inches of a panel
INK = "#181412"
NOTE = (
    "PCA: no pair is farther apart than in the embedding.\n"
    "t-SNE: neighbours stay together as far as a plane allows; distances between groups and their sizes mean nothing."
)


def project_pca(vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """The two leading principal components, (n, 2), and the share of the variance along them; vectors (n, d)."""
    fitted = PCA(2, svd_solver="full").fit(vectors)
    return np.asarray(fitted.transform(vectors), np.float64), float(fitted.explained_variance_ratio_.sum())


def project_tsne(vectors: NDArray[np.float64], seed: int = 0) -> tuple[NDArray[np.float64], float]:
    """t-SNE, (n, 2), and its perplexity; vectors (n, d), n at least 10. One thread, so that it repeats bit for bit."""
    perplexity = min(PERPLEXITY, len(vectors) / 3)
    with threadpool_limits(1):
        tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=seed, method="barnes_hut", n_jobs=1)
        return np.asarray(tsne.fit_transform(vectors), np.float64), perplexity


def embedding_map(described: DescribedPeople, seed: int = 0) -> Figure:
    """One column of panels a descriptor: principal components above, t-SNE below.

    At most 1,500 crops, evenly spread over the sequence. Vectors that are compared by angle are drawn at unit length.
    Raises InputError where there are fewer than 10 crops, or a descriptor gives all of them the same vector.
    """
    count = len(described.people)
    if count < FEWEST_POINTS:
        problem = f"{count} crops, and a map needs {FEWEST_POINTS}"
        raise InputError(described.name, None, problem, "lower --every or --min-visibility")
    rows = np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64)
    identities = described.people.ids[rows]
    columns = len(described.vectors)
    figure = Figure(figsize=(SIDE * columns, 2 * SIDE + 0.9), layout="constrained")
    panels = figure.subplots(2, columns, squeeze=False)
    for column, (label, vectors) in enumerate(described.vectors.items()):
        shown = _comparable(vectors[rows], described.descriptors[label].distance)
        if not np.ptp(shown, axis=0).any():
            raise InputError(f"descriptor {label}", None, "gives all crops the same vector", "leave it out of the map")
        points, share = project_pca(shown)
        _draw(panels[0, column], points, identities, f"{label}: PCA, {share:.0%} of the variance")
        points, perplexity = project_tsne(shown, seed)
        _draw(panels[1, column], points, identities, f"{label}: t-SNE, perplexity {perplexity:.0f}")
    people = len(np.unique(identities))
    figure.suptitle(f"{described.name}: {len(rows):,} ground-truth crops of {people} people, a colour for each")
    figure.supxlabel(NOTE, fontsize=7 if columns == 1 else 8)
    return figure


def save_embedding_map(described: DescribedPeople, folder: str | PathLike[str], seed: int = 0) -> list[Path]:
    """Write `embedding-map-NAME.png` and `.svg` into a folder. Returns their paths. Raises InputError."""
    return save_figure(embedding_map(described, seed), folder, f"embedding-map-{described.name}")


def _comparable(vectors: NDArray[np.float32], distance: Distance) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return wide / np.linalg.norm(wide, axis=1, keepdims=True) if distance == "cosine" else wide


def _draw(axes: Any, points: NDArray[np.float64], identities: NDArray[np.int64], title: str) -> None:
    """Points in the colours of `flatsort render`; the people seen most often by their number in the ground truth."""
    order = np.random.default_rng(0).permutation(len(points))  # else whoever comes last covers the others
    colours = np.array([_colour(identity) for identity in identities.tolist()])
    axes.scatter(*points[order].T, s=12, c=colours[order], edgecolors=INK, linewidths=0.25, rasterized=True)
    names, counts = np.unique(identities, return_counts=True)
    for name in names[np.argsort(-counts, kind="stable")][:MOST_NAMES].tolist():
        own = points[identities == name]
        # A middle that is a point of the person's: the mean of two groups would lie on somebody else.
        middle = own[np.argmin(np.abs(own - np.median(own, axis=0)).sum(axis=1))]
        plate = {"boxstyle": "round,pad=0.1", "facecolor": _colour(name), "edgecolor": INK, "linewidth": 0.5}
        axes.annotate(str(name), middle, ha="center", va="center", fontsize=6, color=INK, bbox=plate)
    axes.set_title(title, fontsize=9)
    axes.set_aspect("equal", adjustable="datalim")
    axes.set_xticks([])
    axes.set_yticks([])


def _colour(identity: int) -> tuple[float, ...]:
    return tuple(channel / 255 for channel in reversed(colour_of(identity)))
