"""What no format can be read from is one line; what may mean two things is refused or remarked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flatsort.data import InputError, read_detections, read_tracks
from tests.data.files.formats.made import (
    IMAGES,
    SIZE,
    annotations,
    as_parquet,
    mot,
    results,
    text,
    written,
)


def test_yolos_sixth_column_that_may_be_either_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a_1.txt").write_text("0 0.5 0.5 0.1 0.1 1\n")
    with pytest.raises(
        InputError, match=r"column 6 may be a confidence or an id; say --detections-format yolo,sixth=score"
    ):
        read_detections(tmp_path, size=SIZE)
    assert read_detections(tmp_path, size=SIZE, format="yolo,sixth=id").ids.tolist() == [1]
    assert read_detections(tmp_path, size=SIZE, format="yolo,sixth=score").ids.tolist() == [-1]


@pytest.mark.parametrize(
    "content", [text(",", "frame,left,top,width,height,score,class"), json.dumps(results()), mot()]
)
def test_tracks_without_ids_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="id is -1, negative; give every box the number of its identity"):
        read_tracks(written(tmp_path / "a", content))


HEADED = "frame,x1,y1,x2,y2,score\n1,0,0,9,9,1\n"
BAD: dict[str, tuple[str | list | dict, str]] = {
    "CSV: text": (HEADED + "2,0,nine,9,9,1\n", "a, row 3: y1 is 'nine', not a number; write a plain decimal number"),
    "CSV: nan": (HEADED + "\n2,0,nan,9,9,1\n", "a, row 4: y1 is NaN"),
    "CSV: not finite": (HEADED + "2,0,1e999,9,9,1\n", "a, row 3: y1 is '1e999', not finite"),
    "CSV: empty": (HEADED + "2,0,,9,9,1\n", "a, row 3: y1 is empty"),
    "CSV: no decimal number": (HEADED + "2,0,1_0,9,9,1\n", "a, row 3: y1 is '1_0', not a plain decimal number"),
    "CSV: a field less": (HEADED + "2,0,0,9,9\n", "a, row 3: has 5 columns, the header 6"),
    "CSV: corners inverted": (
        HEADED + "2,9,0,0,9,1\n",
        "a, row 3: width is -9, negative; write left, top, width, height",
    ),
    "CSV: frame below the first": (
        HEADED + "-2,0,0,9,9,1\n",
        "a, row 3: frame is -2, below 1; count frames from 0 or 1",
    ),
    "CSV: frame beyond the end": (HEADED + "9,0,0,9,9,1\n", "a, row 3: frame is 9, beyond the sequence's 3 frames"),
    "CSV: half a frame": (HEADED + "1.5,0,0,9,9,1\n", "a, row 3: frame is 1.5, not a whole number"),
    "CSV: a box beyond all": (HEADED + "2,0,0,9e9,9,1\n", "a, row 3: the box 0, 0, 9000000000, 9 reaches beyond"),
    "CSV: half a class": (
        HEADED.replace("score", "class") + "2,0,0,9,9,1.5\n",
        "a, row 3: class is 1.5, not a whole number",
    ),
    "CSV: a class of two names": (
        "frame,l,t,w,h,class_id,class_name\n1,0,0,9,9,1,a\n1,0,0,9,9,1,b\n",
        "class 1 is called 'a' and 'b'; give each class one name",
    ),
    "CSV: no frame": ("who,x1,y1,x2,y2\n", "a, row 1: has no column for the frame among who, x1, y1, x2, y2; name it"),
    "CSV: no box": ("frame,x1,y1,score\n", "a, row 1: has no four columns for the box among frame, x1, y1, score"),
    "CSV: two frames": ("frame,frame_id,x1,y1,x2,y2\n", "row 1: has two columns for the frame: frame and frame_id"),
    "CSV: corner or centre": (
        "frame,x,y,w,h\n1,5,5,9,9\n",
        "a, row 1: columns x, y may be the box's corner or its centre; say --detections-format csv,box=ltwh or csv",
    ),
    "CSV: an image without number": (
        "image,x1,y1,x2,y2\nstart.jpg,0,0,9,9\n",
        "a, row 2: names 'start', which has no number",
    ),
    "CSV: two images of one number": (
        "image,x1,y1,x2,y2\na_1.jpg,0,0,9,9\nb_1.jpg,0,0,9,9\n",
        "a, row 3: names 'b_1', and 'a_1' has the same number",
    ),
    "CSV: a field without end": (HEADED + "2,0,0,9,9," + "9" * 200_000 + "\n", "cannot be read as a table"),
    "COCO: no list": ({"images": []}, "a: has no list `annotations`, and is no list of results"),
    "COCO: no JSON": ('[{"image_id": 1,', "a: is no JSON (JSONDecodeError at line 1)"),
    "COCO: nested without end": ("[" * 100_000, "a: is no JSON (RecursionError"),
    "COCO: no box": ([{"image_id": 1, "score": 1}], "a: [0] has no bbox of four numbers"),
    "COCO: three sides": ([*results(), {"image_id": 1, "bbox": [1, 2, 3]}], "a: [4] has no bbox of four numbers"),
    "COCO: text in a box": ([{"image_id": 1, "bbox": [1, 2, 3, "4"]}], "a: [0] has no bbox of four numbers"),
    "COCO: NaN": ('[{"image_id": 1, "bbox": [1, 2, 3, NaN]}]', "a: [0] holds NaN or an infinite number"),
    "COCO: a number without end": (
        '[{"image_id": 1, "bbox": [1, 2, 3, ' + "9" * 5000 + "]}]",
        "a: is no JSON (ValueError",
    ),
    "COCO: negative": ([{"image_id": 1, "bbox": [1, 2, -3, 4]}], "a: [0] width is -3, negative"),
    "COCO: no image": ([{"bbox": [1, 2, 3, 4]}], "a: [0] has None where the number of an image is needed"),
    "COCO: ids of images": (
        results(lambda frame: 397133 + frame),
        "a: [0] frame is 397136, beyond the sequence's 3 frames; remove the row or correct the sequence's length; or "
        "name the file whose `images` say which frame each is: --detections-format coco,images=FILE",
    ),
    "COCO: an image that is not listed": (
        annotations(frame_id=int) | {"annotations": results()},
        "a: annotations[0] has image_id 3, which `images` lacks",
    ),
    "COCO: two videos": (annotations(video_id=int, frame_id=int), "a: images[1] is of another video than images[0]"),
    "COCO: one frame twice": (annotations(frame_id=lambda k: 1), "a: images[1] and images[0] are both frame 1"),
    "COCO: a category without name": (
        annotations() | {"categories": [{"id": 1}]},
        "a: categories[0] has no id or name",
    ),
}


@pytest.mark.parametrize(("content", "line"), BAD.values(), ids=BAD)
def test_bad_rows_are_one_line(tmp_path: Path, content: str | list | dict, line: str) -> None:
    with pytest.raises(InputError) as caught:
        read_detections(written(tmp_path / "a", content), 3)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def late(first: int, last: int, separator: str = ",") -> str:
    """Two boxes: in these frames, as text without a header."""
    return "".join(separator.join(map(str, (frame, -1, 5, 5, 20, 40, 1))) + "\n" for frame in (first, last))


HEADER = "frame,id,x1,y1,w,h,score\n"
FROM_ZERO, FROM_ONE = ([f"{first + frame:06d}.jpg" for frame in range(10)] for first in (0, 1))
STARTS: dict[str, tuple[str, list[str], str | None, str | None]] = {
    # name: what the file holds, the images of a source of 10 frames, the format, what the remark says
    "late and one before the end": (late(3, 9), [], None, "has frames 3 to 9 for a source of 10, which may be counted"),
    "the same under a header": (HEADER + late(3, 9), [], None, "say first=0 in --detections-format if the first"),
    "it was said": (late(3, 9), [], "mot,first=1", None),
    "the last frame is there": (late(3, 10), [], None, None),
    "the first frame is there": (late(1, 9), [], None, None),
    "in the middle": (late(3, 5), [], None, None),
    "images from 0": (late(1, 5), FROM_ZERO, None, "has no frame 0 and is read as counting from 1, and the images are"),
    "images from 0 under a header": (
        HEADER + late(1, 5),
        FROM_ZERO,
        None,
        "the images are numbered from 0; say first=0",
    ),
    "images from 0 and a last frame": (late(1, 10), FROM_ZERO, None, None),
    "images from 1": (late(1, 5), FROM_ONE, None, None),
    "nobody": ("", FROM_ZERO, None, None),
}


@pytest.mark.parametrize("name", STARTS)
def test_frames_that_may_count_from_0_are_remarked(tmp_path: Path, recwarn: pytest.WarningsRecorder, name: str) -> None:
    content, images, format, says = STARTS[name]
    file = written(tmp_path / "a", content)
    table = read_detections(file, 10, format=format, images=images)
    said = [str(warning.message) for warning in recwarn]
    assert (len(said) == 1 and says in said[0]) if says else not said
    assert len(table) == 0 or table.frames[0] > 0
    recwarn.clear()
    if content:
        read_tracks(written(tmp_path / "b", content.replace(",-1,", ",1,")), 10, format=format, images=images)
    assert not recwarn  # tracks begin late as a rule


LABELS: dict[str, tuple[dict[str, str], tuple[int, int] | None, str]] = {
    "no labels": ({"a.jpg": ""}, SIZE, "holds no labels; name the folder that holds a text for each frame"),
    "no size": ({"a_1.txt": "0 0.5 0.5 1 1"}, None, "labels are fractions of a picture whose size is not known"),
    "pixels": (
        {"a_1.txt": "0 0.5 0.5 1 1", "a_2.txt": "0 320 180 9 9"},
        SIZE,
        "a_2.txt, row 1: cx is 320, not a fraction",
    ),
    "polygons": ({"a_1.txt": "0 0.5 0.5 1 1 0.1 0.1 0.2 0.2"}, SIZE, "a_1.txt, row 1: has 9 columns, not 5 to 7"),
    "a negative side": ({"a_1.txt": "0 0.5 0.5 -0.1 1"}, SIZE, "a_1.txt, row 1: width is -64, negative"),
    "a class that is none": ({"a_1.txt": "0.5 0.5 0.5 1 1"}, SIZE, "a_1.txt, row 1: class is 0.5, not a whole number"),
    "text": ({"a_1.txt": "person 0.5 0.5 1 1"}, SIZE, "a_1.txt, row 1: column 1 is 'person', not a number"),
    "confidence in percent": (
        {"a_1.txt": "0 0.5 0.5 1 1 0.5\n0 0.5 0.5 1 1 90"},
        SIZE,
        "a_1.txt, row 2: confidence is 90, not from 0 to 1",
    ),
    "no number in a name": ({"a.txt": "0 0.5 0.5 1 1"}, SIZE, "a.txt: names 'a', which has no number of a frame"),
    "an image that the source lacks": (
        {"in.txt": "0 0.5 0.5 1 1", "off.txt": ""},
        SIZE,
        "off.txt: names 'off', of which the source has no image",
    ),
    "a frame beyond the end": (
        {"a_9.txt": "0 0.5 0.5 1 1"},
        SIZE,
        "a_9.txt, row 1: frame is 9, beyond the sequence's 3",
    ),
}


@pytest.mark.parametrize(("files", "size", "line"), LABELS.values(), ids=LABELS)
def test_bad_labels_are_one_line(
    tmp_path: Path, files: dict[str, str], size: tuple[int, int] | None, line: str
) -> None:
    for name, content in files.items():
        written(tmp_path / name, content)
    with pytest.raises(InputError) as caught:
        read_detections(tmp_path, 3, size=size, images=IMAGES)
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("columns", "line"),
    {
        "a missing side": ({"top": [1.0, None, 3.0, 4.0]}, "a, row 2: holds NaN, an infinite number or none"),
        "text": ({"top": [*"abcd"]}, "a: is damaged, or no table of boxes"),
        "a negative side": ({"width": [1.0, 2.0, -3.0, 4.0]}, "a, row 3: width is -3, negative"),
        "lists": ({"top": [[1], [2], [3], [4]]}, "a: is damaged, or no table of boxes"),
    }.values(),
)
def test_bad_parquet_is_one_line(tmp_path: Path, columns: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as caught:
        read_detections(as_parquet(tmp_path / "a", "frame left top width height score class", **columns))
    assert line in str(caught.value)


def test_parquet_that_says_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flatsort.data.files.formats.parquet_file.MOST_PACKED_ROWS", 3)
    with pytest.raises(InputError, match="says that it has 4 rows, more than 3; split it"):
        read_detections(as_parquet(tmp_path / "a", "frame left top width height score class"))


@pytest.mark.parametrize(
    ("format", "line"),
    {
        "unknown": (
            "yaml",
            "--detections-format: is 'yaml'; use one of mot, csv, parquet, coco, jsonl, yolo, visdrone",
        ),
        "what track calls it": ("json", "is 'json'; did you mean coco?"),
        "an option of another": ("mot,sixth=id", "'mot,sixth=id' says 'sixth=id'; mot takes first=, box="),
        "a layout": ("csv,box=xywh", "box is 'xywh'; use one of xyxy, ltwh, cxcywh"),
        "a number": ("csv,first=-1", "first is '-1'; write the number of the first frame"),
        "no JSON": ("coco", "is no JSON"),
        "no folder": ("yolo", "is no folder, as YOLO labels are"),
        "no Parquet": ("parquet", "is damaged, or no table of boxes"),
        "no header": ("csv", "row 1: has no column for the frame among 3, -1"),
        "no VisDrone": ("visdrone", "row 1: class is -1, not one of VisDrone's 0 to 11"),
        "a layout that the columns are not in": ("csv,box=cxcywh", "row 1: has no four columns for a box in cxcywh"),
    }.values(),
)
def test_formats_that_are_said_wrongly(tmp_path: Path, format: str, line: str) -> None:
    content = "3,-1,1,2,3,4,0.5,-1,-1,-1\n" if format != "csv,box=cxcywh" else HEADED
    with pytest.raises(InputError) as caught:
        read_detections(written(tmp_path / "a", content), format=format)
    assert line in str(caught.value)
