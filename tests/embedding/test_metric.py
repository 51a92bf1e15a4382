"""The metric from tracklets: it finds the directions that say nothing, switches itself off, and survives its file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.data import Detections, Frame, InputError
from flatsort.embedding import load_descriptor
from flatsort.embedding.gate import Gate, read_gate, write_gate
from flatsort.embedding.measured import MeasuredFrames, measured
from flatsort.embedding.metric import Metric, Seen, learn_metric, metric_values, misses, read_metric, split, whitening

PEOPLE, FRAMES, DIMENSION = 40, 30, 6


def seen(noise: tuple[float, ...], seed: int = 0) -> Seen:
    """People who come one after another, each for thirty frames beside about nine others; noise by direction."""
    random = np.random.default_rng(seed)
    people = random.normal(size=(PEOPLE, DIMENSION))
    who = np.repeat(np.arange(PEOPLE), FRAMES)
    # What moves within a tracklet moves slowly, as light and pose do.
    walk = random.normal(size=(PEOPLE, FRAMES, DIMENSION)).cumsum(axis=1) / np.sqrt(FRAMES)
    vectors = people[who] + walk.reshape(-1, DIMENSION) * np.array(noise)
    frames = 6 * who + np.tile(np.arange(FRAMES), PEOPLE)
    order = random.permutation(len(who))
    return Seen(vectors[order].astype(np.float32), frames[order], who[order])


def nearer(vectors: NDArray[np.float64], who: NDArray[np.int64]) -> float:
    """The share of vectors whose nearest other vector is of the same person."""
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return float((who[apart.argmin(axis=1)] == who).mean())


def test_directions_that_vary_within_people_are_shrunk() -> None:
    metric = learn_metric([seen((6.0, 6.0, 0.2, 0.2, 0.2, 0.2))], "euclidean")
    assert metric is not None
    assert metric.error < metric.error_without - 0.1
    weight = np.abs(np.diag(metric.matrix))
    assert weight[:2].max() < 0.4 * weight[2:].min()
    other = seen((6.0, 6.0, 0.2, 0.2, 0.2, 0.2), seed=1)
    few = np.random.default_rng(0).permutation(len(other.vectors))[:120]
    vectors, who = other.vectors[few].astype(np.float64), other.tracklets[few]
    assert nearer(metric(other.vectors[few]).astype(np.float64), who) > nearer(vectors, who) + 0.1


def test_it_switches_itself_off_where_nothing_is_gained() -> None:
    assert learn_metric([seen((0.2,) * DIMENSION)], "euclidean") is None  # nobody is confused
    assert learn_metric([seen((3.0,) * DIMENSION)], "euclidean") is None  # all directions vary alike


def test_too_few_tracklets_learn_nothing() -> None:
    whole = seen((6.0, 6.0, 0.2, 0.2, 0.2, 0.2))
    few = whole.tracklets < 8
    assert learn_metric([Seen(whole.vectors[few], whole.frames[few], whole.tracklets[few])], "euclidean") is None
    assert learn_metric([], "euclidean") is None


def test_sequences_are_learned_from_together_and_never_compared() -> None:
    parts = [seen((6.0, 6.0, 0.2, 0.2, 0.2, 0.2), seed) for seed in (0, 1)]
    metric = learn_metric(parts, "euclidean")
    assert metric is not None
    assert metric.matrix.shape == (DIMENSION, DIMENSION)


def test_angles_are_learned_on_unit_vectors() -> None:
    part = seen((6.0, 6.0, 0.2, 0.2, 0.2, 0.2))
    scaled = Seen(
        part.vectors * np.random.default_rng(0).uniform(1, 9, (len(part.vectors), 1)), part.frames, part.tracklets
    )
    one, other = (
        learn_metric([part], "cosine"),
        learn_metric([Seen(scaled.vectors.astype(np.float32), part.frames, part.tracklets)], "cosine"),
    )
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        np.testing.assert_allclose(one.matrix, other.matrix, atol=1e-4)
        np.testing.assert_allclose(one(part.vectors), one(5 * part.vectors), rtol=1e-4, atol=1e-5)


def test_a_sphere_is_left_as_it_is() -> None:
    np.testing.assert_allclose(whitening(3 * np.eye(4), 0.7), np.eye(4), atol=1e-12)
    np.testing.assert_allclose(whitening(np.zeros((2, 2)), 1.0), np.eye(2))
    scatter = np.array([[2.0, 0.5], [0.5, 1.0]])
    root = whitening(scatter, 0.0 + 1e-12)
    np.testing.assert_allclose(root @ scatter @ root.T / 1.5, np.eye(2), atol=1e-6)


def test_queries_of_a_held_out_tracklet_are_counted() -> None:
    vectors = np.zeros((10, 1), np.float32)
    vectors[:5, 0] = [0, 0, 5, 5, 0]  # of its last three, two are nearer to the other's first
    vectors[5:, 0] = 4
    part = Seen(vectors, np.tile(np.arange(5), 2), np.repeat([0, 1], 5))
    found = misses(split(part, unit=False), None)
    np.testing.assert_allclose(found, [2 / 3, 0])
    alone = Seen(vectors, np.concatenate([np.arange(5), 50 + np.arange(5)]), part.tracklets)
    assert len(misses(split(alone, unit=False), None)) == 0  # never seen side by side


def metric(size: int = 3) -> Metric:
    matrix = np.random.default_rng(0).normal(size=(size, size)).astype(np.float32)
    return Metric(matrix, True, 3.0, 0.1, 0.2)


def test_a_gate_keeps_its_metric_in_its_file(tmp_path: Path) -> None:
    gate = Gate("cosine", 0.4, {"descriptor": "it"}, metric())
    write_gate(tmp_path / "it.json", gate)
    found = read_gate(tmp_path / "it.json")
    assert found.metric is not None
    np.testing.assert_array_equal(found.metric.matrix, metric().matrix)
    assert (found.metric.unit, found.metric.shrinkage) == (True, 3.0)
    assert (found.distance, found.compared, found.value) == ("cosine", "euclidean", 0.4)
    assert found.origin == {"descriptor": "it"}
    assert Gate("cosine", 0.4).compared == "cosine"


@pytest.mark.parametrize(
    "change", [{"matrix": "?"}, {"size": 2}, {"unit": None, "shrinkage": "much"}, {"matrix": "AADAf" * 3}]
)
def test_a_damaged_metric_is_one_line(tmp_path: Path, change: dict[str, object]) -> None:
    values = {**metric_values(metric()), **change}
    with pytest.raises(ValueError, match="metric is damaged"):
        read_metric(values)
    path = tmp_path / "it.json"
    path.write_text(json.dumps({"distance": "cosine", "gate": 0.4, "metric": values}))
    with pytest.raises(InputError, match=r"it\.json: its metric is damaged"):
        read_gate(path)


IMAGE = np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8)
BOXES = np.array([[0.0, 0, 20, 50], [30, 5, 55, 60]])


def test_a_descriptor_with_such_a_gate_answers_in_its_metric(tmp_path: Path) -> None:
    plain = load_descriptor("hsv", gate=1.0)
    assert plain is not None
    learned = metric(plain.dimension)
    write_gate(tmp_path / "g.json", Gate(plain.distance, 0.4, {}, learned))
    moved = load_descriptor(f"hsv,gate={tmp_path / 'g.json'}")
    assert moved is not None
    assert (moved.distance, moved.gate, moved.dimension) == ("euclidean", 0.4, plain.dimension)
    np.testing.assert_allclose(moved(IMAGE, BOXES), learned(plain(IMAGE, BOXES)), rtol=1e-6)
    calibrated_anew = load_descriptor("hsv", gate=read_gate(tmp_path / "g.json"), metric=False)
    assert calibrated_anew is not None
    np.testing.assert_array_equal(calibrated_anew(IMAGE, BOXES), plain(IMAGE, BOXES))


def test_a_metric_of_another_descriptor_is_refused(tmp_path: Path) -> None:
    write_gate(tmp_path / "g.json", Gate("euclidean", 0.4, {}, metric(3)))
    with pytest.raises(InputError, match="metric is of 3 values"):
        load_descriptor(f"hsv,gate={tmp_path / 'g.json'}")


def test_stored_vectors_are_measured_too() -> None:
    class Stored:
        name, dimension, distance, gate = "stored", 3, "euclidean", 1.0

        def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
            raise AssertionError

        def of_frame(self, frame: Frame) -> NDArray[np.float32]:
            return np.full((len(frame.detections), 3), frame.index, np.float32)

    moved = measured(Stored(), Metric(2 * np.eye(3, dtype=np.float32), False, 1.0, 0.0, 0.1))  # type: ignore[arg-type]
    assert isinstance(moved, MeasuredFrames)
    frame = Frame(7, None, Detections(np.zeros((2, 4)), np.ones(2)))
    np.testing.assert_array_equal(moved.of_frame(frame), np.full((2, 3), 14))
