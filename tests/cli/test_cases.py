"""What went wrong for others, or under attack (tests/cases/README.md): the answer is right, or one line and no harm."""

from __future__ import annotations

import json
import shutil
import zlib
from pathlib import Path

import pytest

from tests.cli.two_people import FRAMES, frames_of, write_sequence
from tests.conftest import Run

CASES = Path(__file__).resolve().parents[1] / "cases"


def folder_of(path: Path, case: str, frames: int, size: str = "imWidth=640\nimHeight=360\n") -> Path:
    (path / "det").mkdir(parents=True)
    shutil.copy(CASES / f"{case}.txt", path / "det" / "det.txt")
    (path / "seqinfo.ini").write_text(f"[Sequence]\nseqLength={frames}\n{size}")
    return path


@pytest.mark.parametrize(
    ("case", "options", "remarked"),
    [
        ("negative-scores", ["--min-confidence", "0.3"], "0 of 120 detections pass --min-confidence 0.3 (scores -0.11"),
        ("negative-scores", [], "scores go from -0.11 to -0.11, not from 0 to 1"),
        ("xyxy", [], "of the boxes leave the 640x360 picture; are columns 3-6 left,top,width,height?"),
        ("normalised", [], "are these fractions of the picture?"),
        ("every5", [], "only every 5th frame has detections"),
        ("classes", [], "detections are of the classes 1, 2, each matched by itself"),
    ],
)
def test_a_remark_once_where_input_was_probably_not_meant(
    run: Run, tmp_path: Path, case: str, options: list[str], remarked: str
) -> None:
    folder = folder_of(tmp_path / "s", case, 100)
    answer = run("track", folder, "--output", tmp_path / "out", *options)
    assert answer.code == 0, answer.err
    assert answer.err.count(remarked) == 1
    assert all(line.startswith(("flatsort: ", "wrote ")) for line in answer.err.splitlines())
    assert run("track", folder, "--output", tmp_path / "out", "--quiet", *options).err == ""


def test_boxes_of_another_size_of_the_video_are_remarked(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "s", [f"{f},-1,{30 * f},90,40,80,0.9,-1,-1,-1" for f in range(1, FRAMES + 1)])
    answer = run("track", folder, "--output", tmp_path / "out")
    assert answer.code == 0, answer.err
    assert "58% of the boxes lie outside of the 160x120 picture; are they of another video, or of it in" in answer.err


@pytest.mark.parametrize("case", ["space-separated", "trailing-comma"])
def test_rows_as_other_trackers_write_them(run: Run, tmp_path: Path, case: str) -> None:
    folder = folder_of(tmp_path / "s", case, 100)
    assert run("track", folder, "--output", tmp_path / "out").code == 0
    assert frames_of(tmp_path / "out" / "s.txt")


@pytest.mark.parametrize("case", ["wide-box", "huge-box", "box-1e151"])
def test_a_wild_box_is_named_and_the_other_sequence_is_tracked(run: Run, tmp_path: Path, case: str) -> None:
    folder = folder_of(tmp_path / "s", case, 5, "")
    good = write_sequence(tmp_path / "good")
    answer = run("track", folder, good, "--output", tmp_path / "out", "--quiet")
    assert answer.refuses("det.txt, row 1: the box", "reaches beyond 1e+07 pixels")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.txt"]


@pytest.mark.parametrize("descriptor", ["none", "hsv"])
def test_a_trimmed_video_ends_every_path_at_its_last_frame(run: Run, tmp_path: Path, descriptor: str) -> None:
    options = ["--detections", CASES / "trimmed-140.txt", "--descriptor", descriptor, "--quiet"]
    answer = run("track", CASES / "trimmed-140.mp4", *options, "--output", tmp_path / descriptor)
    assert answer.refuses("beyond the sequence's 117 frames")
    rows = (CASES / "trimmed-140.txt").read_text().splitlines(keepends=True)
    fit = tmp_path / "fit.txt"
    fit.write_text("".join(row for row in rows if int(row.split(",")[0]) <= 117))
    options[1] = fit
    answer = run("track", CASES / "trimmed-140.mp4", *options[:-1], "--output", tmp_path / descriptor)
    assert answer.code == 0
    assert "(117 frames)" in answer.err


def test_ten_columns_of_visdrone_are_remarked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "gt" / "v" / "gt").mkdir(parents=True)
    shutil.copy(CASES / "visdrone-gt.txt", tmp_path / "gt" / "v" / "gt" / "gt.txt")
    (tmp_path / "tracks").mkdir()
    (tmp_path / "tracks" / "v.txt").write_text("1,1,40,60,50,120,1,-1,-1,-1\n")
    answer = run("eval", tmp_path / "gt", tmp_path / "tracks")
    assert answer.code == 0
    assert answer.err.count("column 8 looks like VisDrone's class") == 1


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("seqLength=2147483648", "seqLength is 2147483648, not a whole number up to 10000000"),
        ("imWidth=200000\nimHeight=200000", "imWidth and imHeight are 200000x200000 pixels"),
        ("name=\x1b[2Jcleared\x1b]0;title\x07", r"name is '\x1b[2Jcleared"),
        ("name=a\n b", r"name is 'a\nb', which cannot name a file"),
        ("imDir=/etc", "imDir is '/etc', which is not in the folder"),
    ],
)
def test_a_seqinfo_that_asks_for_too_much(run: Run, tmp_path: Path, entry: str, problem: str) -> None:
    folder = write_sequence(tmp_path / "s")
    length = "" if "seqLength" in entry else "seqLength=3\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\n{length}{entry}\n")
    assert run("track", folder, "--output", tmp_path / "out", "-q").refuses(problem)
    assert not list((tmp_path / "out").glob("*"))


