"""The command line: what each command writes, and one line with exit code 2 for each bad input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from flatsort.cli.app import main

ROOT = Path(__file__).resolve().parents[2]
FRAMES = 12


class Answer(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Answer]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `flatsort` with these arguments, in this process."""

    def run(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["flatsort", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Answer(int(end.value.code or 0), out, err)

    return run


def detection_rows(frames: int = FRAMES) -> list[str]:
    """Two people: one walks right, one left; rows of a frame together, frames in order."""
    rows = []
    for frame in range(1, frames + 1):
        rows.append(f"{frame},-1,{10 + 4 * frame},20,20,50,0.9,-1,-1,-1")
        rows.append(f"{frame},-1,{120 - 4 * frame},30,20,50,0.4,-1,-1,-1")
    return rows


def write_sequence(folder: Path, rows: list[str] | None = None, *, images: bool = False, name: str = "") -> Path:
    (folder / "det").mkdir(parents=True)
    (folder / "gt").mkdir()
    name = name or folder.name
    entries = f"name={name}\nimDir=img1\nframeRate=10\nseqLength={FRAMES}\nimWidth=160\nimHeight=120\nimExt=.png\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\n{entries}")
    (folder / "det" / "det.txt").write_text("\n".join(detection_rows() if rows is None else rows) + "\n")
    truth = [
        ",".join([row.split(",")[0], str(1 + place % 2), *row.split(",")[2:6], "1,-1,-1,-1"])
        for place, row in enumerate(detection_rows())
    ]
    (folder / "gt" / "gt.txt").write_text("\n".join(truth) + "\n")
    if images:
        (folder / "img1").mkdir()
        for frame in range(1, FRAMES + 1):
            cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), np.full((120, 160, 3), 10 * frame, np.uint8))
    return folder


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    return write_sequence(tmp_path / "two-people")


def frames_of(path: Path) -> list[int]:
    return [int(line.split(",")[0]) for line in path.read_text().splitlines()]


# --- track


def test_track_writes_one_file_named_after_the_sequence(run: Run, sequence: Path, tmp_path: Path) -> None:
    answer = run("track", sequence, "--output", tmp_path / "out")
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
    assert run("track", sequence, "--output", tmp_path / "out", *options).code == 0
    rows = (tmp_path / "out" / "two-people.txt").read_text().splitlines()
    assert {int(row.split(",")[1]) for row in rows} == ids


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_other_formats(run: Run, sequence: Path, tmp_path: Path, kind: str) -> None:
    assert run("track", sequence, "--output", tmp_path, "--format", kind).code == 0
    assert (tmp_path / f"two-people.{kind}").stat().st_size > 100


