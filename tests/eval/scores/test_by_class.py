"""Scores by class: TrackEval as the oracle of each and of all together, names, regions to ignore, what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trackeval

from flatsort.data import InputError, Remark
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.tracks import read_tracks
from flatsort.eval import score_classes, score_sequences
from flatsort.eval.scores.sequence_scores import COLUMNS

FRAMES, NAMES = 40, "person\nbike\ncar\n"  # of classes 0, 1, 2


def scene(folder: Path, name: str, seed: int, names: str = NAMES) -> None:
    """Ground truth of three classes counted from 0, and tracks with misses, switches, false boxes and wrong classes."""
    random = np.random.default_rng(seed)
    truth, tracks = [], []
    for person in range(1, 13):
        place, speed, kind = random.uniform(0, 300, 2), random.normal(0, 2, 2), int(random.integers(3))
        identity = person
        for frame in range(1, FRAMES + 1):
            place = place + speed
            truth.append(f"{frame},{person},{place[0]:.2f},{place[1]:.2f},30,60,{int(person != 12)},{kind},1")
            if random.random() < 0.05:
                identity += 20
            if random.random() < 0.85:
                left, top = place + random.normal(0, 4, 2)
                told = kind if random.random() < 0.9 else (kind + 1) % 3
                tracks.append(f"{frame},{identity},{left:.2f},{top:.2f},30,60,0.9,{told},-1,-1")
    for frame in range(1, FRAMES + 1):
        tracks.append(f"{frame},{900 + frame // 10},{random.uniform(0, 300):.2f},40,30,60,0.5,1,-1,-1")
    write(folder / "gt" / name / "gt" / "gt.txt", "\n".join(truth))
    write(folder / "tracks" / f"{name}.txt", "\n".join(tracks))
    if names:
        write(folder / "gt" / name / "gt" / "names.txt", names)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    scene(tmp_path, "a", 1)
    scene(tmp_path, "b", 2)
    return tmp_path


def trackeval_by_class(folder: Path, numbers: list[int], metrics: list[Any]) -> dict[Any, dict[str, Any]]:
    """TrackEval's fields of (class, sequence), (class, None) and None, which is all together."""
    kind = trackeval.datasets.MotChallenge2DBox
    fields: dict[Any, dict[str, Any]] = {}
    for metric in metrics:
        combined = {}
        for number in numbers:
            each = {}
            for name in ("a", "b"):
                truth = read_ground_truth(folder / "gt" / name / "gt" / "gt.txt", classes=True)
                truth = truth[(truth.classes == number) & (truth.scores > 0)]
                tracks = read_tracks(folder / "tracks" / f"{name}.txt")
                tracks = tracks[tracks.classes == number]
                objects = [truth[truth.rows_of(frame)] for frame in range(1, FRAMES + 1)]
                reports = [tracks[tracks.rows_of(frame)] for frame in range(1, FRAMES + 1)]
                own, theirs = (np.unique(table.ids) for table in (truth, tracks))
                data = {
                    "num_timesteps": FRAMES,
                    "num_gt_ids": len(own),
                    "num_tracker_ids": len(theirs),
                    "num_gt_dets": len(truth),
                    "num_tracker_dets": len(tracks),
                    "gt_ids": [own.searchsorted(found.ids) for found in objects],
                    "tracker_ids": [theirs.searchsorted(found.ids) for found in reports],
                    "similarity_scores": [
                        kind._calculate_box_ious(one.boxes, two.boxes, box_format="x0y0x1y1")
                        for one, two in zip(objects, reports, strict=True)
                    ],
                }
                each[name] = metric.eval_sequence(data)
                fields.setdefault((number, name), {}).update(each[name])
            combined[number] = metric.combine_sequences(each)
            fields.setdefault((number, None), {}).update(combined[number])
        fields.setdefault(None, {}).update(metric.combine_classes_det_averaged(combined))
    return fields


def test_equals_trackeval(folder: Path, trackeval_metrics: list[Any], as_columns: Callable[..., Any]) -> None:
    scores = score_classes(folder / "gt", folder / "tracks")
    assert list(scores.classes) == ["person", "bike", "car"]
    theirs = trackeval_by_class(folder, [0, 1, 2], trackeval_metrics)
    for number, own in enumerate(scores.classes.values()):
        assert own.overall == pytest.approx(as_columns(theirs[number, None]), abs=1e-9)
        for name, columns in own.sequences.items():
            assert columns == pytest.approx(as_columns(theirs[number, name]), abs=1e-9)
    assert tuple(scores.overall) == COLUMNS
    assert scores.overall == pytest.approx(as_columns(theirs[None]), abs=1e-9)
    assert scores.overall["FN"] == sum(row["FN"] for row in scores.sequences.values()) > 0
    assert scores.overall["IDs"] == sum(own.overall["IDs"] for own in scores.classes.values()) > 0


