"""Principal components: against the definition, stored and read again, and files that are refused."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data import BoxTable, InputError, Sequence
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.sequences.picture import Picture
from flatsort.embedding import describe, load_descriptor
from flatsort.embedding.crop_sample import sample_crops
from flatsort.embedding.descriptors.pca import PcaDescriptor, fit_pca


class Pictures:
    """Noise."""

    def __init__(self, count: int) -> None:
        self.count = count

    def pictures(self, every: int = 1) -> Generator[Picture, None, None]:
        random = np.random.default_rng(3)
        for index in range(1, self.count + 1):
            yield Picture(random.integers(0, 256, (60, 80, 3), dtype=np.uint8).repeat(2, axis=0), index)


def noise(frames: int = 10, boxes: int = 5, images: bool = True, source: str = "noise") -> Sequence:
    """Frames of noise with a few boxes each."""
    n = frames * boxes
    corner = np.random.default_rng(4).uniform(0, 40, (n, 2))
    minus = np.full(n, -1)
    table = BoxTable(
        np.repeat(np.arange(1, frames + 1), boxes),
        minus,
        np.concatenate([corner, corner + np.array([20, 50])], axis=1),
        np.ones(n),
        minus,
        np.ones(n),
    )
    return Sequence("noise", source, table, Pictures(frames) if images else None, length=frames)


def test_is_the_projection_on_the_leading_eigenvectors() -> None:
    random = np.random.default_rng(0)
    patterns = np.linalg.qr(random.normal(size=(72, 3)))[0] * (300, 150, 75)
    crops = (128 + random.normal(size=(60, 3)) @ patterns.T).clip(0, 255).astype(np.uint8).reshape(60, 6, 4, 3)
    descriptor = fit_pca(crops, components=3)
    pixels = crops[..., ::-1].reshape(60, -1) / 255.0
    centred = pixels - pixels.mean(axis=0)
    variances, vectors = np.linalg.eigh(centred.T @ centred)
    image = random.integers(0, 256, (6, 4, 3), dtype=np.uint8)
    ours = descriptor(image, np.array([[0.0, 0.0, 4.0, 6.0]]))[0]
    expected = (image[..., ::-1].ravel() / 255 - pixels.mean(axis=0)) @ vectors[:, ::-1][:, :3]
    assert variances[-3] > 2 * variances[-4]
    np.testing.assert_allclose(np.abs(ours), np.abs(expected), atol=1e-3)


def test_fitted_on_the_sequence_saved_and_read(tmp_path: Path) -> None:
    descriptor = load_descriptor("pca,components=8", sequence=noise())
    assert isinstance(descriptor, PcaDescriptor)
    assert descriptor.dimension == 8
    frame = next(iter(noise()))
    vectors = describe(descriptor, frame)
    assert vectors.shape == (5, 8)
    again = load_descriptor("pca,components=8", sequence=noise())
    assert again is not None
    np.testing.assert_array_equal(vectors, describe(again, frame))
    descriptor.save(tmp_path / "noise.npz")
    for name in (f"pca:{tmp_path / 'noise.npz'}", str(tmp_path / "noise.npz")):
        stored = load_descriptor(name)
        assert stored is not None
        np.testing.assert_array_equal(vectors, describe(stored, frame))


@pytest.mark.parametrize(
    ("name", "sequence", "message"),
    [
        ("pca", None, "descriptor pca: is fitted on a sequence"),
        ("pca", noise(), "noise: 50 crops, expected at least 256 for 128 components; use pca,components=25"),
        ("pca", noise(images=False), "noise: 0 crops, .*; give a source with frames and people"),
        ("pca", noise(source="rtsp://camera/1"), "descriptor pca: cannot be fitted on a live source"),
        ("pca,components=0", noise(), "option components: 0 is not at least 1"),
        ("pca,components=few", noise(), "option components: invalid literal"),
    ],
)
def test_cannot_be_fitted(name: str, sequence: Sequence | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_descriptor(name, sequence=sequence)


def test_identical_frames() -> None:
    with pytest.raises(ValueError, match="4 crops are all the same"):
        fit_pca(np.full((4, 2, 2, 3), 7, np.uint8), 1)


def write_objects(path: Path) -> None:
    np.savez(path, mean=np.array([None]), components=np.zeros((2, 1)), size=[1, 1])


BAD_FILES: dict[str, Any] = {
    "text": lambda path: path.write_text("no archive"),
    "truncated": lambda path: (
        np.savez(path, mean=np.zeros(12), components=np.zeros((2, 12)), size=[2, 2]),
        path.write_bytes(path.read_bytes()[:99]),
    ),
    "objects": write_objects,
    "no components": lambda path: np.savez(path, mean=np.zeros(12)),
    "other size": lambda path: np.savez(path, mean=np.zeros(12), components=np.zeros((2, 12)), size=[3, 2]),
    "nan": lambda path: np.savez(path, mean=np.full(12, np.nan), components=np.zeros((2, 12)), size=[2, 2]),
}


@pytest.mark.parametrize("write", BAD_FILES.values(), ids=BAD_FILES.keys())
def test_bad_file(tmp_path: Path, write: Any) -> None:
    write(tmp_path / "bad.npz")
    with pytest.raises(InputError, match=r"bad\.npz: holds no principal components"):
        load_descriptor(f"pca:{tmp_path / 'bad.npz'}")


def test_sample_is_even_and_repeats() -> None:
    """Every detection has the same chance, whatever frame it is in; the same seed gives the same crops."""
    sequence = noise(frames=40, boxes=3)
    every = np.concatenate([cut_crops(f.image, f.detections.boxes, (4, 2)) for f in sequence if f.image is not None])
    times = np.zeros(len(every))
    for seed in range(60):
        sample = sample_crops(sequence, 12, (4, 2), seed=seed)
        assert sample.shape == (12, 4, 2, 3)
        times += (every[:, None] == sample[None]).all(axis=(2, 3, 4)).any(axis=1)
    assert times.sum() == 60 * 12
    quarters = times.reshape(4, -1).sum(axis=1)
    np.testing.assert_allclose(quarters, 180, atol=45)  # four standard deviations of an even draw
    np.testing.assert_array_equal(sample_crops(sequence, 9, (4, 2), seed=5), sample_crops(sequence, 9, (4, 2), seed=5))
