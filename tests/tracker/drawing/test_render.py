"""Rendering: one pass feeds a video and pictures; what was drawn stays when the source fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from flatsort.data import BoxTable, InputError
from flatsort.data.errors import one_line
from flatsort.data.pyav import import_av
from flatsort.tracker.drawing.draw import colour_of
from flatsort.tracker.drawing.render import picture_size, plan_drawings, render
from flatsort.tracker.drawing.switch_pictures import Switch
from flatsort.tracker.drawing.video import Video

SWITCH = Switch(person=4, old_id=4, new_id=9, last=2, first=3)


def read_video(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        there, image = capture.read()
        if not there:
            return frames
        frames.append(image)


@pytest.mark.parametrize("has_images", [True, False])
def test_the_video_has_every_frame_at_the_size_of_the_sequence(
    stand_in: Any, walk: BoxTable, tmp_path: Path, has_images: bool
) -> None:
    sequence = stand_in(has_images=has_images)
    render(sequence, walk, [Video(tmp_path / "v.mp4", walk, sequence.frame_rate)])
    frames = read_video(tmp_path / "v.mp4")
    assert len(frames) == 6
    assert frames[0].shape == (120, 160, 3)
    assert cv2.VideoCapture(str(tmp_path / "v.mp4")).get(cv2.CAP_PROP_FPS) == 10
    assert [path.name for path in tmp_path.iterdir()] == ["v.mp4"]
    # The plate above the box. The video is lossy, so: nearer to this colour than to those of the ids around it.
    plate = np.median(frames[5][18:30, 82:94].reshape(-1, 3), axis=0)
    apart = [np.linalg.norm(plate - colour_of(identity)) for identity in range(1, 10)]
    assert int(np.argmin(apart)) + 1 == 4


def test_a_video_of_several_classes_names_them(
    stand_in: Any, walk: BoxTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    monkeypatch.setattr("flatsort.tracker.drawing.video.draw_boxes", lambda *drawn: seen.append(drawn[3]))
    first = np.unique(walk.ids)[0]
    mixed = replace(walk, classes=np.where(walk.ids == first, 3, 1), names={1: "person", 3: "car"})
    render(stand_in(), mixed, [Video(tmp_path / "mixed.mp4", mixed, 10.0)])
    expected = [["car" if one == first else "person" for one in walk.ids[walk.rows_of(frame)]] for frame in range(1, 7)]
    assert [kinds.tolist() for kinds in seen] == expected
    seen.clear()
    alone = replace(walk, classes=np.full(len(walk), 3))
    render(stand_in(), alone, [Video(tmp_path / "alone.mp4", alone, 10.0)])
    assert seen == [None] * 6


def test_drawing_leaves_the_sequence_images_alone(stand_in: Any, walk: BoxTable, tmp_path: Path) -> None:
    sequence = stand_in()
    before = [sequence.image(index).copy() for index in range(1, 7)]
    drawings = plan_drawings(sequence, walk, tmp_path / "v.mp4", strips=[4], truth=walk, switches=[SWITCH])
    render(sequence, walk, drawings)
    for index, image in enumerate(before, start=1):
        np.testing.assert_array_equal(sequence.image(index), image)


@pytest.mark.parametrize("name", ["v.mp4", "v.avi"])
def test_a_source_that_fails_midway_leaves_a_part_beside_the_earlier_video(
    stand_in: Any, walk: BoxTable, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("complete")
    drawings = plan_drawings(stand_in(), walk, tmp_path / name, strips=[4, 9], truth=walk, switches=[SWITCH])
    with pytest.raises(InputError, match="frame 5") as caught:
        render(stand_in(fails_at=5), walk, drawings)
    suffix = name.split(".")[1]
    assert (tmp_path / name).read_text() == "complete"
    assert len(read_video(tmp_path / f"v.partial-4-frames.{suffix}")) == 4
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    # The switch was seen whole; identity 4 goes on to frame 6 and identity 9 to frame 5.
    parts = [f"v-id-{identity}.partial-4-frames.png" for identity in (4, 9)]
    assert files == [*parts, "v-switches/switch-000003-person-4.png", name, f"v.partial-4-frames.{suffix}"]
    line = one_line(caught.value)
    assert line.count("keeps the first 4 frames") == 3
    assert str(tmp_path / f"v.partial-4-frames.{suffix}") in line


@pytest.mark.parametrize("name", ["v.mp4", "v.avi", "v.mkv", "v.webm", "v.mov", "v.m4v"])
@pytest.mark.parametrize("size", [1000, 8192, 30_000])
def test_a_full_disk_leaves_the_earlier_video(
    stand_in: Any,
    tmp_path: Path,
    limited_file_size: Callable[[int], AbstractContextManager[None]],
    name: str,
    size: int,
) -> None:
    (tmp_path / name).write_text("complete")
    sequence, none = stand_in(length=200), BoxTable.none()
    with limited_file_size(size), pytest.raises(InputError, match=rf"{name}: cannot be written"):
        render(sequence, none, [Video(tmp_path / name, none, 10.0)])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "complete"


def test_a_small_disk(stand_in: Any, small_disk: Path) -> None:
    (small_disk / "v.mp4").write_text("complete")
    sequence, none = stand_in(length=200), BoxTable.none()
    with pytest.raises(InputError, match=r"v\.mp4: cannot be written \(No space left on device\); free some space"):
        render(sequence, none, [Video(small_disk / "v.mp4", none, 10.0)])
    assert [path.name for path in small_disk.iterdir()] == ["v.mp4"]
    assert (small_disk / "v.mp4").read_text() == "complete"


@pytest.mark.parametrize(
    ("name", "codec"), [("v.mp4", "vp9"), ("v.webm", "vp9"), ("v.mkv", "vp9"), ("v.avi", "mpeg4"), ("v.mov", "mpeg4")]
)
def test_browsers_play_what_they_can(stand_in: Any, walk: BoxTable, tmp_path: Path, name: str, codec: str) -> None:
    video = Video(tmp_path / name, walk, 12.5)
    render(stand_in(), walk, [video])
    with import_av().open(str(tmp_path / name)) as container:
        assert container.streams.video[0].codec_context.codec.name.endswith(codec)
        assert float(container.streams.video[0].guessed_rate) == 12.5
    assert ("browsers do not play" in video.codec) == (codec == "mpeg4")
    first = (tmp_path / name).read_bytes()
    render(stand_in(), walk, [Video(tmp_path / name, walk, 12.5)])
    assert (tmp_path / name).read_bytes() == first


def test_a_source_that_fails_at_once_leaves_no_file(stand_in: Any, walk: BoxTable, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="frame 1 "):
        render(stand_in(fails_at=1), walk, [Video(tmp_path / "v.mp4", walk, 10.0)])
    assert not list(tmp_path.iterdir())


def test_pictures_alone_end_the_pass_at_the_last_frame_they_need(stand_in: Any, walk: BoxTable, tmp_path: Path) -> None:
    sequence = stand_in(fails_at=6)  # identity 9 is last seen in frame 5
    render(sequence, walk, plan_drawings(sequence, walk, tmp_path, strips=[9]))
    assert [path.name for path in tmp_path.iterdir()] == ["id-9.png"]


@pytest.mark.parametrize(
    ("output", "strips", "switches", "written"),
    [
        pytest.param("v.mp4", [], None, ["v.mp4"], id="a video"),
        pytest.param("v.mp4", [4, 9], None, ["v-id-4.png", "v-id-9.png", "v.mp4"], id="strips beside the video"),
        pytest.param("v.avi", [], [SWITCH], ["v-switches/switch-000003-person-4.png", "v.avi"], id="switches beside"),
        pytest.param("out", [4], [SWITCH], ["out/id-4.png", "out/switch-000003-person-4.png"], id="a folder"),
        pytest.param("deep/s.png", [9], None, ["deep/s.png"], id="one strip by its name"),
    ],
)
def test_the_output_name_says_what_is_drawn(
    stand_in: Any,
    walk: BoxTable,
    tmp_path: Path,
    output: str,
    strips: list[int],
    switches: list[Switch] | None,
    written: list[str],
) -> None:
    sequence = stand_in()
    truth = None if switches is None else walk
    drawings = plan_drawings(sequence, walk, tmp_path / output, strips=strips, truth=truth, switches=switches or [])
    render(sequence, walk, drawings)
    files = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert files == written
    assert sorted(str(drawing.path.relative_to(tmp_path)) for drawing in drawings) == written


@pytest.mark.parametrize(
    ("output", "strips", "has_images", "problem"),
    [
        pytest.param("out", [], True, "not the name of a video", id="nothing to draw in a folder"),
        pytest.param("s.png", [], True, "holds one --strip", id="a picture of nothing"),
        pytest.param("s.png", [4, 9], True, "holds one --strip", id="two strips in one picture"),
        pytest.param("v.mp4", [5], True, "no identity 5", id="an identity that is not there"),
        pytest.param("v.mp4", [4], False, "no images for --strip", id="a strip without images"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_written(
    stand_in: Any, walk: BoxTable, tmp_path: Path, output: str, strips: list[int], has_images: bool, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        plan_drawings(stand_in(has_images=has_images), walk, tmp_path / output, strips=strips)
    assert not list(tmp_path.iterdir())


def test_without_a_size_the_picture_holds_all_boxes(stand_in: Any, walk: BoxTable) -> None:
    assert picture_size(stand_in(size=None), walk) == (130, 100)
    assert picture_size(stand_in(), walk) == (160, 120)
    walk.boxes[0, 2] = 1e12
    with pytest.raises(InputError, match=r"its boxes reach 1e\+12 and 100 pixels, .*write imWidth"):
        picture_size(stand_in(size=None), walk)