def test_pedestrians_of_mot16_are_scored_as_ever(real_data: Path) -> None:
    root, tracks = real_data / "MOT16" / "train" / "MOT16-09", real_data / "reference" / "sort_mot16_frcnn"
    ours = score_classes(root, tracks, "pedestrian").classes["pedestrian"]
    assert ours == score_sequences(root, tracks)
    with pytest.warns(Remark, match="holds no car that counts"):
        assert score_classes(root, tracks, "car").overall["Rcll"] == 0


@pytest.mark.parametrize(
    ("wanted", "classes"),
    {
        "by name": ("car,person", ["car", "person"]),
        "by number": ("2,bike", ["car", "bike"]),
        "an alias, in capitals": ("Pedestrian", ["person"]),
    }.values(),
)
def test_which_classes(folder: Path, wanted: str, classes: list[str]) -> None:
    every = score_classes(folder / "gt", folder / "tracks")
    chosen = score_classes(folder / "gt", folder / "tracks", wanted)
    assert chosen.classes == {label: every.classes[label] for label in classes}
    assert list(chosen.classes) == classes


def test_names_of_a_benchmark_count_from_0_in_every_sequence(tmp_path: Path) -> None:
    """Though one of its sequences has no class 0."""
    scene(tmp_path, "a", 1, names="")
    write(tmp_path / "gt" / "b" / "gt" / "gt.txt", "1,1,0,0,10,20,1,2,1")
    write(tmp_path / "tracks" / "b.txt", "1,1,0,0,10,20,1,2,-1,-1")
    write(tmp_path / "gt" / "names.txt", NAMES)
    assert score_classes(tmp_path / "gt", tmp_path / "tracks").classes["car"].sequences["b"]["IDF1"] == 100


def test_names_of_one_sequence_hold_for_the_others_and_must_agree(folder: Path) -> None:
    """Else the second name of a number was not scored, without a word."""
    every = score_classes(folder / "gt", folder / "tracks")
    (folder / "gt" / "b" / "gt" / "names.txt").unlink()
    assert score_classes(folder / "gt", folder / "tracks") == every
    write(folder / "gt" / "b" / "gt" / "names.txt", "dog\nbike\ncar")
    with pytest.raises(InputError, match=r"gt.txt: has names in which class 0 is dog, .* say person is 0; number"):
        score_classes(folder / "gt", folder / "tracks")
    write(folder / "gt" / "b" / "gt" / "names.txt", "5 car")
    with pytest.raises(InputError, match=r"class 5 is car, .* say car is 2; number"):
        score_classes(folder / "gt", folder / "tracks")


def test_a_class_that_another_sequence_uses_needs_no_name(tmp_path: Path) -> None:
    """With warnings as errors: a remark that this file used it was not true."""
    scene(tmp_path, "a", 1)
    write(tmp_path / "gt" / "b" / "gt" / "gt.txt", "1,1,0,0,10,20,1,0,1")
    write(tmp_path / "gt" / "b" / "gt" / "names.txt", "person")
    write(tmp_path / "tracks" / "b.txt", "1,1,0,0,10,20,1,0,-1,-1")
    with warnings.catch_warnings():
        warnings.simplefilter("error", Remark)
        assert score_classes(tmp_path / "gt", tmp_path / "tracks").classes["person"].sequences["b"]["IDF1"] == 100


