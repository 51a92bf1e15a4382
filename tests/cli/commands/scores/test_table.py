"""`flatsort table`: the same scores as track and eval, and what it says when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Run
from tests.crossing import write_crossings


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_crossings(tmp_path / "root")


def test_scores_are_those_of_track_and_eval(run: Run, root: Path, tmp_path: Path) -> None:
    code, out, _ = run("table", root, "--descriptor", "hsv", "--format", "json", "--cache", tmp_path / "cache")
    assert code == 0
    rows = json.loads(out)["rows"]
    assert list(rows) == ["SORT", "hsv (1 of 2)"]
    for label, descriptor, sequences in (("SORT", "none", ["walk", "blind"]), ("hsv (1 of 2)", "hsv", ["walk"])):
        sources = [root / name for name in sequences]
        tracks = tmp_path / descriptor
        preset = ["--preset", "sort"] if label == "SORT" else []
        assert run("track", *sources, "--descriptor", descriptor, *preset, "--output", tracks, "--quiet").code == 0
        names = [word for name in sequences for word in ("--sequence", name)]
        overall = json.loads(run("eval", root, tracks, "--json", "--quiet", *names).out)["overall"]
        for column, value in rows[label].items():
            if column != "SORT/IDs":
                assert value == overall[column], (label, column)
    walk = json.loads(run("eval", root, tmp_path / "none", "--json", "--quiet", "--sequence", "walk").out)["overall"]
    assert walk["IDs"] > rows["hsv (1 of 2)"]["IDs"]  # the crossing that appearance is for


def test_a_failure_is_named_and_the_rest_goes_on(run: Run, root: Path, tmp_path: Path) -> None:
    """A descriptor that breaks is an error; vectors of other detections are a row about fewer sequences."""
    (tmp_path / "broken.py").write_text(BROKEN)
    rows = np.zeros((3, 14), np.float32)
    rows[:, 10] = 1
    np.save(tmp_path / "walk.npy", rows)
    code, out, err = run(
        *("table", root, "--cache", tmp_path / "cache", "--descriptor", tmp_path / "broken.py"),
        *("--descriptor", f"old=npy:{tmp_path}", "--descriptor", "hsv"),
    )
    assert code == 2
    assert "flatsort: broken, walk: descriptor broken, frame 1, row 1: NaN or infinity" in err
    assert "left out: old, walk: " in err
    assert "it was made for other detections" in err
    assert "left out: old: no stored descriptors of blind" in err
    assert [line.split()[0] for line in out.splitlines()[2:] if line.strip()] == ["SORT", "hsv"]


BROKEN = """
import numpy as np
from flatsort.embedding.descriptors.hsv import ColourHistogram

class Broken(ColourHistogram):
    def __call__(self, image, boxes):
        return super().__call__(image, boxes) + np.float32("nan")

def load(request):
    descriptor = Broken()
    descriptor.name = "broken"
    return descriptor
"""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--descriptor", "hvs"), "descriptor hvs: is unknown"),
        (("--descriptor", "onnx:none.onnx"), "none.onnx: does not exist"),
        (("--descriptor", "hsv", "--format", "xml"), "--format: is 'xml'"),
        (("--descriptor", "hsv", "--preset", "sort"), "--preset: sort uses no descriptor"),
        (("--descriptor", "hsv", "--sequence", "run"), "--sequence: run is not in "),
    ],
)
def test_bad_input_is_one_line(run: Run, root: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    assert run("table", root, *arguments, "--cache", tmp_path / "cache").refuses(f"flatsort: {message}")


@pytest.mark.parametrize("kind", ["terminal", "markdown", "csv", "latex"])
def test_where_all_fail_there_is_no_table(run: Run, root: Path, tmp_path: Path, kind: str) -> None:
    (root / "walk" / "gt" / "gt.txt").write_text("x\n")
    cache = ("--cache", tmp_path / "cache", "--sequence", "walk", "--quiet")
    code, out, err = run("table", root, "--descriptor", "hsv", "--format", kind, *cache)
    assert (code, out) == (2, "")
    assert "gt.txt, row 1: column 1 is 'x', not a number" in err