def test_a_picture_that_no_memory_holds(run: Run, tmp_path: Path) -> None:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    header = (32_000).to_bytes(4, "big") * 2 + b"\1\0\0\0\0"
    rows = zlib.compress(bytes(4001 * 32_000), 1)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "1.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    (tmp_path / "det.txt").write_text("1,-1,1,1,10,20,1\n")
    options = ["--detections", tmp_path / "det.txt", "--descriptor", "hsv", "-q"]
    answer = run("track", tmp_path / "p", *options, "--output", tmp_path / "out")
    assert answer.refuses("1.png: frame 1 is 32000x32000 pixels, more than 67 million")


def test_a_password_is_not_shown(run: Run, tmp_path: Path) -> None:
    (tmp_path / "det.txt").write_text("1,-1,1,1,10,20,1\n")
    address = "rtsp://admin:SECRET@127.0.0.1:9/x"
    options = ["--detections", tmp_path / "det.txt", "--descriptor", "hsv", "--output", tmp_path / "out"]
    answer = run("track", address, *options)
    assert answer.refuses("rtsp://admin:***@127.0.0.1:9/x: gives no frame (Connection refused)")


def test_leftovers_and_parts_are_no_tracks(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "s")
    assert run("track", folder, "--output", tmp_path / "out", "-q").code == 0
    for name in (".s.15222.part.txt", "s.partial-3-frames.txt", ".DS_Store.txt"):
        (tmp_path / "out" / name).write_text("1,1,1")
    assert run("eval", folder.parent, tmp_path / "out", "-q", "--sequence", "s").code == 0
    (tmp_path / "out" / "s.txt").unlink()
    assert run("eval", folder, tmp_path / "out", "-q").refuses("no tracks of s")


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_eval_and_render_read_what_track_writes(run: Run, tmp_path: Path, kind: str) -> None:
    folder = write_sequence(tmp_path / "s")
    answers = []
    for name in ("mot", kind):
        assert run("track", folder, "--output", tmp_path / name, "--format", name, "-q").code == 0
        answers.append(json.loads(run("eval", folder, tmp_path / name, "--format", "json").out)["overall"])
    assert answers[1] == pytest.approx(answers[0], rel=1e-3)  # Parquet does not round
    (tracks,) = (tmp_path / kind).iterdir()
    answer = run("render", folder, "--tracks", tracks, "--output", tmp_path / "v.mp4")
    assert (answer.code, answer.err) == (0, f"wrote {tmp_path / 'v.mp4'} (VP9)\n")


def test_eval_and_render_say_where_tracks_end_early(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "s")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "s.txt").write_text("1,1,10,20,20,50,1,-1,-1,-1\n")
    early = f"flatsort: {tmp_path / 'out' / 's.txt'}: the tracks end at frame 1 of {FRAMES}\n"
    assert early in run("eval", folder, tmp_path / "out").err
    assert early in run("render", folder, "--tracks", tmp_path / "out" / "s.txt", "--output", tmp_path / "v.mp4").err


def test_no_output_takes_the_place_of_an_input(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "s", images=True)
    (tmp_path / "s.txt").write_text((folder / "det" / "det.txt").read_text())
    (tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    named_gt = write_sequence(tmp_path / "gt")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    hsv = ["--descriptor", "hsv"]
    attempts = [
        ("track", folder, "--detections", tmp_path / "s.txt", "--output", tmp_path),
        ("track", folder, "--detections", tmp_path / "s.txt", "--output", tmp_path / "link"),
        ("track", named_gt, "--output", named_gt / "gt"),
        ("render", folder, "--tracks", tmp_path / "s.txt", "--strip", "1", "--output", folder / "img1" / "000001.png"),
        ("embed", folder, *hsv, "--detections", tmp_path / "s.txt", "--output", tmp_path / "s.npy"),
    ]
    (tmp_path / "s.npy").symlink_to(tmp_path / "s.txt")
    for attempt in attempts:
        assert run(*attempt, "-q").refuses("choose another --output"), attempt
        assert {path: path.read_bytes() for path in before} == before


def test_a_video_is_not_rendered_over_itself(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "s", images=True)
    assert run("track", folder, "--output", tmp_path, "-q").code == 0
    assert run("render", folder, "--tracks", tmp_path / "s.txt", "--output", tmp_path / "v.mp4", "-q").code == 0
    before = (tmp_path / "v.mp4").read_bytes()
    answer = run("render", tmp_path / "v.mp4", "--tracks", tmp_path / "s.txt", "--output", tmp_path / "v.mp4", "-q")
    assert answer.refuses("v.mp4: is an input of this command")
    assert (tmp_path / "v.mp4").read_bytes() == before
