"""Image folders: natural order, the file of each frame, broken images by frame."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError, open_sequence
from flatsort.data.files.image_file import read_image
from flatsort.data.sequences.image_folder import ImageFolder, frames_of_sequence, list_images, natural_key


def picture(value: int, width: int = 32, height: int = 24) -> np.ndarray:
    noise = np.random.default_rng(value).integers(0, 40, (height, width, 3))
    return (noise + 5 * value).astype(np.uint8)


@pytest.mark.parametrize(
    "names",
    [
        ["1.jpg", "2.jpg", "10.jpg", "100.jpg"],
        ["frame9.png", "frame10.png", "frame11.png"],
        ["a1b2.jpg", "a1b10.jpg", "a2b1.jpg"],
        ["000001.jpg", "000002.jpg", "000010.jpg"],
        ["1.jpg", "a.jpg"],
        ["01.jpg", "1.jpg"],
    ],
)
def test_natural_order(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(backwards, key=natural_key) == names


def test_lists_images_only(tmp_path: Path) -> None:
    for name in ["10.JPG", "9.jpg", "._9.jpg", "notes.txt", "8.png"]:
        (tmp_path / name).touch()
    assert [file.name for file in list_images(tmp_path)] == ["8.png", "9.jpg", "10.JPG"]
    with pytest.raises(InputError, match="cannot be listed"):
        list_images(tmp_path / "none")


@pytest.mark.parametrize(
    ("names", "length", "expected"),
    [
        pytest.param("1 2 3", 3, "1 2 3", id="as many as frames"),
        pytest.param("0 1 2", 3, "0 1 2", id="as many, from 0"),
        pytest.param("1 3", 3, "1 - 3", id="a gap"),
        pytest.param("0 2", 3, "0 - 2", id="a gap, from 0"),
        pytest.param("1 2", 4, "1 2 - -", id="the end is missing"),
        pytest.param("1 2 3 4", 2, "1 2", id="more than frames"),
        pytest.param("a1 a3", 3, "a1 - a3", id="the number is in the name"),
        pytest.param("a b", 3, "a b -", id="no numbers"),
        pytest.param("a b c", 2, "a b", id="no numbers, more than frames"),
    ],
)
def test_file_of_each_frame(names: str, length: int, expected: str) -> None:
    found = frames_of_sequence([Path(f"{name}.jpg") for name in names.split()], length)
    assert [file.stem if file else "-" for file in found] == expected.split()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".tif", ".webp"])
def test_reads_whole_images_and_refuses_cut_ones(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"frame{suffix}"
    cv2.imwrite(str(path), picture(3))
    image = read_image(path, 1)
    assert (image.shape, image.dtype) == ((24, 32, 3), np.uint8)
    assert np.abs(image.astype(int) - picture(3)).mean() < 20
    whole = path.read_bytes()
    for share in (0.0, 0.3, 0.6, 0.95):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match=r"frame 7 cannot be decoded"):
            read_image(path, 7)


def test_cut_jpeg_with_a_thumbnail_is_seen(tmp_path: Path) -> None:
    """The thumbnail has an end mark of its own, before the picture's start of scan."""
    thumbnail = cv2.imencode(".jpg", picture(1, 8, 8))[1].tobytes()
    whole = cv2.imencode(".jpg", picture(2))[1].tobytes()
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    path = tmp_path / "a.jpg"
    path.write_bytes(whole[:2] + segment + whole[2:])
    assert read_image(path, 1).shape == (24, 32, 3)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match="frame 1 cannot be decoded"):
        read_image(path, 1)


def test_grey_and_transparent_images_come_as_bgr(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "grey.png"), picture(1)[..., 0])
    cv2.imwrite(str(tmp_path / "clear.png"), np.dstack([picture(1), picture(1)[..., :1]]))
    assert read_image(tmp_path / "grey.png", 1).shape == (24, 32, 3)
    assert read_image(tmp_path / "clear.png", 1).shape == (24, 32, 3)


def test_no_file_for_a_frame(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "1.png"), picture(1))
    images = ImageFolder(tmp_path, [tmp_path / "1.png", None]).pictures()
    next(images)
    with pytest.raises(InputError, match="frame 2 has no image"):
        next(images)


def test_opens_as_a_sequence(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    folder.mkdir()
    for number in range(1, 12):
        cv2.imwrite(str(folder / f"frame{number}.png"), picture(number))
    sequence = open_sequence(folder)
    assert (sequence.name, sequence.length, sequence.size) == ("walk", 11, (32, 24))
    for _ in range(2):  # each iteration starts anew
        frames = list(sequence)
        assert [frame.index for frame in frames] == list(range(1, 12))
        assert all(np.array_equal(frame.image, picture(frame.index)) for frame in frames)
        assert all(len(frame.detections) == 0 for frame in frames)


def test_broken_image_is_named_after_the_frames_before_it(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(number))
    (tmp_path / "3.png").write_bytes(b"no image")
    seen = []
    with pytest.raises(InputError, match=r"3\.png: frame 3 cannot be decoded"):
        seen.extend(frame.index for frame in open_sequence(tmp_path))
    frames = iter(open_sequence(tmp_path))
    assert [next(frames).index, next(frames).index] == [1, 2]
    with pytest.raises(InputError, match="frame 3"):
        next(frames)
