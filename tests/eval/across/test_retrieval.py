"""Tracks ranked across videos by their looks: whose they are, and who is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data import BoxTable, InputError
from flatsort.embedding.descriptor import Distance
from flatsort.eval import score_across
from flatsort.eval.across.retrieval import NOBODY, owners, rank_videos
from flatsort.eval.retrieval.across_cameras import total
from flatsort.eval.scores.preprocess import preprocess

PLACES = {1: 0, 2: 100, 3: 200}  # where each person stands, pixels from the left
FRAMES = 4


@pytest.mark.parametrize("distance", ["euclidean", "cosine"])
def test_each_track_is_looked_for_in_the_other_videos_alone(distance: Distance) -> None:
    random = np.random.default_rng(2)
    who = [np.array([0, 1, 2, 0, NOBODY]), np.array([2, 3, NOBODY, 1]), np.array([1, 0, 4])]
    looks = [random.normal(size=(len(own), 6)) + np.eye(6)[own] for own in who]
    first, precisions, queries = [], [], []
    for video, own in enumerate(who):
        others = [other for other in range(3) if other != video]
        owner = np.concatenate([who[other] for other in others])
        gallery = np.concatenate([looks[other] for other in others])
        first.append(0)
        queries.append(0)
        for vector, person in zip(looks[video], own, strict=True):
            if person == NOBODY or person not in owner:
                continue
            away = np.linalg.norm(gallery - vector, axis=1)
            if distance == "cosine":
                away = -gallery @ vector / np.linalg.norm(gallery, axis=1)
            ranked = owner[np.argsort(away)] == person
            first[-1] += int(ranked[0])
            queries[-1] += 1
            precisions.append((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())
    found = rank_videos(looks, who, distance)
    assert [ranking.first for ranking in found] == first
    assert [ranking.queries for ranking in found] == queries == [4, 2, 2]
    assert total(found)["mAP"] == pytest.approx(np.mean(precisions), abs=1e-6)


def test_a_video_without_tracks_asks_nothing_and_is_in_no_gallery() -> None:
    looks = [np.array([[0.0]]), np.empty((0, 0)), np.array([[1.0]])]
    found = rank_videos(looks, [np.array([0]), np.empty(0, np.int64), np.array([0])], "euclidean")
    assert [(ranking.queries, ranking.first) for ranking in found] == [(1, 1), (0, 0), (1, 1)]


@pytest.mark.parametrize(
    ("rows", "whose"),
    [
        pytest.param("1,9,100,0\n2,9,100,0\n3,9,100,0", 1, id="one person's throughout"),
        pytest.param("1,9,0,0\n2,9,100,0\n3,9,100,0", 1, id="most boxes are a person's"),
        pytest.param("1,9,0,0\n2,9,100,0", NOBODY, id="half is not most"),
        pytest.param("1,9,500,0\n2,9,500,0\n3,9,0,0", NOBODY, id="most boxes are on nobody"),
    ],
)
def test_whose_a_track_is(table: Callable[[Any], BoxTable], rows: str, whose: int) -> None:
    cells = [[int(cell) for cell in row.split(",")] for row in rows.split("\n")]
    truth = table([(n, person, x, 0, 10, 20) for n in range(1, FRAMES) for person, x in PLACES.items()])
    tracks = table([(*row, 10, 20) for row in cells])
    assert owners(preprocess(truth, tracks), np.array([1, 2, 3])).tolist() == [whose]


def test_no_ground_truth_is_nobodys(table: Callable[[Any], BoxTable]) -> None:
    empty, tracks = table([]), table([(1, 9, 0, 0, 10, 20)])
    assert owners(preprocess(empty, tracks), np.array([1])).tolist() == [NOBODY]


def write(root: Path, name: str, ids: dict[int, int], looks: dict[int, list[float]]) -> None:
    """A sequence of people and a wrong track of nobody's, with the vectors of its detections."""
    truth, tracks, found, vectors = [], [], [], []
    for frame in range(1, FRAMES + 1):
        for person, track in ids.items():
            x = PLACES[person]
            truth.append(f"{frame},{person},{x},0,10,20,1,1,1")
            tracks.append(f"{frame},{track},{x},0,10,20")
            found.append(f"{frame},-1,{x},0,10,20,0.9")
            vectors.append([frame, -1, x, 0, 10, 20, 0.9, -1, -1, -1, *looks[person]])
    for path, lines in {"gt": truth, "det": found}.items():
        (root / "gt" / name / path).mkdir(parents=True)
        (root / "gt" / name / path / f"{path}.txt").write_text("\n".join(lines))
    (root / "tracks").mkdir(exist_ok=True)
    (root / "tracks" / f"{name}.txt").write_text("\n".join(tracks))
    np.save(root / f"{name}.npy", np.array(vectors, np.float32))
    (root / "gt" / name / "seqinfo.ini").write_text(f"[Sequence]\nname={name}\nseqLength={FRAMES}\n")


def test_scores_with_a_descriptor_say_who_is_found_by_looks(tmp_path: Path) -> None:
    """Person 1 looks alike in both videos, 2 and 3 have changed clothes; ids count for nothing here."""
    one, two, three = np.eye(3).tolist()
    write(tmp_path, "a", {1: 5, 2: 6, 3: 7}, {1: one, 2: two, 3: three})
    write(tmp_path, "b", {1: 8, 2: 9, 3: 5}, {1: one, 2: three, 3: two})
    arguments = (tmp_path / "gt", tmp_path / "tracks")
    scores = score_across(*arguments, descriptor=f"npy:{tmp_path}")
    plain = score_across(*arguments)
    assert list(scores.overall)[-3:] == ["Rank-1", "mAP", "queries"]
    assert {column: scores.overall[column] for column in plain.overall} == plain.overall
    for row in (*scores.sequences.values(), scores.overall):
        assert row["Rank-1"] == pytest.approx(100 / 3)
        # The others come last: the one in their clothes is nearer, and person 1 as far.
        assert row["mAP"] == pytest.approx(100 * (1 + 1 / 3 + 1 / 3) / 3)
    assert scores.overall["queries"] == 6


def test_a_descriptor_that_needs_images_is_refused_where_there_are_none(tmp_path: Path) -> None:
    for name in "ab":
        write(tmp_path, name, {1: 5}, {1: [1.0]})
    with pytest.raises(InputError, match="has no images"):
        score_across(tmp_path / "gt", tmp_path / "tracks", descriptor="hsv")


def test_vectors_that_cannot_be_compared_are_refused(tmp_path: Path) -> None:
    for name, looks in (("a", [1.0, 0.0]), ("b", [1.0, 0.0, 0.0])):
        write(tmp_path, name, {1: 5}, {1: looks})
    with pytest.raises(InputError, match=r"vectors of 3 numbers by cosine distance for .*b, and .*a has 2 by cosine"):
        score_across(tmp_path / "gt", tmp_path / "tracks", descriptor=f"npy:{tmp_path}")
