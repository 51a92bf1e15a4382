"""Formats of detections are told apart by their content, and all say the same of the same boxes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from flatsort.data import BoxTable, InputError, open_writer, read_detections, read_tracks
from flatsort.data.classes import keep_classes
from flatsort.data.errors import Remark

SIZE = (640, 360)
# frame, left, top, width, height, score, class; frame 2 has none, rows are not sorted.
ROWS = [
    (3, 100.5, 20.0, 40.0, 80.25, 0.5, 2),
    (1, 10.0, 20.0, 32.0, 64.0, 0.75, 1),
    (1, 300.0, 40.5, 30.0, 60.0, 0.25, 1),
    (3, 8.0, 16.0, 24.0, 48.0, 1.0, 1),
]
IMAGES = ["in.jpg", "between.jpg", "out.jpg"]
Corners = tuple[float, float, float, float]


def corners(row: tuple[float, ...]) -> Corners:
    _, left, top, width, height, *_ = row
    return left, top, left + width, top + height


def text(separator: str, header: str = "", *, first: int = 1, layout: str = "ltwh", classes: bool = True) -> str:
    lines = [header] if header else []
    for frame, left, top, width, height, score, number in ROWS:
        if layout == "xyxy":
            box: tuple[float, ...] = (left, top, left + width, top + height)
        elif layout == "cxcywh":
            box = (left + width / 2, top + height / 2, width, height)
        else:
            box = (left, top, width, height)
        fields = [frame - 1 + first, *box, score, *([number] if classes else [])]
        lines.append(separator.join(str(field) for field in fields))
    return "\n".join(lines) + "\n"


def mot(separator: str = ",") -> str:
    rows = [(frame, -1, *box, score, number, -1, -1) for frame, *box, score, number in ROWS]
    return "".join(separator.join(str(field) for field in row) + "\n" for row in rows)


def results(image_id: Callable[[int], Any] = int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"image_id": image_id(frame), "category_id": number, "bbox": box, "score": score, **more}
        for frame, *box, score, number in ROWS
    ]


def annotations(**image: Callable[[int], Any]) -> dict[str, Any]:
    """Images have the ids 70, 71, 72; image: what else each has, from its frame."""
    return {
        "images": [{"id": 69 + k, **{name: make(k) for name, make in image.items()}} for k in (1, 2, 3)],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "bicycle"}],
        "annotations": [{"id": k, **one} for k, one in enumerate(results(lambda frame: 69 + frame))],
    }


def labels(folder: Path, name: Callable[[int], str], confidence: bool = True, ids: bool = False) -> Path:
    folder.mkdir(parents=True)
    for frame in (1, 2, 3):
        lines = []
        for place, (at, left, top, width, height, score, number) in enumerate(ROWS):
            if at == frame:
                box = ((left + width / 2) / 640, (top + height / 2) / 360, width / 640, height / 360)
                more = [*([score] if confidence else []), *([place + 5] if ids else [])]
                lines.append(" ".join(str(field) for field in (number, *box, *more)) + "\n")
        (folder / f"{name(frame)}.txt").write_text("".join(lines))
    return folder


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def as_parquet(path: Path, names: str, **more: Any) -> Path:
    columns = dict(zip(names.split(), zip(*ROWS, strict=True), strict=True))
    parquet.write_table(pa.table({name: list(column) for name, column in {**columns, **more}.items()}), path)
    return path


def check(found: BoxTable, classes: bool = True, scores: bool = True) -> None:
    rows = sorted(ROWS, key=lambda row: row[0])  # stable: the order of the file within a frame
    assert found.frames.tolist() == [row[0] for row in rows]
    np.testing.assert_allclose(found.boxes, [corners(row) for row in rows], atol=1e-9)
    assert found.scores.tolist() == ([row[5] for row in rows] if scores else [1, 1, 1, 1])
    assert found.classes.tolist() == ([row[6] for row in rows] if classes else [-1] * 4)


FORMATS: dict[str, Callable[[Path], Path]] = {
    "MOT, commas": lambda p: written(p / "a", mot()),
    "MOT, blanks": lambda p: written(p / "a", mot(" ")),
    "MOT, tabs": lambda p: written(p / "a", mot("\t")),
    "MOT below the header of CSV": lambda p: written(p / "a", "frame,id,left,top,width,height,score\n" + mot()),
    "a header and commas": lambda p: written(p / "a", text(",", "frame,left,top,width,height,score,class")),
    "semicolons": lambda p: written(p / "a", text(";", "Frame;Left;Top;Width;Height;Confidence;Class ID")),
    "tabs": lambda p: written(p / "a", text("\t", "frame_id\tbb_left\tbb_top\tbb_width\tbb_height\tconf\tlabel")),
    "blanks": lambda p: written(
        p / "a", text(" ", "# frame x y w h conf cls", layout="xyxy").replace("x y w h", "x1 y1 x2 y2")
    ),
    "corners": lambda p: written(
        p / "a", text(",", "frameNumber,xmin,ymin,xmax,ymax,score,category_id", layout="xyxy")
    ),
    "quoted": lambda p: written(
        p / "a", text(",", '"frame","bbox_x1","bbox_y1","bbox_x2","bbox_y2","prob","cls"', layout="xyxy")
    ),
    "centres": lambda p: written(
        p / "a", text(",", "frame,x_center,y_center,width,height,confidence,class", layout="cxcywh")
    ),
    "frames from 0": lambda p: written(p / "a", text(",", "frame_idx,x1,y1,w,h,score,class", first=0)),
    "Parquet": lambda p: as_parquet(p / "a", "frame left top width height score class"),
    "Parquet, other columns too": lambda p: as_parquet(
        p / "a", "frame_index l t w h confidence class_id", note=["a", "b", None, "c"], empty=[None] * 4
    ),
    "COCO results": lambda p: written(p / "a", results()),
    "COCO results by name": lambda p: written(p / "a", results(lambda frame: f"clip_{frame:06d}")),
    "COCO results by the source's images": lambda p: written(p / "a", results(lambda frame: IMAGES[frame - 1][:-4])),
    "COCO results, frames from 0": lambda p: written(p / "a", results(lambda frame: frame - 1)),
    "COCO annotations by frame_id": lambda p: written(p / "a", annotations(frame_id=int, file_name=lambda k: "x.jpg")),
    "COCO annotations by file_name": lambda p: written(p / "a", annotations(file_name=lambda k: f"img1/{k:06d}.jpg")),
    "COCO annotations by the source's images": lambda p: written(
        p / "a", annotations(file_name=lambda k: IMAGES[k - 1])
    ),
    "COCO annotations, frames from 0": lambda p: written(p / "a", annotations(frame_id=lambda k: k - 1)),
    "YOLO": lambda p: labels(p / "a", lambda frame: f"clip_{frame}"),
    "YOLO, frames from 0": lambda p: labels(p / "a", lambda frame: f"frame_{frame - 1:06d}"),
    "YOLO by the source's images": lambda p: labels(p / "a", lambda frame: IMAGES[frame - 1][:-4]),
    "YOLO with ids": lambda p: labels(p / "a", lambda frame: f"clip_{frame}", ids=True),
}


@pytest.mark.filterwarnings("ignore::flatsort.data.errors.Remark")
@pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)
def test_every_format_says_the_same(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    check(read_detections(make(tmp_path), 3, size=SIZE, images=IMAGES))


@pytest.mark.parametrize(
    ("format", "make"),
    {
        "MOT from 0": ("mot,first=0", lambda p: written(p / "a", text(",", first=0).replace(",", ",-1,", 1))),
        "corners where MOT has sides": ("mot,box=xyxy", lambda p: written(p / "a", text(",-1,", layout="xyxy"))),
        "x and y are the corner": ("csv,box=ltwh", lambda p: written(p / "a", text(",", "frame,x,y,w,h,score,class"))),
        "x and y are the centre": (
            "csv,box=cxcywh",
            lambda p: written(p / "a", text(",", "frame,x,y,width,height,score,class", layout="cxcywh")),
        ),
        "a first frame far on": (
            "csv,first=100",
            lambda p: written(p / "a", text(",", "frame,l,t,w,h,score,class", first=100)),
        ),
        "Parquet": ("parquet,box=ltwh", lambda p: as_parquet(p / "a", "frame x y w h score class")),
        "results that refer to a file": (
            "coco,images={folder}/i.json",
            lambda p: written(
                written(p / "i.json", annotations(frame_id=int)).with_name("a"), results(lambda k: 69 + k)
            ),
        ),
        "labels whose sixth column is said": ("yolo,sixth=score", lambda p: labels(p / "a", lambda k: f"c_{k}")),
    }.values(),
)
def test_formats_that_are_said(tmp_path: Path, format: str, make: Callable[[Path], Path]) -> None:
    if format.startswith("mot"):
        rows = text(",", first=0 if "first" in format else 1, layout="xyxy" if "box" in format else "ltwh")
        path = written(tmp_path / "a", "".join(f"{line.replace(',', ',-1,', 1)}\n" for line in rows.splitlines()))
    else:
        path = make(tmp_path)
    check(read_detections(path, 3, format=format.format(folder=tmp_path), size=SIZE))


def test_classes_by_name_and_missing_scores(tmp_path: Path) -> None:
    rows = "frame,x1,y1,x2,y2,name\n2,0,0,9,9,person\n1,0,0,9,9,dog\n1,5,5,9,9,\n"
    found = read_detections(written(tmp_path / "a.csv", rows))
    assert found.classes.tolist() == [1, -1, 2]
    assert found.names == {1: "dog", 2: "person"}
    assert found.scores.tolist() == [1, 1, 1]
    again = read_detections(as_parquet(tmp_path / "p", "frame left top width height score class", name=[*"baaa"]))
    assert (again.names, again.classes.tolist()) == ({1: "a", 2: "b"}, [1, 1, 2, 1])


def test_names_of_yolos_classes(tmp_path: Path) -> None:
    folder = labels(tmp_path / "labels", lambda frame: f"c_{frame}")
    assert read_detections(folder, size=SIZE).names == {}
    (tmp_path / "classes.txt").write_text("ball\nperson\nbicycle\n")
    assert read_detections(folder, size=SIZE).names == {0: "ball", 1: "person", 2: "bicycle"}
    (folder / "classes.txt").write_text("0 cat\n1 dog\n2 bird\n")  # beside the labels, as labelImg writes it
    assert read_detections(folder, size=SIZE).names == {0: "cat", 1: "dog", 2: "bird"}
    (tmp_path / "others").write_text("x\ny\nz\n")
    named = read_detections(folder, size=SIZE, format=f"yolo,names={tmp_path / 'others'}")
    assert named.names == {0: "x", 1: "y", 2: "z"}


def test_names_of_cocos_categories(tmp_path: Path) -> None:
    found = read_detections(written(tmp_path / "a.json", annotations(frame_id=int)))
    assert found.names == {1: "person", 2: "bicycle"}


@pytest.mark.parametrize(
    ("confidence", "ids", "expected"),
    [
        pytest.param(False, False, ([1, 1, 1, 1], [-1] * 4), id="neither"),
        pytest.param(True, False, ([0.75, 0.25, 0.5, 1], [-1] * 4), id="confidence"),
        pytest.param(False, True, ([1, 1, 1, 1], [6, 7, 5, 8]), id="ids"),
        pytest.param(True, True, ([0.75, 0.25, 0.5, 1], [6, 7, 5, 8]), id="both"),
    ],
)
def test_columns_of_yolos_labels(tmp_path: Path, confidence: bool, ids: bool, expected: tuple[list, list]) -> None:
    found = read_detections(labels(tmp_path / "a", lambda k: f"c_{k}", confidence, ids), size=SIZE)
    assert (found.scores.tolist(), found.ids.tolist()) == expected


def test_yolos_sixth_column_that_may_be_either_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a_1.txt").write_text("0 0.5 0.5 0.1 0.1 1\n")
    with pytest.raises(
        InputError, match=r"column 6 may be a confidence or an id; say --detections-format yolo,sixth=score"
    ):
        read_detections(tmp_path, size=SIZE)
    assert read_detections(tmp_path, size=SIZE, format="yolo,sixth=id").ids.tolist() == [1]
    assert read_detections(tmp_path, size=SIZE, format="yolo,sixth=score").ids.tolist() == [-1]


TRACKS: dict[str, Callable[[Path], Path]] = {
    "CSV": lambda p: written(p / "a", "frame,x1,y1,x2,y2,track_id,id\n1,0,0,9,9,4,100\n2,1,0,10,9,4,101\n"),
    "Parquet": lambda p: as_parquet(p / "a", "frame left top width height score class", tracker_id=[4, 4, 5, 5]),
    "COCO": lambda p: written(p / "a", [{**one, "track_id": 4 + k // 2} for k, one in enumerate(results())]),
    "CocoVID": lambda p: written(p / "a", [{**one, "instance_id": 4 + k // 2} for k, one in enumerate(results())]),
    "YOLO": lambda p: labels(p / "a", lambda frame: f"clip_{frame}", ids=True),
}


@pytest.mark.parametrize("make", TRACKS.values(), ids=TRACKS)
def test_tracks_in_other_formats(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    found = read_tracks(make(tmp_path), 3, size=SIZE)
    assert set(found.ids.tolist()) <= {4, 5, 6, 7, 8}
    assert 4 in found.ids or 5 in found.ids


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


DRONE = "1,0,300,100,300,200,0,0,0,0\n1,1,40,60,50,120,1,1,0,0\n2,1,43,60,50,120,1,4,1,2\n"


def test_visdrones_ignored_regions_are_no_detections(tmp_path: Path) -> None:
    with pytest.warns(Remark, match=r"1 ignored regions \(class 0\) are no detections"):
        found = read_detections(written(tmp_path / "a", DRONE))
    assert found.classes.tolist() == [1, 4]
    assert (found.names[1], found.names[4]) == ("pedestrian", "car")
    assert found.detections(1).places.tolist() == [1]  # in the file


def test_visdrones_results_read_as_motchallenge_says_and_have_names_on_request(tmp_path: Path) -> None:
    path = written(tmp_path / "a", "1,-1,40,60,50,120,0.9,1,-1,-1\n2,-1,43,60,50,120,0.8,4,-1,-1\n")
    plain, named = read_detections(path), read_detections(path, format="visdrone")
    assert plain.classes.tolist() == named.classes.tolist() == [1, 4]
    assert (plain.names, named.names[4]) == ({}, "car")


def test_a_class_0_that_may_be_an_ignored_region_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "a", DRONE.replace("300,200,0,0", "300,200,0.7,0"))
    with pytest.raises(
        InputError, match=r"row 1: class 0 may be VisDrone's.*say --detections-format visdrone or --detec"
    ):
        read_detections(path)
    assert read_detections(path, format="mot").classes.tolist() == [0, 1, 4]


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".json", ".parquet"])
def test_what_is_written_as_tracks_is_read_as_detections(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    with open_writer(path, names={1: "person", 2: "bicycle"}) as writer:
        for frame in (1, 3):
            rows = [row for row in ROWS if row[0] == frame]
            boxes, scores = np.array([corners(row) for row in rows]), np.array([row[5] for row in rows])
            places = np.arange(len(rows))
            kinds = np.array([row[6] for row in rows])
            writer.write(frame, np.arange(1, len(rows) + 1), boxes, scores, places, boxes, kinds)
    for read in (read_detections, read_tracks):
        found = read(path, 3)
        check(found)
        assert found.names == {1: "person", 2: "bicycle"}


def test_what_was_left_out_by_class_leaves_the_places_of_the_rest(tmp_path: Path) -> None:
    """A track's detection is counted among all of its frame in the file."""
    table = keep_classes(read_detections(written(tmp_path / "a", mot())), "1", "a")
    assert table.detections(1).places.tolist() == [0, 1]
    assert table.detections(3).places.tolist() == [1]
