"""`flatsort eval`, as a script calls it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
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


@pytest.fixture
def by_class(tmp_path: Path) -> Path:
    """A person of class 0 and a car of class 1 in two sequences; b's tracks have no person."""
    truth, person = "1,1,0,0,10,20,1,0,1\n1,2,90,0,40,20,1,1,1\n", "1,5,0,0,10,20,1,0,-1,-1\n"
    car = "1,6,90,0,40,20,1,1,-1,-1\n"
    files = {"gt/a/gt/gt.txt": truth, "gt/b/gt/gt.txt": truth, "tracks/a.txt": person + car, "tracks/b.txt": car}
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_by_class(run: Run, by_class: Path) -> None:
    gt, tracks = by_class / "gt", by_class / "tracks"
    assert run("eval", gt, tracks).refuses("0 in frame 1, expected classes 1 to 13", "score its classes with --classes")
    done = run("eval", gt, tracks, "--classes", "all")
    assert (done.code, done.err) == (0, "")
    rows = [line.split("  ")[0] for line in done.out.splitlines()]
    assert [row for row in rows if row and set(row) != {"─"}] == [
        *("Class", "class 0", "class 0", "class 0", "class 1", "class 1", "class 1", *["OVERALL"] * 3)
    ]
    scores = json.loads(run("eval", gt, tracks, "--classes", "1,0", "--json").out)
    assert list(scores["classes"]) == ["class 1", "class 0"]
    assert [scores["classes"]["class 0"]["sequences"][name]["Rcll"] for name in "ab"] == [100, 0]
    assert scores["classes"]["class 1"]["overall"]["MOTA"] == 100
    assert (scores["sequences"]["b"]["FN"], scores["overall"]["FN"], scores["overall"]["Rcll"]) == (1, 1, 75)
    lines = run("eval", gt, tracks, "--classes", "0", "--sequence", "a", "--format", "csv").out.splitlines()
    assert [line.split(",")[:3] for line in lines] == [
        ["class", "sequence", "IDF1"],
        *([label, name, "100.0"] for label in ("class 0", "OVERALL") for name in ("a", "OVERALL")),
    ]


def test_ground_truth_with_names_is_scored_by_class(run: Run, by_class: Path) -> None:
    gt, tracks = by_class / "gt", by_class / "tracks"
    (gt / "names.txt").write_text("person\ncar\n")
    done = run("eval", gt, tracks, "--json")
    assert done.err == f"flatsort: {gt}: has names of its classes, and is scored by class; --classes chooses\n"
    assert json.loads(done.out) == json.loads(run("eval", gt, tracks, "--classes", "person,car", "--json").out)
    assert run("eval", gt, tracks, "--classes", "persn").refuses("knows no 'persn'; did you mean person?")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "no tracks of b"),
        (["--classes", "all"], "no tracks of b"),
        (["--sequence", "z"], "no ground truth for z"),
        (["--format", "html"], "--format: is 'html'; write one of terminal, markdown, csv, latex, json"),
        (["--json", "--format", "csv"], "--format: is 'csv'"),
    ],
)
def test_one_line_and_exit_code_2(run: Run, folder: Path, options: list[str], message: str) -> None:
    assert run("eval", folder / "gt", folder / "tracks", *options).refuses(message)


def test_all_of_mot16_is_scored(run_process: Run, real_data: Path, tmp_path: Path) -> None:
    """All seven sequences, the whole process; where the reference has no tracks, the ground truth serves."""
    root = real_data / "MOT16" / "train"
    for folder in root.iterdir():
        reference = real_data / "reference" / "sort_mot16_frcnn" / f"{folder.name}.txt"
        source = reference if reference.exists() else folder / "gt" / "gt.txt"
        rows = [line.split(",")[:7] for line in source.read_text().splitlines()]
        (tmp_path / f"{folder.name}.txt").write_text("\n".join(",".join(row) for row in rows))
    done = run_process("eval", root, tmp_path, "--json")
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


def write_info(folder: Path) -> None:
    for name in "ab":
        (folder / "gt" / name / "seqinfo.ini").write_text(f"[Sequence]\nname={name}\nseqLength=2\n")


def test_across_with_a_descriptor(run: Run, folder: Path) -> None:
    write_info(folder)
    for name, track in (("a", 5), ("b", 6)):
        (folder / "tracks" / f"{name}.txt").write_text(f"1,{track},0,0,10,20\n")
        (folder / "gt" / name / "det").mkdir()
        (folder / "gt" / name / "det" / "det.txt").write_text("1,-1,0,0,10,20,0.9\n")
        vector = [[1, -1, 0, 0, 10, 20, 0.9, -1, -1, -1, 1, 0]]
        np.save(folder / f"{name}.npy", np.array(vector, np.float32))
    asked = ("eval", folder / "gt", folder / "tracks", "--across", "--descriptor", f"npy:{folder}")
    done = run(*asked)
    assert done.code == 0, done.err
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0][-3:] == ["Rank-1", "mAP", "queries"]
    assert [line[-3:] for line in lines[2:]] == [["100.0", "100.0", "1"]] * 2 + [["100.0", "100.0", "2"]]
    assert json.loads(run(*asked, "--json").out)["overall"]["queries"] == 2
    (folder / "gt" / "b" / "gt" / "gt.txt").write_text(TRUTH.replace(",1,0,0", ",2,0,0"))
    nobody = run(*asked, "--json")
    assert json.loads(nobody.out)["overall"]["mAP"] is None
    assert run(*asked).out.splitlines()[-1].split()[-3:] == ["-", "-", "0"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--descriptor", "hsv"], "add --across"),
        (["--across", "--descriptor", "none"], "none says nothing about looks"),
        (["--across", "--descriptor", "hsv"], "has no images, which descriptor hsv needs"),
    ],
)
def test_a_descriptor_that_cannot_be_asked_is_refused(run: Run, folder: Path, options: list[str], message: str) -> None:
    write_info(folder)
    for name in "ab":
        (folder / "tracks" / f"{name}.txt").write_text("1,6,0,0,10,20\n2,6,0,0,10,20\n")
    assert run("eval", folder / "gt", folder / "tracks", *options).refuses(message)
