"""Videos: whole, cut, damaged; memory flat on any length."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import Frame, InputError, open_sequence
from flatsort.data.pyav import import_av
from flatsort.data.sequences.stream import Stream
from flatsort.data.sequences.video import Video

SIZE = (96, 64)
ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests" / "cases"


def picture(frame: int) -> np.ndarray:
    """A picture that tells its frame: a grey level, and a texture so that frames take some bytes."""
    texture = np.random.default_rng(frame).integers(-20, 20, (SIZE[1] // 8, SIZE[0] // 8, 3))
    return (np.repeat(np.repeat(texture, 8, 0), 8, 1) + 30 + 5 * (frame % 40)).clip(0, 255).astype(np.uint8)


def record(path: Path, frames: int, code: str, size: tuple[int, int] = SIZE) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 12.5, size)
    assert writer.isOpened()
    for frame in range(1, frames + 1):
        writer.write(cv2.resize(picture(frame), size))
    writer.release()
    return path


CODECS = pytest.mark.parametrize(("name", "code"), [("a.mp4", "mp4v"), ("a.avi", "MJPG")])


def frames_before_error(path: Path) -> tuple[list[Frame], str]:
    frames = []
    try:
        for frame in open_sequence(path):
            frames.append(frame)
    except InputError as error:
        return frames, str(error)
    return frames, ""


@CODECS
def test_every_frame_in_order_twice(tmp_path: Path, name: str, code: str) -> None:
    path = record(tmp_path / name, 40, code)
    sequence = open_sequence(str(path))
    assert (sequence.name, sequence.length, sequence.frame_rate, sequence.size) == ("a", 40, 12.5, SIZE)
    assert sequence.has_images
    for _ in range(2):
        frames = list(sequence)
        assert [frame.index for frame in frames] == list(range(1, 41))
        for frame in frames[:39]:
            assert frame.image is not None
            assert abs(frame.image.mean() - picture(frame.index).mean()) < 4


def test_detections_for_a_video(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 5, "mp4v")
    rows = tmp_path / "det.txt"
    rows.write_text("2,-1,1,2,3,4,0.5\n5,-1,1,2,3,4,0.5\n")
    assert [len(frame.detections) for frame in open_sequence(path, detections=rows)] == [0, 1, 0, 0, 1]
    without = open_sequence(path, detections=rows, images=False)
    assert [(frame.image, len(frame.detections)) for frame in without] == [(None, n) for n in (0, 1, 0, 0, 1)]
    rows.write_text("6,-1,1,2,3,4,0.5\n")
    with pytest.raises(InputError, match=r"row 1: frame is 6, beyond the sequence's 5 frames"):
        open_sequence(path, detections=rows)


def test_cut_avi_gives_its_frames_and_names_the_next(tmp_path: Path) -> None:
    path = record(tmp_path / "a.avi", 40, "MJPG")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames, error = frames_before_error(path)
    assert 10 < len(frames) < 30
    assert f"a.avi: frame {len(frames) + 1} cannot be read (the file is cut short)" in error


def test_damaged_avi_is_seen_by_its_count(tmp_path: Path) -> None:
    path = record(tmp_path / "a.avi", 40, "MJPG")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + len(content) // 5] = bytes(len(content) // 5)
    path.write_bytes(content)
    frames, error = frames_before_error(path)
    assert len(frames) < 40
    assert f"frame {len(frames) + 1} cannot be read (the file holds 40 frames)" in error


@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.mkv", "a"])
@pytest.mark.parametrize("content", [b"", b"no video " * 1000, bytes(5000)])
def test_no_video(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match="frame 1 cannot be read"):
        open_sequence(tmp_path / name)


def test_mp4_cut_before_its_index(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 40, "mp4v")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="frame 1 cannot be read"):
        open_sequence(path)


def test_camera_that_is_not_there() -> None:
    sequence = open_sequence(97)
    assert (sequence.name, sequence.length, sequence.has_images) == ("camera97", None, True)
    with pytest.raises(InputError, match="camera 97: gives no frame"):
        next(iter(sequence))


def test_stream_that_is_not_there() -> None:
    sequence = open_sequence("rtsp://127.0.0.1:9/gate.sdp")
    assert (sequence.name, sequence.length) == ("gate", None)
    with pytest.raises(InputError, match="gives no frame"):
        next(iter(sequence))


def run_python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stderr == ""
    return run.stdout


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc tells the peak of a process")
def test_memory_is_flat(tmp_path: Path) -> None:
    """400 frames of 0.9 MB are 369 MB; eight ahead are 7 MB. The list of all shows that the measure sees them."""
    path = record(tmp_path / "a.mp4", 400, "mp4v", (640, 480))

    def peak(work: str) -> int:
        measure = "print(re.search('VmHWM: *([0-9]+)', open('/proc/self/status').read().replace(chr(9), ''))[1])"
        opened = f"import re; from flatsort import data; sequence = data.open_sequence({str(path)!r})"
        return int(run_python(f"{opened}; next(iter(sequence)); {work}; {measure}")) // 1024

    first = peak("pass")
    assert peak("sum(frame.image is not None for frame in sequence)") < first + 60
    assert peak("kept = list(sequence)") > first + 240


def test_nothing_but_the_error_reaches_the_terminal(tmp_path: Path) -> None:
    """FFmpeg would print lines of its own, were it not silenced when it is loaded."""
    path = record(tmp_path / "a.mp4", 40, "mp4v")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    opened = f"data.open_sequence({str(path)!r})"
    shown = run_python(f"from flatsort import data\ntry: {opened}\nexcept data.InputError as error: print(error)")
    assert "frame 1 cannot be read" in shown


def both_ways(path: Path, detections: Path) -> list[tuple[int, str]]:
    """(frames, error) with pictures and without."""
    found = []
    for images in (True, False):
        index, error = 0, ""
        try:
            for frame in open_sequence(path, detections=detections, images=images):
                index = frame.index
        except InputError as refused:
            error = str(refused)
        found.append((index, error))
    return found


def detections_until(path: Path, last: int) -> Path:
    path.write_text("".join(f"{frame},-1,1,2,3,4,0.5\n" for frame in range(1, last + 1)))
    return path


def mux(path: Path, packets: list[bytes], *, rate: int = 25, turned: int = 0) -> Path:
    """An MJPEG file of these JPEGs."""
    av = import_av()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=rate)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        if turned:
            stream.set_display_rotation(turned)
        for time, content in enumerate(packets):
            packet = av.Packet(content)
            packet.stream, packet.time_base, packet.is_keyframe = stream, 1 / Fraction(rate), True
            packet.pts, packet.dts, packet.duration = time, time, 1
            container.mux(packet)
    return path


def jpegs(count: int) -> list[bytes]:
    return [cv2.imencode(".jpg", picture(frame))[1].tobytes() for frame in range(1, count + 1)]


@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.mkv"])
def test_a_whole_video_is_the_same_with_and_without_pictures(tmp_path: Path, name: str) -> None:
    path = mux(tmp_path / name, jpegs(20))
    assert both_ways(path, detections_until(tmp_path / "det.txt", 20)) == [(20, "")] * 2


@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.mkv"])
def test_a_damaged_last_frame_ends_every_path_at_the_one_before(tmp_path: Path, name: str) -> None:
    path = mux(tmp_path / name, [*jpegs(19), b"\xff\xd8" + b"no picture" * 30])
    seen, unseen = both_ways(path, detections_until(tmp_path / "det.txt", 20))
    assert seen == unseen
    assert seen[0] == 19
    assert "frame 20 cannot be read (" in seen[1]


def test_a_header_that_promises_more_frames_is_not_believed(tmp_path: Path) -> None:
    path = mux(tmp_path / "a.avi", jpegs(20))
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        at = content.index(mark) + offset
        assert int.from_bytes(content[at : at + 4], "little") == 20
        content[at : at + 4] = (25).to_bytes(4, "little")
    path.write_bytes(content)
    assert both_ways(path, detections_until(tmp_path / "det.txt", 20)) == [(20, "")] * 2
    seen, unseen = both_ways(path, detections_until(tmp_path / "det.txt", 25))
    assert seen == unseen
    assert seen[0] == 20
    assert "frame 21 has no image, and detections reach frame 25" in seen[1]


def test_a_trimmed_video_has_the_frames_that_are_shown() -> None:
    """140 are stored; its edit list shows the last 117 (CASES/users/trimmed-140)."""
    video = CASES / "trimmed-140.mp4"
    assert open_sequence(video).length == 117
    assert sum(1 for _ in open_sequence(video)) == 117
    assert sum(1 for _ in open_sequence(video, images=False)) == 117
    assert sum(1 for _ in Stream(f"file:{video}").connect()) == 117


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_telephone_held_upright(tmp_path: Path, turned: int) -> None:
    path = mux(tmp_path / "a.mp4", jpegs(3), turned=turned)
    sequence = open_sequence(path)
    images = [frame.image for frame in sequence]
    capture = cv2.VideoCapture(str(path))
    for image in images:
        assert image is not None
        np.testing.assert_array_equal(image, capture.read()[1])
        assert sequence.size == (image.shape[1], image.shape[0])


def test_a_picture_that_no_memory_holds_is_refused_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = mux(tmp_path / "a.mp4", jpegs(3))
    monkeypatch.setattr("flatsort.data.limits.MOST_PIXELS", 6000)
    with pytest.raises(InputError, match=r"a\.mp4: its picture is 96x64 pixels, more than"):
        open_sequence(path)


def test_real_video_has_the_frames_of_its_ground_truth(real_data: Path) -> None:
    assert Video(real_data / "MOT16/train/MOT16-11/video.mp4").length == 900
    sequence = open_sequence(real_data / "MOT15/train/PETS09-S2L1")
    assert (sequence.length, sequence.frame_rate, sequence.size) == (795, 7, (768, 576))
    assert sum(frame.image is not None for frame in sequence) == 795


def serve(content: bytes, sent: int, *, length: bool, stalls: bool = False) -> Iterator[str]:
    """The URL of a server that sends so many bytes of a file and hangs up, or falls silent."""
    done = threading.Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            if length:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:sent])
            if stalls:
                done.wait(300)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://user:secret@127.0.0.1:{server.server_port}/s.avi"
    done.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("name", ["a.avi", "a.mkv"])
@pytest.mark.parametrize(
    ("part", "length", "stalls", "reason"),
    [
        pytest.param(1.0, True, False, None, id="whole"),
        pytest.param(0.6, True, False, "Input/output error", id="hung up"),
        pytest.param(0.6, True, True, "no data for 1 s", id="silent"),
        pytest.param(0.6, False, False, "", id="hung up, no length"),
    ],
)
def test_a_stream_that_breaks_off_is_no_success(
    tmp_path: Path, name: str, part: float, length: bool, stalls: bool, reason: str | None
) -> None:
    content = record(tmp_path / name, 60, "MJPG", (320, 240)).read_bytes()
    frames, error = 0, None
    for address in serve(content, int(part * len(content)), length=length, stalls=stalls):
        try:
            for frame in open_sequence(address, timeout=1 if stalls else 60):
                frames = frame.index
        except InputError as refused:
            error = str(refused)
    if reason is None:
        assert (frames, error) == (60, None)
    else:
        assert 30 < frames < 60
        assert error is not None
        assert f"broke off after frame {frames} ({reason}" in error
        assert "user:***@127" in error


def test_a_file_by_its_url_is_the_file(tmp_path: Path) -> None:
    path = record(tmp_path / "a b.avi", 40, "MJPG")
    sequence = open_sequence(path.as_uri())
    assert (sequence.name, sequence.length, sequence.is_live) == ("a b", 40, False)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(InputError, match=r"frame [0-9]+ cannot be read \(the file is cut short\)"):
        list(open_sequence(path.as_uri()))
    with pytest.raises(InputError, match="names a file on host"):
        open_sequence("file://host/a.avi")
