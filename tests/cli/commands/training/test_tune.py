"""`flatsort tune`: the gain on held-out sequences, the options to take, and what is refused."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.eval.tuning.gaps import write_gaps

pytest.importorskip("optuna", reason="Optuna is not installed: pip install 'flatsort[tune]'")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_gaps(tmp_path / "root")


def test_it_gains_on_sequences_that_it_has_not_seen(run: Run, root: Path, tmp_path: Path) -> None:
    """SORT as published ends a track after one miss; these people are missed for four frames."""
    tune = ("tune", root, "--preset", "sort", "--trials", 12, "--folds", 2, "--score", "IDF1", "-q", "--output")
    answer = run(*tune, tmp_path / "out")
    assert (answer.code, answer.err) == (0, "")
    verdict, chosen = answer.out.splitlines()[-2:]
    assert verdict.startswith("held-out IDF1: +")
    assert verdict.endswith(": beyond the scatter between sequences")
    made = json.loads((tmp_path / "out" / "tuning.json").read_text())
    assert chosen == f"chosen on all: {made['options']}"
    assert made["settings"]["max_age"] >= 4
    assert min(row["gain"] for row in made["held_out"]) > 5
    assert run(*tune, tmp_path / "again") == answer
    assert run(*tune, tmp_path / "out") == answer
    # The options are those of `track`, and give what was promised.
    assert run("track", root, *shlex.split(made["options"]), "--output", tmp_path / "tracks", "-q").code == 0
    assert run("track", root, "--preset", "sort", "--output", tmp_path / "before", "-q").code == 0
    after, before = (
        json.loads(run("eval", root, tmp_path / name, "--json", "-q").out) for name in ("tracks", "before")
    )
    assert "IDF1" in json.dumps(after)
    assert after != before


def test_without_ground_truth_tracks_check_themselves(run: Run, root: Path, tmp_path: Path) -> None:
    for name in "abcd":
        shutil.rmtree(root / name / "gt")
    tune = ("tune", root, "--preset", "sort", "--output", tmp_path / "out", "--json")
    answer = run(*tune)
    assert answer.code == 0
    assert answer.err == "flatsort: no ground truth: nothing is tuned; the tracks are checked by themselves\n"
    checks = json.loads(answer.out)["checks"]
    assert [row["sequence"] for row in checks] == ["a", "b", "c", "d"]
    kept = json.loads(run(*tune, "--max-age", 10).out)["checks"]
    assert all(better["breaks"] < worse["breaks"] for better, worse in zip(kept, checks, strict=True))


def test_refused(run: Run, root: Path, tmp_path: Path) -> None:
    out = ("--output", tmp_path / "out")
    assert run("tune", root / "a", *out).refuses("1 sequence: none can be held out; name at least two")
    assert run("tune", root, *out, "--folds", 1).refuses("--folds: is 1; give at least 2")
    assert run("tune", root, *out, "--score", "FP").refuses("--score: is 'FP'; use one of HOTA")
    assert run("tune", root, *out, "--descriptor", "hsv").refuses("--descriptor: hsv would look at all images", "embed")
    assert run("tune", root, *out, "--detector", "motion").refuses("--detector: would look at all images")
    assert run("tune", root, *out, "--camera-motion", "flow").refuses("--camera-motion: would be estimated anew")
    given = ("--min-confidence", 0.1, "--nms", 0.9, "--max-age", 3, "--n-init", 2)
    assert run("tune", root, *out, *given).refuses("all settings are given, none is left; leave options out")
    detections = ("--detections", root / "b" / "det" / "det.txt")
    assert run("tune", root / "a", *out, *detections).refuses("--detections: is of one source, and settings are held")
    shutil.rmtree(root / "b" / "gt")
    own, given = (run("tune", root / "b", *out, *more, "--json", "-q") for more in ((), detections))
    assert (own.code, own) == (0, given)
    assert run("tune", root, *out).refuses(f"{root / 'b'}: has no gt/gt.txt; add it, or leave the source out")
