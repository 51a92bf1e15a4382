"""`flatsort render`: the files it writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from tests.cli.two_people import FRAMES, write_sequence
from tests.conftest import Answer, Run


@pytest.fixture
def tracked(run: Run, tmp_path: Path) -> Path:
    folder = write_sequence(tmp_path / "seen", images=True)
    run("track", folder, "--output", tmp_path, "-q")
    return folder


def test_render_writes_video_strip_and_switches(run: Run, tracked: Path, tmp_path: Path) -> None:
    tracks = tmp_path / "seen.txt"
    # Identity 1 becomes 7 from frame 8 on: one switch.
    rows = [line.split(",", 2) for line in tracks.read_text().splitlines()]
    switched = [f"{frame},{7 if name == '1' and int(frame) >= 8 else name},{rest}" for frame, name, rest in rows]
    tracks.write_text("\n".join(switched) + "\n")
    output = tmp_path / "out" / "v.mp4"
    truth = tracked / "gt" / "gt.txt"
    answer = run("render", tracked, "--tracks", tracks, "--output", output, "--strip", 7, "--switches", truth)
    assert answer.code == 0, answer.err
    assert "identity switches: 1" in answer.err
    files = sorted(str(path.relative_to(output.parent)) for path in output.parent.rglob("*") if path.is_file())
    assert files == ["v-id-7.png", "v-switches/switch-000008-person-1.png", "v.mp4"]
    assert cv2.VideoCapture(str(output)).get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES


def test_render_shows_a_switch_as_several_trackers_saw_it(run: Run, tracked: Path, tmp_path: Path) -> None:
    rows = [line.split(",", 2) for line in (tmp_path / "seen.txt").read_text().splitlines()]
    switched = [f"{frame},{7 if name == '1' and int(frame) >= 8 else name},{rest}" for frame, name, rest in rows]
    (tmp_path / "bad.txt").write_text("\n".join(switched) + "\n")
    pair = ("--tracks", tmp_path / "bad.txt", "--tracks", f"good={tmp_path / 'seen.txt'}")
    output = tmp_path / "out"
    answer = run("render", tracked, *pair, "--switches", tracked, "--output", output)
    assert answer.code == 0, answer.err
    assert "identity switches: bad 1, good 0 (keeps 1 of those that bad changes)" in answer.err
    (picture,) = output.iterdir()
    assert picture.name == "switch-000008-person-1.png"
    one = run("render", tracked, *pair[:2], "--switches", tracked, "--output", tmp_path / "one")
    assert "identity switches: 1" in one.err
    alone = cv2.imread(str(tmp_path / "one" / picture.name))
    assert cv2.imread(str(picture)).shape[0] > 1.8 * alone.shape[0]
    assert run("render", tracked, *pair, "--output", tmp_path / "v.mp4").refuses("--tracks", "add --switches GT")
    twice = run("render", tracked, *pair[:2], *pair[:2], "--switches", tracked, "--output", output)
    assert twice.refuses("--tracks", "bad is the name of two")


def test_render_without_images(run: Run, sequence: Path, tmp_path: Path) -> None:
    run("track", sequence, "--output", tmp_path, "-q")
    (sequence / "det" / "det.txt").unlink()  # not needed to draw
    answer = run("render", sequence, "--tracks", tmp_path / "two-people.txt", "--output", tmp_path / "v.mp4", "-q")
    assert answer == Answer(0, "", "")
    assert cv2.VideoCapture(str(tmp_path / "v.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == FRAMES


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        pytest.param("1,1,5,5,20,50,1,99,1\n", "99", id="a class that does not exist"),
        pytest.param("1,1,5,5,20,50,1\n1,1,6,6,20,50,1\n", "id 1 twice", id="an identity twice in a frame"),
    ],
)
def test_render_refuses_bad_ground_truth(run: Run, tracked: Path, tmp_path: Path, rows: str, problem: str) -> None:
    (tracked / "gt" / "gt.txt").write_text(rows)
    arguments = ["--tracks", tmp_path / "seen.txt", "--output", tmp_path / "v.mp4", "--switches", tracked]
    assert run("render", tracked, *arguments).refuses("gt.txt", problem)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        pytest.param("1,1,5,5,20,50,1\n1,1,6,6,20,50,1\n", "id 1 twice", id="an identity twice in a frame"),
        pytest.param("13,1,5,5,20,50,1\n", "beyond the sequence", id="a frame beyond the sequence"),
    ],
)
def test_render_refuses_bad_tracks(run: Run, tracked: Path, tmp_path: Path, rows: str, problem: str) -> None:
    (tmp_path / "bad.txt").write_text(rows)
    answer = run("render", tracked, "--tracks", tmp_path / "bad.txt", "--output", tmp_path / "v.mp4")
    assert answer.refuses("bad.txt", problem)


def test_render_keeps_the_video_up_to_an_unreadable_image(run: Run, tracked: Path, tmp_path: Path) -> None:
    (tracked / "img1" / "000007.png").write_bytes(b"no image")
    answer = run("render", tracked, "--tracks", tmp_path / "seen.txt", "--output", tmp_path / "v.mp4", "-q")
    assert answer.refuses("000007.png")
    part = tmp_path / "v.partial-6-frames.mp4"
    assert f"{part} keeps the first 6 frames" in answer.err
    assert cv2.VideoCapture(str(part)).get(cv2.CAP_PROP_FRAME_COUNT) == 6
    assert not (tmp_path / "v.mp4").exists()