def test_detections_of_a_file(run: Run, sequence: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("\n".join(detection_rows(5)))
    (sequence / "det" / "det.txt").unlink()
    assert run("track", sequence, "--detections", other, "--output", tmp_path).code == 0
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


BAD_ROWS = {
    "too few columns": ("3,-1,5,5,20", "row 5"),
    "text": ("3,-1,five,5,20,50,0.9", "row 5"),
    "NaN": ("3,-1,nan,5,20,50,0.9", "row 5"),
    "infinite": ("3,-1,inf,5,20,50,0.9", "row 5"),
    "negative width": ("3,-1,5,5,-20,50,0.9", "row 5"),
    "frame 0": ("0,-1,5,5,20,50,0.9", "row 5"),
    "beyond the sequence": ("13,-1,5,5,20,50,0.9", "row 5"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_named(run: Run, tmp_path: Path, name: str) -> None:
    bad, where = BAD_ROWS[name]
    rows = detection_rows()
    folder = write_sequence(tmp_path / "bad", rows=[*rows[:4], bad, *rows[4:]])
    assert_one_line(run("track", folder, "--output", tmp_path / "out"), "det.txt", where)


@pytest.mark.parametrize("encoding", ["utf-16", "gzip"])
def test_other_encodings_are_read_or_refused(run: Run, sequence: Path, tmp_path: Path, encoding: str) -> None:
    import gzip

    run("track", sequence, "--output", tmp_path / "plain", "-q")
    file = sequence / "det" / "det.txt"
    text = file.read_text()
    file.write_bytes(gzip.compress(text.encode()) if encoding == "gzip" else text.encode("utf-16"))
    answer = run("track", sequence, "--output", tmp_path / "out")
    if answer.code:
        assert_one_line(answer, "det.txt")
    else:
        plain = (tmp_path / "plain" / "two-people.txt").read_bytes()
        assert (tmp_path / "out" / "two-people.txt").read_bytes() == plain


BAD_OPTIONS = {
    "preset": (["--preset", "best"], "use one of sort, deepsort, joint, deepsort-original, paper"),
    "preset without descriptor": (["--preset", "deepsort"], "--descriptor"),
    "descriptor with sort": (["--preset", "sort", "--descriptor", "hsv"], "sort uses no descriptor"),
    "gate of a fixed preset": (["--preset", "paper", "--descriptor", "hsv,gate=0.5"], "a gate of its own"),
    "descriptor": (["--descriptor", "nonesuch"], "nonesuch"),
    "nms": (["--nms", "1.5"], "0 to 1"),
    "confidence": (["--min-confidence", "nan"], "--min-confidence"),
    "max age": (["--max-age", "-1"], "max_age"),
    "n init": (["--n-init", "0"], "n_init"),
    "motion weight": (["--motion-weight", "0.5"], "--motion-weight"),
    "camera motion": (["--camera-motion", "orb"], "none, flow, ecc"),
    "format": (["--format", "xml"], "mot, json, csv, parquet"),
    "detections": (["--detections", "nonesuch.txt"], "nonesuch.txt"),
}


@pytest.mark.parametrize("name", BAD_OPTIONS)
def test_a_bad_option_is_named(run: Run, sequence: Path, tmp_path: Path, name: str) -> None:
    options, problem = BAD_OPTIONS[name]
    assert_one_line(run("track", sequence, "--output", tmp_path / "out", *options), problem)


def test_a_missing_folder(run: Run, tmp_path: Path) -> None:
    assert_one_line(run("track", tmp_path / "nonesuch", "--output", tmp_path / "out"), "nonesuch")


def test_no_detections(run: Run, sequence: Path, tmp_path: Path) -> None:
    (sequence / "det" / "det.txt").unlink()
    assert_one_line(run("track", sequence, "--output", tmp_path / "out"), "--detections")


@pytest.mark.parametrize("command", ["track", "render", "demo"])
def test_an_output_folder_that_cannot_be_written(run: Run, sequence: Path, tmp_path: Path, command: str) -> None:
    (tmp_path / "file").write_text("in the way")
    run("track", sequence, "--output", tmp_path, "-q")
    arguments: dict[str, list[object]] = {
        "track": [sequence, "--output", tmp_path / "file" / "out"],
        "render": [sequence, "--tracks", tmp_path / "two-people.txt", "--output", tmp_path / "file" / "v.mp4"],
        "demo": [sequence, "--output", tmp_path / "file"],
    }
    assert_one_line(run(command, *arguments[command]), "file")
    assert (tmp_path / "file").read_text() == "in the way"


def test_a_bad_sequence_does_not_keep_the_others_from_being_tracked(run: Run, tmp_path: Path) -> None:
    sources = [write_sequence(tmp_path / name) for name in ("a", "b", "c")]
    (sources[1] / "det" / "det.txt").write_text("no detections")
    answer = run("track", *sources, tmp_path / "d", "--output", tmp_path / "out", "-q")
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 2  # one line each for b and d
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.txt", "c.txt"]


def test_two_sequences_of_one_name_do_not_overwrite_each_other(run: Run, tmp_path: Path) -> None:
    first, second = (write_sequence(tmp_path / place / "same") for place in ("x", "y"))
    (second / "det" / "det.txt").write_text("")
    answer = run("track", first, second, "--output", tmp_path / "out", "-q")
    assert_one_line(answer, "x/same")
    assert (tmp_path / "out" / "same.txt").stat().st_size > 0


def test_one_detection_file_for_two_sources_is_refused(run: Run, sequence: Path, tmp_path: Path) -> None:
    file = sequence / "det" / "det.txt"
    answer = run("track", sequence, sequence, "--detections", file, "--output", tmp_path / "out")
    assert_one_line(answer, "--detections")


def test_an_unreadable_image_is_named_and_the_tracks_up_to_it_are_kept(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "torn", images=True)
    image = folder / "img1" / "000007.png"
    image.write_bytes(image.read_bytes()[:60])
    answer = run("track", folder, "--descriptor", "hsv", "--output", tmp_path / "out", "-q")
    assert_one_line(answer, "000007.png")
    kept = frames_of(tmp_path / "out" / "torn.txt")
    assert kept
    assert max(kept) == 6


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


@pytest.mark.parametrize("options", [["--descriptor", "hsv"], ["--camera-motion", "flow"]], ids=lambda pair: pair[0])
def test_missing_images_are_named_and_earlier_tracks_left_alone(
    run: Run, sequence: Path, tmp_path: Path, options: list[str]
) -> None:
    run("track", sequence, "--output", tmp_path, "-q")
    before = (tmp_path / "two-people.txt").read_bytes()
    assert_one_line(run("track", sequence, "--output", tmp_path, *options, "-q"), "has no images", options[0][2:])
    assert (tmp_path / "two-people.txt").read_bytes() == before


def test_a_source_that_fails_at_once_leaves_earlier_tracks_alone(run: Run, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "torn", images=True)
    run("track", folder, "--output", tmp_path, "-q")
    before = (tmp_path / "torn.txt").read_bytes()
    (folder / "img1" / "000001.png").write_bytes(b"no image")
    assert_one_line(run("track", folder, "--output", tmp_path, "--descriptor", "hsv", "-q"), "000001.png")
    assert (tmp_path / "torn.txt").read_bytes() == before


def test_a_video_with_detections(run: Run, tmp_path: Path) -> None:
    video, file = tmp_path / "clip.mp4", tmp_path / "clip.txt"
    writer = cv2.VideoWriter(str(video), cv2.VideoWriter.fourcc(*"mp4v"), 10, (160, 120))
    for frame in range(FRAMES):
        writer.write(np.full((120, 160, 3), 10 * frame, np.uint8))
    writer.release()
    assert_one_line(run("track", video, "--output", tmp_path / "out"), "clip.mp4", "--detections")
    file.write_text("\n".join(detection_rows()))
    for descriptor in ("none", "hsv"):
        out = tmp_path / descriptor
        assert run("track", video, "--detections", file, "--descriptor", descriptor, "--output", out).code == 0
        assert max(frames_of(out / "clip.txt")) == FRAMES


# --- render


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
    assert_one_line(run("render", tracked, *pair, "--output", tmp_path / "v.mp4"), "--tracks", "add --switches GT")
    twice = run("render", tracked, *pair[:2], *pair[:2], "--switches", tracked, "--output", output)
    assert_one_line(twice, "--tracks", "bad is the name of two")


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
    assert_one_line(run("render", tracked, *arguments), "gt.txt", problem)


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
    assert_one_line(answer, "bad.txt", problem)


def test_render_keeps_the_video_up_to_an_unreadable_image(run: Run, tracked: Path, tmp_path: Path) -> None:
    (tracked / "img1" / "000007.png").write_bytes(b"no image")
    answer = run("render", tracked, "--tracks", tmp_path / "seen.txt", "--output", tmp_path / "v.mp4", "-q")
    assert_one_line(answer, "000007.png")
    assert cv2.VideoCapture(str(tmp_path / "v.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 6


# --- demo


def test_demo_of_the_walkers(run: Run, tmp_path: Path) -> None:
    answer = run("demo", "--frames", 20, "--output", tmp_path, "-q")
    assert answer.code == 0, answer.err
    assert "IDF1" in answer.out
    assert {"none", "hsv", "fmvae"} <= {line.split()[0] for line in answer.out.splitlines() if line.strip()}
    videos = list(tmp_path.glob("*.mp4"))
    assert len(videos) == 1
    assert cv2.VideoCapture(str(videos[0])).get(cv2.CAP_PROP_FRAME_COUNT) == 20
    said = [Path(line.removeprefix("wrote ")) for line in answer.out.splitlines() if line.startswith("wrote ")]
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or any(path.is_relative_to(told) for told in said), f"{path} was not told"


def test_demo_of_a_sequence(run: Run, sequence: Path, tmp_path: Path) -> None:
    answer = run("demo", sequence, "--frames", 8, "--output", tmp_path / "out", "-q")
    assert answer.code == 0, answer.err
    assert "MOTA" in answer.out
    assert [path.name for path in (tmp_path / "out").iterdir() if path.is_dir()] == ["none"]  # no images, no appearance
    assert max(frames_of(tmp_path / "out" / "none" / "two-people.txt")) == 8


# --- the process


def test_help_takes_less_than_half_a_second_of_processor_and_loads_no_room() -> None:
    # Processor time, so that a busy machine does not fail the test; an idle one waits about as long.
    code = """if True:
        import sys, time
        from flatsort.cli.app import main
        sys.argv = ["flatsort", "--help"]
        try:
            main()
        except SystemExit as end:
            loaded = [name for name in ("numpy", "cv2", "scipy", "torch", "flatsort.data") if name in sys.modules]
            print(end.code, loaded, time.process_time() < 0.5, file=sys.stderr)
    """
    end = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert end.stderr.strip() == "0 [] True"
    assert "track" in end.stdout


def test_ctrl_c_ends_with_130_and_keeps_the_tracks_so_far(tmp_path: Path) -> None:
    rows = [f"{frame},-1,{10 + frame % 50},20,20,50,0.9" for frame in range(1, 100001)]
    folder = write_sequence(tmp_path / "long", rows=rows)
    info = folder / "seqinfo.ini"
    info.write_text(info.read_text().replace(f"seqLength={FRAMES}", "seqLength=100000"))
    command = [sys.executable, "-m", "flatsort", "track", str(folder), "--output", str(tmp_path / "out"), "--quiet"]

    def heed_ctrl_c() -> None:  # a shell that started the tests in the background has them ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c
    )
    output = tmp_path / "out"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not any(path.stat().st_size for path in output.glob(".*")):
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "")
    kept = frames_of(output / "long.txt")
    assert 0 < len(kept) < 100000
    assert [path.name for path in output.iterdir()] == ["long.txt"]


def assert_one_line(answer: Answer, *parts: str) -> None:
    assert answer.code == 2, answer
    lines = answer.err.splitlines()
    assert len(lines) == 1, answer.err
    assert lines[0].startswith("flatsort: ")
    for part in parts:
        assert part in lines[0]
    assert answer.out == ""


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("torch", ["geometry", "pendulum/fmvae"]),
        ("lightning_fabric", ["train", "pendulum/fmvae", "--output", "run"]),
        ("onnx", ["export", "pendulum/fmvae", "--output", "x.onnx"]),
    ],
)
def test_without_the_train_extra(package: str, command: list[str], tmp_path: Path) -> None:
    """One line says what to install."""
    hide = f"import sys; sys.modules[{package!r}] = None; sys.argv = ['flatsort', *{command!r}]; "
    code = hide + f"sys.path.insert(0, {str(ROOT)!r}); from flatsort.cli.app import main; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"flatsort: the package {package}: is not installed; pip install 'flatsort[train]'\n"
    assert not list(tmp_path.iterdir())