def test_an_empty_ground_truth_takes_no_rules_from_the_others(tmp_path: Path) -> None:
    """Of MOTChallenge: the track on a distractor is left out."""
    write(tmp_path / "gt" / "a" / "gt" / "gt.txt", "1,1,0,0,10,20,1,1,1\n1,2,50,0,10,20,0,8,1")
    write(tmp_path / "tracks" / "a.txt", "1,5,0,0,10,20\n1,6,50,0,10,20")
    for path in ("gt/b/gt/gt.txt", "tracks/b.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("")
    scores = score_classes(tmp_path / "gt", tmp_path / "tracks")
    assert list(scores.classes) == ["pedestrian"]
    assert scores.overall["FP"] == 0


def test_tracks_are_matched_by_name_where_both_sides_have_names(folder: Path) -> None:
    every = score_classes(folder / "gt", folder / "tracks")
    for name in "ab":
        path = folder / "tracks" / f"{name}.txt"
        rows = [row.split(",") for row in path.read_text().split()]
        path.write_text("".join(",".join([*row[:7], str(int(row[7]) + 40), "-1", "-1"]) + "\n" for row in rows))
        write(folder / "tracks" / f"{name}.names.txt", "41 BIKE\n40 pedestrian\n42 car\n7 dog")
    assert score_classes(folder / "gt", folder / "tracks") == every
    write(folder / "tracks" / "a.names.txt", "40 cat\n41 dog\n42 cow")
    with pytest.warns(Remark, match=r"has no track of a class of the ground truth, person, bike, car; its classes are"):
        assert score_classes(folder / "gt", folder / "tracks").classes["car"].sequences["a"]["Rcll"] == 0


def test_a_box_in_a_region_to_ignore_counts_only_where_it_finds_somebody(tmp_path: Path) -> None:
    """VisDrone: ten columns, class 0 of flag 0 is a region; ids of regions repeat."""
    rows = [
        "1,0,100,0,100,100,0,0,0,0",
        "1,0,300,0,100,100,0,0,0,0",
        "1,1,110,10,20,40,1,4,0,1",
        "1,2,0,0,20,40,1,1,0,0",
    ]
    write(tmp_path / "gt" / "v" / "gt" / "gt.txt", "\n".join(rows))
    tracks = ["1,1,112,10,20,40,1,4,-1,-1", "1,2,150,50,20,40,1,4,-1,-1", "1,3,390,50,22,40,1,4,-1,-1"]
    tracks += ["1,4,389,50,20,40,1,4,-1,-1", "1,5,0,0,20,40,1,1,-1,-1"]
    write(tmp_path / "tracks" / "v.txt", "\n".join(tracks))
    scores = score_classes(tmp_path / "gt", tmp_path / "tracks")
    assert list(scores.classes) == ["pedestrian", "class 4"]
    fours = scores.classes["class 4"].overall
    assert (fours["FP"], fours["FN"], fours["Rcll"]) == (1, 0, 100)  # track 3 lies in the second region by 10 of 22
    assert scores.classes["pedestrian"].overall["MOTA"] == 100
    write(tmp_path / "gt" / "v" / "gt" / "gt.txt", "\n".join([*rows, "1,7,500,0,20,40,1,0,0,0"]))
    assert score_classes(tmp_path / "gt", tmp_path / "tracks", "4").overall["FP"] == 3  # class 0 is a class here


def test_tracks_without_classes_are_of_the_one_class_that_is_scored(folder: Path) -> None:
    rows = (folder / "tracks" / "a.txt").read_text().split()
    kept = [row for row in rows if row.split(",")[7] == "1"]
    every = score_classes(folder / "gt", folder / "tracks", sequences=["a"])
    write(folder / "tracks" / "a.txt", "\n".join(",".join([*row.split(",")[:7], "-1,-1,-1"]) for row in kept))
    assert (
        score_classes(folder / "gt", folder / "tracks", "bike", sequences=["a"]).overall
        == every.classes["bike"].overall
    )
    with pytest.raises(InputError, match=r"a\.txt: has tracks without classes, and 3 are scored; score one"):
        score_classes(folder / "gt", folder / "tracks", sequences=["a"])


@pytest.mark.parametrize(
    ("truth", "classes", "message"),
    {
        "an unknown name": ("1,1,0,0,10,20,1,1,1", "bicicle", "knows no 'bicicle'; did you mean bicycle?"),
        "no classes": ("1,1,0,0,10,20,1", "all", "has no classes; leave --classes out"),
        "MOT15": ("1,1,0,0,10,20,1,-1,-1,-1", "1", "has no classes"),
        "nothing counts": ("1,1,0,0,10,20,0,1,1", "all", "holds no row that counts"),
        "twice": ("1,1,0,0,10,20,1,3,1\n1,1,9,0,10,20,1,3,1", "3", "row 2: frame 1 has id 1 twice"),
        "twice of two classes, under MOTChallenge's rules": (
            "1,1,0,0,10,20,1,3,1\n1,1,9,0,10,20,1,1,1",
            "1",
            "1 stands twice in frame 1",
        ),
    }.values(),
)
def test_refused(tmp_path: Path, truth: str, classes: str, message: str) -> None:
    write(tmp_path / "gt" / "a" / "gt" / "gt.txt", truth)
    write(tmp_path / "tracks" / "a.txt", "1,1,0,0,10,20,1,-1,-1,-1")
    with pytest.raises(InputError) as caught:
        score_classes(tmp_path / "gt", tmp_path / "tracks", classes)
    assert message in str(caught.value)
