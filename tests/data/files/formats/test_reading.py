"""Formats of detections are told apart by their content, and all say the same of the same boxes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError, open_writer, read_detections, read_tracks
from flatsort.data.classes import keep_classes
from flatsort.data.errors import Remark
from tests.data.files.formats.made import (
    IMAGES,
    ROWS,
    SIZE,
    annotations,
    as_parquet,
    check,
    corners,
    labels,
    mot,
    results,
    text,
    written,
)

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
