"""The map of embeddings: what its projections keep, what the titles say of them, and the same bytes twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import pdist
from sklearn.manifold import trustworthiness

from flatsort.data import BoxTable, InputError
from flatsort.embedding.descriptors.hsv import ColourHistogram
from flatsort.eval.figures import embedding_map as embedding_map_file
from flatsort.eval.figures.embedding_map import embedding_map, project_pca, project_tsne, save_embedding_map
from flatsort.eval.retrieval.truth_crops import DescribedPeople


def cloud(n: int = 60, people: int = 3, seed: int = 0) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """People in groups of their own, in 6 dimensions."""
    random = np.random.default_rng(seed)
    identities = np.sort(random.integers(1, people + 1, n))
    vectors = 4 * random.normal(size=(people + 1, 6))[identities] + random.normal(size=(n, 6))
    return identities, vectors.astype(np.float32)


def described(identities: NDArray[np.int64], **vectors: NDArray[np.float32]) -> DescribedPeople:
    n = len(identities)
    people = BoxTable(np.arange(1, n + 1), identities, np.zeros((n, 4)), np.ones(n), np.full(n, -1), np.ones(n))
    return DescribedPeople("scene", people, {label: ColourHistogram() for label in vectors}, vectors)


def test_principal_components_never_part_a_pair() -> None:
    vectors = cloud()[1].astype(np.float64)
    points, share = project_pca(vectors)
    shrink = pdist(points) / pdist(vectors)
    assert shrink.max() <= 1 + 1e-9
    variances = np.linalg.eigvalsh(np.cov(vectors.T))[::-1]
    assert share == pytest.approx(variances[:2].sum() / variances.sum())
    assert (pdist(points) ** 2).sum() / (pdist(vectors) ** 2).sum() == pytest.approx(share)


def test_neighbours_stay_neighbours() -> None:
    vectors = cloud()[1].astype(np.float64)
    points, perplexity = project_tsne(vectors)
    assert perplexity == 20  # a third of the points
    assert trustworthiness(vectors, points, n_neighbors=5) > 0.9
    np.testing.assert_array_equal(points, project_tsne(vectors)[0])


def test_one_column_a_descriptor_and_one_colour_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    identities, vectors = cloud()
    monkeypatch.setattr(embedding_map_file, "MOST_POINTS", 40)
    figure = embedding_map(described(identities, mine=vectors, hsv=vectors[:, :3]))
    titles = [axes.get_title() for axes in figure.axes]
    assert [title.split(",")[0] for title in titles] == ["mine: PCA", "hsv: PCA", "mine: t-SNE", "hsv: t-SNE"]
    assert figure.get_suptitle().startswith("scene: 40 ground-truth crops of 3 people")
    for axes in figure.axes:
        (points,) = axes.collections
        assert len(points.get_offsets()) == 40
        assert len(np.unique(points.get_facecolors(), axis=0)) == 3
        assert sorted(text.get_text() for text in axes.texts) == ["1", "2", "3"]


def test_angles_are_drawn_at_unit_length() -> None:
    identities, vectors = cloud()
    scene = described(identities, mine=vectors)
    scene.descriptors["mine"].distance = "cosine"
    stretched = described(identities, mine=vectors * np.random.default_rng(1).uniform(1, 9, (60, 1)).astype(np.float32))
    stretched.descriptors["mine"].distance = "cosine"
    one, other = (embedding_map(each).axes[0].collections[0].get_offsets() for each in (scene, stretched))
    np.testing.assert_allclose(np.abs(one), np.abs(other), atol=1e-5)


def test_the_same_map_twice_is_the_same_bytes(tmp_path: Path) -> None:
    identities, vectors = cloud(30)
    written = [save_embedding_map(described(identities, mine=vectors), tmp_path / name) for name in ("a", "b")]
    assert [path.name for path in written[0]] == ["embedding-map-scene.png", "embedding-map-scene.svg"]
    assert [path.read_bytes() for path in written[0]] == [path.read_bytes() for path in written[1]]


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        (np.zeros((9, 3), np.float32), "scene: 9 crops, and a map needs 10; lower --every"),
        (np.ones((20, 3), np.float32), "descriptor mine: gives all crops the same vector"),
    ],
)
def test_nothing_to_draw(vectors: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        embedding_map(described(np.arange(len(vectors)), mine=vectors))
