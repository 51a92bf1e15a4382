"""`flatsort track`: what it writes, in which formats, from which sources."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort import read_detections, read_tracks
from tests.cli.two_people import FRAMES, detection_rows, frames_of, write_classed, write_sequence
from tests.conftest import Answer, Run


def test_track_writes_one_file_named_after_the_sequence(run: Run, sequence: Path, tmp_path: Path) -> None:
    answer = run("track", sequence, "--preset", "sort", "--output", tmp_path / "out")
    assert (answer.code, answer.out) == (0, "")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["two-people.txt"]
    rows = [line.split(",") for line in (tmp_path / "out" / "two-people.txt").read_text().splitlines()]
    assert {row[1] for row in rows} == {"1", "2"}
    assert {len(row) for row in rows} == {10}
    assert sorted({int(row[0]) for row in rows}) == list(range(1, FRAMES + 1))


def test_the_same_command_twice_writes_the_same_bytes(run: Run, sequence: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert run("track", sequence, "--output", tmp_path / name, "--quiet") == Answer(0, "", "")
    assert (tmp_path / "a" / "two-people.txt").read_bytes() == (tmp_path / "b" / "two-people.txt").read_bytes()


def test_a_benchmark_root_stands_for_its_sequences(run: Run, tmp_path: Path) -> None:
    for name in ("b", "a"):
        write_sequence(tmp_path / "root" / name)
    assert run("track", tmp_path / "root", "--output", tmp_path / "out", "-q").code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        pytest.param([], {1, 2}, id="all"),
        pytest.param(["--min-confidence", "0.5"], {1}, id="sure detections alone"),
        pytest.param(["--min-height", "51"], set(), id="tall detections alone"),
        pytest.param(["--n-init", "100"], {1, 2}, id="SORT confirms at once in its first frames"),
    ],
)
def test_filters_reach_the_tracker(run: Run, sequence: Path, tmp_path: Path, options: list[str], ids: set[int]) -> None:
    assert run("track", sequence, "--preset", "sort", "--output", tmp_path / "out", *options).code == 0
    rows = (tmp_path / "out" / "two-people.txt").read_text().splitlines()
    assert {int(row.split(",")[1]) for row in rows} == ids


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
def test_other_formats(run: Run, sequence: Path, tmp_path: Path, kind: str) -> None:
    assert run("track", sequence, "--output", tmp_path, "--format", kind).code == 0
    assert (tmp_path / f"two-people.{kind}").stat().st_size > 100


def test_boxes_of_the_detections(run: Run, sequence: Path, tmp_path: Path) -> None:
    """The detection's index leads back to its row; the box is that row's where it is asked for."""
    table = read_detections(sequence / "det" / "det.txt")
    exact = {}
    for boxes in ("filtered", "detected"):
        assert run("track", sequence, "--output", tmp_path / boxes, "--boxes", boxes).code == 0
        rows = [line.split(",") for line in (tmp_path / boxes / "two-people.txt").read_text().splitlines()]
        seen = [row for row in rows if row[8] != "-1"]
        assert len(seen) >= FRAMES
        off = [
            np.abs(table.detections(int(row[0])).boxes[int(row[8])][:2] - np.array(row[2:4], float)).max()
            for row in seen
        ]
        assert max(off) < 20
        exact[boxes] = max(off) <= 0.006
    assert exact == {"filtered": False, "detected": True}
    answer = run("track", sequence, "--output", tmp_path, "--boxes", "raw")
    assert (answer.code, answer.err) == (2, "flatsort: --boxes: is 'raw'; use one of filtered, detected\n")


def test_detections_of_a_file(run: Run, sequence: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("\n".join(detection_rows(5)))
    (sequence / "det" / "det.txt").unlink()
    assert run("track", sequence, "--preset", "sort", "--detections", other, "--output", tmp_path).code == 0
    assert max(frames_of(tmp_path / "two-people.txt")) == 5


def test_an_empty_detection_file_gives_empty_tracks(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "empty", rows=[])
    (folder / "det" / "det.txt").write_text("")
    assert run("track", folder, "--output", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "empty.txt").read_text() == ""


def test_windows_line_ends_are_read(run: Run, sequence: Path, tmp_path: Path) -> None:
    run("track", sequence, "--output", tmp_path / "a")
    file = sequence / "det" / "det.txt"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    run("track", sequence, "--output", tmp_path / "b")
    assert (tmp_path / "a" / "two-people.txt").read_bytes() == (tmp_path / "b" / "two-people.txt").read_bytes()


def test_images_are_not_read_where_nothing_needs_them(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "torn", images=True)
    for image in (folder / "img1").iterdir():
        image.write_bytes(b"no image")
    assert run("track", folder, "--output", tmp_path / "out").code == 0


def test_images_are_not_read_for_stored_descriptors(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "stored", images=True)
    for image in (folder / "img1").iterdir():
        image.write_bytes(b"no image")
    rows = np.array([[float(value) for value in row.split(",")] for row in detection_rows()])
    vectors = np.eye(2)[np.arange(len(rows)) % 2]  # one for each person
    np.save(tmp_path / "stored.npy", np.hstack([rows, vectors]).astype(np.float32))
    answer = run("track", folder, "--descriptor", f"npy:{tmp_path / 'stored.npy'}", "--output", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert max(frames_of(tmp_path / "out" / "stored.txt")) == FRAMES


def test_a_video_with_detections(run: Run, tmp_path: Path) -> None:
    video, file = tmp_path / "clip.mp4", tmp_path / "clip.txt"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), 10, (160, 120))
    for frame in range(FRAMES):
        writer.write(np.full((120, 160, 3), 10 * frame, np.uint8))
    writer.release()
    file.write_text("\n".join(detection_rows()))
    for descriptor in ("none", "hsv"):
        out = tmp_path / descriptor
        assert run("track", video, "--detections", file, "--descriptor", descriptor, "--output", out).code == 0
        assert max(frames_of(out / "clip.txt")) == FRAMES


def test_a_bare_video_is_tracked_by_what_moves(run: Run, clip: Path, tmp_path: Path) -> None:
    assert run("track", clip, "--output", tmp_path / "a", "--quiet") == (0, "", "")
    assert run("track", clip, "--detector", "motion", "--output", tmp_path / "b", "--quiet").code == 0
    tracks = read_tracks(tmp_path / "a" / "clip.txt")
    assert 2 <= len(np.unique(tracks.ids)) <= 4
    assert len(tracks) > 100
    assert (tmp_path / "a" / "clip.txt").read_bytes() == (tmp_path / "b" / "clip.txt").read_bytes()


def test_a_report_beside_the_tracks(run: Run, clip: Path, tmp_path: Path) -> None:
    answer = run("track", clip, "--report", "--output", tmp_path / "out")
    assert answer.code == 0
    assert f"wrote {tmp_path / 'out' / 'clip.html'}" in answer.err
    assert "flatsort track" in (tmp_path / "out" / "clip.html").read_text()


@pytest.mark.parametrize("kind", ["mot", "json", "csv", "parquet"])
def test_classes_are_matched_apart_and_written(run: Run, tmp_path: Path, kind: str) -> None:
    folder = write_classed(tmp_path / "s", "rider\nbicycle\n")
    answer = run("track", folder, "--output", tmp_path / "out", "--format", kind)
    found = "detections are of the classes 1 (rider), 2 (bicycle), each matched by itself"
    assert answer.err.count(found) == 1
    [path] = [path for path in (tmp_path / "out").iterdir() if ".names" not in path.name]
    table = read_tracks(path)
    assert len(table) == 2 * FRAMES
    assert {*zip(table.ids.tolist(), table.classes.tolist(), strict=True)} == {(1, 1), (2, 2)}
    assert table.names == {1: "rider", 2: "bicycle"}


@pytest.mark.parametrize(
    ("options", "classes"),
    {
        "by name": (["--classes", "bicycle"], {2}),
        "by number": (["--classes", "2,1"], {1, 2}),
        "all": (["--classes", "all"], {1, 2}),
        "within a class": (["--nms", "0.5"], {1, 2}),
        "across": (["--nms", "0.5", "--across-classes"], {1}),
    }.values(),
)
def test_which_classes_are_tracked(run: Run, tmp_path: Path, options: list[str], classes: set[int]) -> None:
    folder = write_classed(tmp_path / "s", "rider\nbicycle\n")
    answer = run("track", folder, "--output", tmp_path / "out", *options)
    assert answer.code == 0, answer.err
    assert ("each matched by itself" in answer.err) == (len(classes) > 1)
    table = read_tracks(tmp_path / "out" / "s.txt")
    assert set(table.classes.tolist()) == classes
    rows = [line.split(",") for line in (tmp_path / "out" / "s.txt").read_text().splitlines()]
    seen = {(int(row[7]), int(row[8])) for row in rows}
    assert seen <= {(1, 0), (2, 1)}  # the detection's place is that in the whole file


def test_detections_in_another_format(run: Run, sequence: Path, tmp_path: Path) -> None:
    """A table of centres whose frames count from 0, in words of the user's, tracks as the original does."""
    rows = [row.split(",") for row in (sequence / "det" / "det.txt").read_text().split()]
    lines = ["frame,x,y,w,h,score"]
    for frame, _, *box, score in (row[:7] for row in rows):
        left, top, width, height = map(float, box)
        lines.append(f"{int(frame) - 1},{left + width / 2},{top + height / 2},{width},{height},{score}")
    file = tmp_path / "found.csv"
    file.write_text("\n".join(lines) + "\n")
    arguments = ("track", sequence, "--detections", file, "--output", tmp_path / "other", "-q")
    answer = run(*arguments)
    assert answer.code == 2
    assert "columns x, y may be the box's corner or its centre; say --detections-format csv,box=ltwh" in answer.err
    assert run(*arguments, "--detections-format", "csv,box=cxcywh,first=0").code == 0
    assert run("track", sequence, "--output", tmp_path / "same", "-q").code == 0
    written = [(tmp_path / name / "two-people.txt").read_text() for name in ("other", "same")]
    assert written[0] == written[1]
    answer = run("track", sequence, "--detections-format", "csv", "--output", tmp_path)
    assert (answer.code, "is there, and no --detections" in answer.err) == (2, True)
