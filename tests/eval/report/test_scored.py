"""What the report scores equals what `flatsort eval` prints of the same files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.files.tracks import read_tracks
from flatsort.eval import score_classes, score_sequences
from flatsort.eval.report.scored import score_tracks
from tests.eval.scores.test_by_class import FRAMES, scene


@pytest.mark.parametrize("classes", ["all", "car", "bike,car"])
def test_classes_as_eval_scores_them(tmp_path: Path, classes: str) -> None:
    scene(tmp_path, "a", 1)
    expected = score_classes(tmp_path / "gt", tmp_path / "tracks", classes)
    truth = read_ground_truth(tmp_path / "gt" / "a" / "gt" / "gt.txt", classes=True)
    named = replace(truth, names={0: "person", 1: "bike", 2: "car"})
    found = score_tracks(named, read_tracks(tmp_path / "tracks" / "a.txt"), FRAMES, "a", classes)
    assert found.classes == {label: own.sequences["a"] for label, own in expected.classes.items()}
    assert found.overall == expected.overall
    assert len(found.switches) == found.overall["IDs"] > 0
    assert {one.kind for one in found.switches} <= set(found.classes)
    assert [one.switch.first for one in found.switches] == sorted(one.switch.first for one in found.switches)


def test_people_as_eval_scores_them(real_data: Path) -> None:
    root, file = real_data / "MOT16" / "train" / "MOT16-09", real_data / "reference" / "sort_mot16_frcnn"
    tracks = read_tracks(file / "MOT16-09.txt")
    truth = read_ground_truth(root / "gt" / "gt.txt")
    people = score_tracks(truth, tracks, 525, "MOT16-09")
    assert people.overall == score_sequences(root, file).sequences["MOT16-09"]
    assert people.classes == {}
    assert "its people (class 1), by MOTChallenge's rules" in people.what
    by_class = score_tracks(read_ground_truth(root / "gt" / "gt.txt", classes=True), tracks, 525, "MOT16-09", "all")
    assert by_class.overall == score_classes(root, file).overall
    assert len(by_class.switches) == len(people.switches) == people.overall["IDs"]
