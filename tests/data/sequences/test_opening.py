"""Opening: what each source is, and what is said where it is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError, open_sequence

ROOT = Path(__file__).resolve().parents[3]


def motchallenge(folder: Path, *, length: int = 3, det: str | None = "1,-1,1,2,3,4,0.5\n3,-1,5,6,7,8,0.25\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    info = f"[Sequence]\nname={folder.name}\nframeRate=25\nseqLength={length}\nimWidth=32\nimHeight=24\n"
    (folder / "seqinfo.ini").write_text(info)
    if det is not None:
        (folder / "det").mkdir(exist_ok=True)
        (folder / "det" / "det.txt").write_text(det)
    return folder


def add_images(folder: Path, numbers: list[int], size: tuple[int, int] = (32, 24)) -> None:
    (folder / "img1").mkdir(exist_ok=True)
    for number in numbers:
        image = np.full((size[1], size[0], 3), 10 * number, np.uint8)
        cv2.imwrite(str(folder / "img1" / f"{number:06d}.jpg"), image)


def refusal(*arguments: object, **named: object) -> str:
    with pytest.raises(InputError) as caught:
        list(open_sequence(*arguments, **named))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_motchallenge_without_images(tmp_path: Path) -> None:
    sequence = open_sequence(motchallenge(tmp_path / "A-01"))
    assert (sequence.name, sequence.length, sequence.frame_rate, sequence.size) == ("A-01", 3, 25, (32, 24))
    assert not sequence.has_images
    frames = list(sequence)
    assert [(frame.index, frame.image, len(frame.detections)) for frame in frames] == [
        (1, None, 1),
        (2, None, 0),
        (3, None, 1),
    ]
    assert frames[2].detections.boxes.tolist() == [[5, 6, 12, 14]]
    assert frames[2].detections.scores.tolist() == [0.25]


def test_motchallenge_with_images(tmp_path: Path) -> None:
    folder = motchallenge(tmp_path / "A-01")
    add_images(folder, [1, 2, 3])
    frames = list(open_sequence(folder))
    assert [round(float(frame.image.mean())) for frame in frames if frame.image is not None] == [10, 20, 30]
    assert [frame.image for frame in open_sequence(folder, images=False)] == [None] * 3


def test_motchallenge_with_a_video(tmp_path: Path) -> None:
    folder = motchallenge(tmp_path / "A-01")
    writer = cv2.VideoWriter(str(folder / "video.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (32, 24))
    for number in (1, 2, 3):
        writer.write(np.full((24, 32, 3), 40 * number, np.uint8))
    writer.release()
    frames = list(open_sequence(folder))
    assert [round(float(frame.image.mean()), -1) for frame in frames if frame.image is not None] == [40, 80, 120]


def test_other_detections(tmp_path: Path) -> None:
    folder = motchallenge(tmp_path / "A-01", det=None)
    (tmp_path / "mine.txt").write_text("2,-1,0,0,1,1,0.5\n")
    sequence = open_sequence(folder, detections=tmp_path / "mine.txt")
    assert [len(frame.detections) for frame in sequence] == [0, 1, 0]


def test_empty_detections_are_valid(tmp_path: Path) -> None:
    assert [len(frame.detections) for frame in open_sequence(motchallenge(tmp_path / "A", det=""))] == [0, 0, 0]


def test_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(tmp_path / "none") == f"{tmp_path / 'none'}: no such file or folder; check the path"
    monkeypatch.chdir(tmp_path)
    assert "no such file or folder" in refusal("gone.mp4")
    assert "name a file of detections" in refusal(motchallenge(tmp_path / "A", det=None))
    assert "mine.txt: no such file" in refusal(tmp_path / "A", detections=tmp_path / "mine.txt")


def test_neither_sequence_nor_images(tmp_path: Path) -> None:
    assert "has neither seqinfo.ini nor images; name a folder that holds a sequence" in refusal(tmp_path)
    motchallenge(tmp_path / "A-01")
    assert f"name one sequence, such as {tmp_path / 'A-01'}" in refusal(tmp_path)
    (tmp_path / "A-01" / "seqinfo.ini").unlink()
    assert "has det or gt but no seqinfo.ini" in refusal(tmp_path / "A-01")


def test_wrong_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "det.txt").touch()
    (tmp_path / "a.jpg").touch()
    assert "is text, not a sequence" in refusal(tmp_path / "det.txt")
    assert f"name its folder, {tmp_path}" in refusal(tmp_path / "a.jpg")
    assert "camera -1: is no camera" in refusal(-1)
    assert "nothing but images" in refusal(0, images=False)


def test_row_beyond_the_sequence(tmp_path: Path) -> None:
    message = refusal(motchallenge(tmp_path / "A", det="4,-1,0,0,1,1,1\n"))
    assert "det.txt, row 1: frame is 4, beyond the sequence's 3 frames" in message


def test_missing_image_is_named_after_the_frames_before_it(tmp_path: Path) -> None:
    folder = motchallenge(tmp_path / "A")
    add_images(folder, [1, 3])
    frames = iter(open_sequence(folder))
    assert next(frames).index == 1
    with pytest.raises(InputError, match="frame 2 has no image"):
        next(frames)


def test_video_shorter_than_the_sequence(tmp_path: Path) -> None:
    folder = motchallenge(tmp_path / "A")
    writer = cv2.VideoWriter(str(folder / "video.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, (32, 24))
    writer.write(np.zeros((24, 32, 3), np.uint8))
    writer.release()
    frames = iter(open_sequence(folder))
    next(frames)
    with pytest.raises(InputError, match="frame 2 has no image, and the sequence has frame 3"):
        next(frames)


def test_image_of_another_size(tmp_path: Path) -> None:
    folder = motchallenge(tmp_path / "A")
    add_images(folder, [1, 2, 3], size=(16, 12))
    assert "frame 1 is 16x12 pixels, seqinfo.ini says 32x24" in refusal(folder)


def test_digits_name_a_camera_unless_a_folder_has_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_sequence("3").name == "camera3"
    motchallenge(tmp_path / "3")
    assert open_sequence("3").length == 3


def test_read_ahead_must_be_positive(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read_ahead is 0"):
        open_sequence(motchallenge(tmp_path / "A"), read_ahead=0)


def test_import_data_is_light() -> None:
    heavy = ["torch", "cv2", "pandas", "matplotlib", "pyarrow", "scipy", "flatsort.data.walkers"]
    code = f"import sys, flatsort.data; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_opencv_without_its_libraries_is_one_line_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')")
    code = "import flatsort.data.opencv as o\ntry: o.import_cv2()\nexcept o.InputError as error: print(error)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert "libGL.so.1" in run.stdout
    assert run.stdout.strip().endswith("sudo apt-get install libgl1 libglib2.0-0")


def test_real_sequences_open(real_data: Path) -> None:
    for folder in sorted(real_data.glob("MOT1*/train/*")):
        sequence = open_sequence(folder)
        assert sequence.name == folder.name
        assert sequence.length is not None
        assert sequence.detections.last_frame <= sequence.length
    kitti = open_sequence(real_data / "MOT15/train/KITTI-17")
    assert sum(frame.image is not None for frame in kitti) == 145
