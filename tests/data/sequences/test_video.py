"""Videos: whole, cut, damaged; memory flat on any length."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import Frame, InputError, open_sequence
from flatsort.data.sequences.video import Live, Video

SIZE = (96, 64)
ROOT = Path(__file__).resolve().parents[3]


def picture(frame: int) -> np.ndarray:
    """A picture that tells its frame: a grey level, and a texture so that frames take some bytes."""
    texture = np.random.default_rng(frame).integers(-20, 20, (SIZE[1] // 8, SIZE[0] // 8, 3))
    return (np.repeat(np.repeat(texture, 8, 0), 8, 1) + 30 + 5 * (frame % 40)).clip(0, 255).astype(np.uint8)


def record(path: Path, frames: int, code: str) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*code), 12.5, SIZE)
    assert writer.isOpened()
    for frame in range(1, frames + 1):
        writer.write(picture(frame))
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
    assert f"frame {len(frames) + 1} cannot be read (the file declares 40 frames)" in error


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


def test_stream_is_read_to_its_end(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", 6, "mp4v")
    frames = list(open_sequence(f"file://{path}"))
    assert [frame.index for frame in frames] == [1, 2, 3, 4, 5, 6]
    assert sum(1 for _ in Live(f"file://{path}").images()) == 6


def test_memory_is_flat(tmp_path: Path) -> None:
    """400 frames of 18 kB are 7.4 MB; eight ahead are 0.15 MB. The list of all shows that the measure sees them."""
    sequence = open_sequence(record(tmp_path / "a.mp4", 400, "mp4v"))
    next(iter(sequence))

    def peak(work: Callable[[], object]) -> int:
        tracemalloc.start()
        try:
            work()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(lambda: sum(frame.image is not None for frame in sequence)) < 1_000_000
    assert peak(lambda: list(sequence)) > 7_000_000


def test_nothing_but_the_error_reaches_the_terminal(tmp_path: Path) -> None:
    """FFmpeg and OpenCV would print lines of their own, were they not silenced when they are loaded."""
    path = record(tmp_path / "a.mp4", 40, "mp4v")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    opened = f"data.open_sequence({str(path)!r})"
    code = f"from flatsort import data\ntry: {opened}\nexcept data.InputError as error: print(error)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "frame 1 cannot be read" in run.stdout
    assert run.stderr == ""


def test_real_video_has_the_frames_of_its_ground_truth(real_data: Path) -> None:
    assert Video(real_data / "MOT16/train/MOT16-11/video.mp4").length == 900
    sequence = open_sequence(real_data / "MOT15/train/PETS09-S2L1")
    assert (sequence.length, sequence.frame_rate, sequence.size) == (795, 7, (768, 576))
    assert sum(frame.image is not None for frame in sequence) == 795
