"""Calibration: the equal error by hand, and gates that part people whose vectors are known."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.data import BoxTable, Frame, InputError, Sequence
from flatsort.data.sequences.picture import Picture
from flatsort.embedding.calibration import GatePairs, calibrate, check_pairs, equal_error, sample_pairs
from flatsort.embedding.descriptor import Distance

PEOPLE, FRAMES, DIMENSION = 6, 60, 16


class Images:
    def pictures(self, every: int = 1) -> Generator[Picture, None, None]:
        for index in range(1, FRAMES + 1):
            yield Picture(np.zeros((16, 16, 3), np.uint8), index)


def walkers() -> Sequence:
    """Six people side by side who walk down slowly; person p has the left edge 100 p."""
    frames = np.repeat(np.arange(1, FRAMES + 1), PEOPLE)
    left = np.tile(np.arange(PEOPLE) * 100.0, FRAMES)
    top = frames * 1.0
    boxes = np.stack([left, top, left + 30, top + 60], axis=1)
    minus = np.full(len(frames), -1)
    table = BoxTable(frames, minus, boxes, np.ones(len(frames)), minus, np.ones(len(frames)))
    return Sequence("walkers", "walkers", table, Images(), length=FRAMES)


class Looks:
    """Every person has a direction of length 1, seen with noise; one person stands `apart` from each other."""

    name, dimension, gate = "looks", DIMENSION, 1.0

    def __init__(self, noise: float, distance: Distance = "euclidean", scale: float = 1.0) -> None:
        self.distance: Distance = distance
        self.noise, self.scale = noise, scale
        self.random = np.random.default_rng(0)
        self.calls = 0

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        self.calls += 1
        people = (boxes[:, 0] / 100).astype(int)
        noise = self.random.normal(0, self.noise, (len(boxes), DIMENSION))
        return (self.scale * (np.eye(DIMENSION)[people] + noise)).astype(np.float32)


@pytest.mark.parametrize(
    ("same", "different", "gate", "error"),
    [
        ([1, 2, 3, 4], [5, 6, 7, 8], 4, 0.0),
        ([1, 2, 3, 6], [4, 5, 7, 8], 4, 0.25),
        ([1, 2, 3, 9], [2, 5, 7, 8], 3, 0.25),
        ([2, 2, 2, 2], [2, 2, 2, 2], 2, 0.5),
        ([1, 1, 8, 8], [4, 9], 4, 0.5),
    ],
    ids=["apart", "one astray", "one on each side", "all equal", "halves"],
)
def test_equal_error_by_hand(same: list[float], different: list[float], gate: float, error: float) -> None:
    pairs = GatePairs(np.array(same, float), np.array(different, float))
    assert equal_error(pairs) == (gate, pytest.approx(error))


def test_equal_error_of_two_gaussians() -> None:
    """Equal spreads: half way between the means, where a standard normal has its tail."""
    random = np.random.default_rng(0)
    pairs = GatePairs(random.normal(1, 0.25, 200_000), random.normal(2, 0.25, 100_000))
    gate, error = equal_error(pairs)
    assert gate == pytest.approx(1.5, abs=0.005)
    assert error == pytest.approx(0.02275, abs=0.001)


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_gate_parts_known_people(distance: Distance) -> None:
    pairs = sample_pairs(walkers(), Looks(0.05, distance))
    gate = calibrate(pairs, Looks(0.05, distance), ["walkers"])
    assert gate.distance == distance
    apart = np.sqrt(2) if distance == "euclidean" else 1.0
    assert 0.05 < gate.value < 0.9 * apart
    assert gate.origin["error"] < 0.01
    assert len(pairs.same) > 300
    assert len(pairs.different) == 4 * len(pairs.same)  # each query beside four of the five others
    assert pairs.same.max() < pairs.different.min()


def test_gate_follows_the_scale_of_the_vectors() -> None:
    small = equal_error(sample_pairs(walkers(), Looks(0.05)))[0]
    large = equal_error(sample_pairs(walkers(), Looks(0.05, scale=30.0)))[0]
    assert large == pytest.approx(30 * small, rel=1e-4)


def test_repeats_and_depends_on_the_seed() -> None:
    one, again, other = (sample_pairs(walkers(), Looks(0.3), seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.same, again.same)
    np.testing.assert_array_equal(one.different, again.different)
    assert not np.array_equal(one.same, other.same)


def test_nearest_of_the_gallery() -> None:
    """More vectors to compare with are nearer: a single pair's distance would be the wrong gate."""
    pairs = sample_pairs(walkers(), Looks(0.2))
    singles = [float(np.linalg.norm(a - b)) for a, b in zip(*(_vectors(seed) for seed in (1, 2)), strict=True)]
    assert np.median(pairs.same) < 0.9 * np.median(singles)


def _vectors(seed: int) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 0.2, (500, DIMENSION))


def test_too_few_pairs() -> None:
    pairs = GatePairs(np.ones(49), np.ones(500))
    with pytest.raises(InputError, match="walk: 49 pairs of one person and 500 of different people, at least 50"):
        calibrate(pairs, Looks(0.1), ["walk"])


def test_confidence_filter_and_no_detections() -> None:
    looks = Looks(0.1)
    pairs = sample_pairs(walkers(), looks, min_confidence=2.0)
    assert (len(pairs.same), len(pairs.different), looks.calls) == (0, 0, 0)


def test_all_vectors_alike() -> None:
    pairs = GatePairs(np.zeros(60), np.zeros(60))
    with pytest.raises(InputError, match="different people are at distance 0"):
        calibrate(pairs, Looks(0.1), ["walk"])


def test_progress_sees_every_frame() -> None:
    seen: list[int] = []

    def watch(frames):  # type: ignore[no-untyped-def]
        for frame in frames:
            assert isinstance(frame, Frame)
            seen.append(frame.index)
            yield frame

    sample_pairs(walkers(), Looks(0.1), watch=watch)
    assert seen == list(range(1, FRAMES + 1))


def sequence(people: int, frames: int, score: float = 1.0) -> Sequence:
    table = walkers().detections
    table = table[(table.frames <= frames) & (table.boxes[:, 0] < 100 * people)]
    return Sequence("walk", "walk", replace(table, scores=np.full(len(table), score)), None, length=frames)


REFUSED = {
    # name: (sequences, what it says)
    "one tracklet": ([sequence(1, 60)], "walk: its crops are all of one tracklet, and no two people"),
    "two people, each alone": ([sequence(1, 60), sequence(1, 60)], "118 pairs of one person and 0 of different people"),
    "short": ([sequence(2, 20)], r"38 pairs of one person and 38 of different people, at least 50"),
    "unsure": ([sequence(6, 60, 0.2)], "0 pairs of one person"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_detections_that_make_no_gate_are_refused_without_images(name: str) -> None:
    sequences, says = REFUSED[name]
    with pytest.raises(InputError, match=says):
        check_pairs(sequences)


def test_pairs_are_counted_over_all_sequences_as_calibration_counts_them() -> None:
    check_pairs([sequence(2, 20), sequence(2, 20)])
    pairs = sample_pairs(walkers(), Looks(0.1))
    assert min(len(pairs.same), len(pairs.different)) >= 50
    check_pairs([walkers()])
