"""The score of a setting: what `track` and `eval` give for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort import score_sequences
from flatsort.data import InputError
from flatsort.eval.tuning.scoring import Scoring
from flatsort.eval.tuning.space import Range
from flatsort.tracker.running.batch import write_tracks
from flatsort.tracker.running.settings import TrackSettings
from tests.eval.tuning.gaps import write_gaps


def test_a_score_is_that_of_track_and_eval(tmp_path: Path) -> None:
    root = write_gaps(tmp_path / "root", "ab")
    scoring = Scoring([str(root / "a"), str(root / "b")], TrackSettings(preset="sort"), "IDF1")
    for name in "ab":
        run = TrackSettings(preset="sort", max_age=9, n_init=2).open(root / name)
        (tmp_path / "tracks").mkdir(exist_ok=True)
        write_tracks(run, tmp_path / "tracks" / f"{name}.txt")
    expected = score_sequences(root, tmp_path / "tracks").sequences
    values = {"max_age": 9.0, "n_init": 2.0}
    assert [scoring(values, place) for place in (0, 1)] == [expected[name]["IDF1"] for name in "ab"]
    assert scoring.mean(values, [0, 1]) == pytest.approx(sum(expected[name]["IDF1"] for name in "ab") / 2)
    assert scoring({}, 0) < scoring(values, 0)


def test_what_trials_depend_on_is_in_their_name(tmp_path: Path) -> None:
    root = write_gaps(tmp_path / "root", "ab")
    space = {"nms": Range(0.1, 1, 1)}

    def name(settings: TrackSettings | None = None, seed: int = 0, score: str = "HOTA") -> str:
        made = Scoring([str(root / "a"), str(root / "b")], settings or TrackSettings(), score)
        return made.identity(space, seed)

    first = name()
    others = [name(TrackSettings(max_age=3)), name(seed=1), name(score="IDF1")]
    detections = root / "b" / "det" / "det.txt"
    detections.write_text(detections.read_text() + "1,-1,1,1,9,9,0.5\n")
    assert len({first, *others, name()}) == 5
    assert name() == name()


def test_refused(tmp_path: Path) -> None:
    root = write_gaps(tmp_path / "root", "a")
    with pytest.raises(InputError, match="--score: is 'FP'; use one of HOTA, IDF1"):
        Scoring([str(root / "a")], TrackSettings(), "FP")
    with pytest.raises(InputError, match="is a second sequence of the name a"):
        Scoring([str(root / "a"), str(root / "a")], TrackSettings(), "HOTA")
