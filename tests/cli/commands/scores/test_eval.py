"""`flatsort eval`, as a script calls it."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.conftest import Run

TRUTH = "1,1,0,0,10,20,1,1,1\n2,1,0,0,10,20,1,1,1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path, text in {"gt/a/gt/gt.txt": TRUTH, "gt/b/gt/gt.txt": TRUTH, "tracks/a.txt": "1,5,0,0,10,20\n"}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_json(run: Run, folder: Path) -> None:
    done = run("eval", folder / "gt", folder / "tracks", "--sequence", "a", "--json")
    assert (done.code, done.err) == (0, "")
    scores = json.loads(done.out)
    assert scores["sequences"]["a"] == scores["overall"]
    assert scores["overall"]["Rcll"] == 50


def test_partial_says_what_it_leaves_out(run: Run, folder: Path) -> None:
    done = run("eval", folder / "gt", folder / "tracks", "--partial")
    assert done.code == 0
    assert done.out.split()[:3] == ["Sequence", "IDF1", "IDP"]
    assert done.err == f"flatsort: {folder / 'tracks'}: no tracks of b; left out\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no tracks of b"),
        (["--sequence", "z"], "no ground truth for z"),
        (["--format", "html"], "--format: is 'html'; write one of terminal, markdown, csv, latex, json"),
        (["--json", "--format", "csv"], "--format: is 'csv'"),
    ],
)
def test_one_line_and_exit_code_2(run: Run, folder: Path, options: list[str], message: str) -> None:
    assert run("eval", folder / "gt", folder / "tracks", *options).refuses(message)


def test_mot16_is_scored_in_ten_seconds(run_process: Run, real_data: Path, tmp_path: Path) -> None:
    """All seven sequences, the whole process; where the reference has no tracks, the ground truth serves."""
    root = real_data / "MOT16" / "train"
    for folder in root.iterdir():
        reference = real_data / "reference" / "sort_mot16_frcnn" / f"{folder.name}.txt"
        source = reference if reference.exists() else folder / "gt" / "gt.txt"
        rows = [line.split(",")[:7] for line in source.read_text().splitlines()]
        (tmp_path / f"{folder.name}.txt").write_text("\n".join(",".join(row) for row in rows))
    start = time.perf_counter()
    done = run_process("eval", root, tmp_path, "--json")
    assert time.perf_counter() - start < 10
    assert len(json.loads(done.out)["sequences"]) == 7


def test_across_says_what_is_assumed(run: Run, folder: Path) -> None:
    (folder / "tracks" / "b.txt").write_text("1,6,0,0,10,20\n2,6,0,0,10,20\n")
    done = run("eval", folder / "gt", folder / "tracks", "--across", "--json")
    assert (
        done.err
        == "flatsort: --across: assumed is that an id is one person in all videos, in ground truth and tracks alike\n"
    )
    assert json.loads(done.out)["overall"]["IDF1"] == pytest.approx(100 * 2 * 2 / 7)
    apart = run("eval", folder / "gt", folder / "tracks", "--json")
    assert json.loads(apart.out)["overall"]["IDF1"] == pytest.approx(100 * 2 * 3 / 7)
    assert json.loads(apart.out)["sequences"] == json.loads(done.out)["sequences"]
    assert run("eval", folder / "gt", folder / "tracks", "--across", "--classes", "all").refuses("people alone")
    assert run("eval", folder / "gt" / "a", folder / "tracks", "--across").refuses("nothing across")
