"""ONNX detectors: small networks made here whose outputs are known, and the two at hand on real pictures."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from flatsort.data import InputError
from flatsort.data.detection import detect, load_detector
from flatsort.data.overlap import overlap

Make = Callable[..., Path]


@pytest.fixture
def network(tmp_path: Path) -> Make:
    """A network that puts out constants: `network(*outputs, shape=..., metadata=...)`."""

    def make(*outputs: Any, shape: tuple[Any, ...] = (1, 3, 64, 64), metadata: dict[str, str] | None = None) -> Path:
        nodes, made = [], []
        for number, value in enumerate(outputs):
            array = np.asarray(value, np.float32)[None]
            tensor = helper.make_tensor(f"value{number}", TensorProto.FLOAT, array.shape, array.ravel())
            nodes.append(helper.make_node("Constant", [], [f"output{number}"], value=tensor))
            made.append(helper.make_tensor_value_info(f"output{number}", TensorProto.FLOAT, array.shape))
        image = helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)
        model = helper.make_model(
            helper.make_graph(nodes, "constant", [image], made), opset_imports=[helper.make_opsetid("", 17)]
        )
        model.ir_version = 8
        helper.set_model_props(model, metadata or {})
        path = tmp_path / "net.onnx"
        onnx.save(model, path)
        return path

    return make


IMAGE = np.zeros((128, 128, 3), np.uint8)  # twice the input's size
TWICE = [[10.0, 10, 20, 30, 0.9, 0], [11.0, 10, 21, 30, 0.8, 0], [11.0, 10, 21, 30, 0.7, 1]]


def test_boxes_come_in_pixels_of_the_image_from_the_highest_score_down(network: Make) -> None:
    found = detect(load_detector(str(network(TWICE[::-1]))), IMAGE)
    assert found.boxes.tolist() == [[20, 20, 40, 60], [22, 20, 42, 60], [22, 20, 42, 60]]
    np.testing.assert_allclose(found.scores, [0.9, 0.8, 0.7], atol=1e-6)
    assert found.classes.tolist() == [0, 0, 1]


def test_duplicates_within_a_class_are_suppressed_where_the_network_has_not_done_it(network: Make) -> None:
    cells = np.zeros((6, 64 // 8 * 64 // 8 + 16 + 4), np.float32)  # yolov8 of two classes
    cells[:, 0] = [15, 20, 10, 20, 0.9, 0]
    cells[:, 1] = [16, 20, 10, 20, 0.8, 0]
    cells[:, 2] = [16, 20, 10, 20, 0, 0.7]
    path = str(network(cells))
    np.testing.assert_allclose(detect(load_detector(path), IMAGE).scores, [0.9, 0.7], atol=1e-6)
    np.testing.assert_allclose(detect(load_detector(f"{path},nms=0.95"), IMAGE).scores, [0.9, 0.8, 0.7], atol=1e-6)
    np.testing.assert_allclose(detect(load_detector(f"{path},score=0.75,nms=1"), IMAGE).scores, [0.9, 0.8], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "names"),
    {
        "ultralytics": ("{0: 'person', 1: 'hat'}", ("person", "hat")),
        "JSON": ('["person", "hat"]', ("person", "hat")),
        "JSON dictionary with a gap": ('{"0": "person", "2": "hat"}', ("person", "1", "hat")),
        "lines": ("person\nhat\n", ("person", "hat")),
    }.values(),
)
def test_names_of_classes(network: Make, tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    assert load_detector(str(network(TWICE, metadata={"names": text}))).class_names == names
    (tmp_path / "names.txt").write_text(text)
    assert load_detector(f"{network(TWICE)},names={tmp_path / 'names.txt'}").class_names == names


@pytest.mark.parametrize(
    ("content", "problem"),
    {
        "no such file": (None, "names.txt: no such file"),
        "a number that would fill the memory": (b'{"2147483648": "person"}', "its names of classes cannot be read"),
        "a list that is none": (b"[person", "its names of classes cannot be read; write one name a line"),
        "no text": (b"person\xff\xfe\xfa", "names.txt: is not UTF-8 text"),
    }.values(),
)
def test_names_that_cannot_be_read(network: Make, tmp_path: Path, content: bytes | None, problem: str) -> None:
    if content is not None:
        (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(InputError) as error:
        load_detector(f"{network(TWICE)},names={tmp_path / 'names.txt'}")
    assert problem in str(error.value)


@pytest.mark.parametrize(
    ("outputs", "shape", "options", "problem"),
    {
        "a classifier": ([[1.0] * 1000], (1, 3, 64, 64), "", "its outputs (1000,) are not those of a detector"),
        "no image": ([TWICE], (1, 64), "", "has the inputs images [1, 64] tensor(float), not one image"),
        "grey": ([TWICE], (1, 1, 64, 64), "", "not one image (n, 3, height, width)"),
        "huge": ([TWICE], (1, 3, 200000, 200000), "", "its input is 200000x200000 pixels"),
        "size": ([TWICE], (1, 3, 64, 64), ",size=32x32", "its input is 64x64, not 32x32 as the option says"),
        "wrong family": ([TWICE], (1, 3, 64, 64), ",format=yolox", "are not yolox's"),
        "unknown family": ([TWICE], (1, 3, 64, 64), ",format=ssd", "ssd is none of yolox, yolov5, yolov8, nms, detr"),
        "unknown option": ([TWICE], (1, 3, 64, 64), ",scores=1", "has no option 'scores'"),
        "no share": ([TWICE], (1, 3, 64, 64), ",score=2", "option score: 2 is not between 0 and 1"),
        "misspelt option": ([TWICE], (1, 3, 64, 64), ",chanels=bgr", "no option 'chanels'; did you mean channels?"),
        "no size": ([TWICE], (1, 3, 64, 64), ",size=big", "big is no HEIGHTxWIDTH from 32x32, such as 640x640"),
        "no scale": ([TWICE], (1, 3, 64, 64), ",scale=0", "option scale: 0 is not above 0"),
        "no number": ([TWICE], (1, 3, 64, 64), ",mean=1/nan/1", "option mean: nan is not finite"),
        "no deviation": ([TWICE], (1, 3, 64, 64), ",std=1/1/0", "option std: 0 is not above 0"),
        "batches": ([TWICE], (4, 3, 64, 64), "", "takes 4 images at a time; export it for one, or for any number"),
        "no pair": ([TWICE], (1, 3, 64, 64), ",score=0.1,fast", "'fast' is no option"),
    }.values(),
)
def test_what_is_no_detector_says_so(
    network: Make, outputs: list[Any], shape: tuple[Any, ...], options: str, problem: str
) -> None:
    path = network(*outputs, shape=shape)
    with pytest.raises(InputError) as error:
        detect(load_detector(f"{path}{options}"), IMAGE)
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("size", ["96", "96x96"])
def test_a_network_of_any_size_takes_the_one_that_is_said(network: Make, size: str) -> None:
    detector = load_detector(f"{network(TWICE, shape=(1, 3, 'height', 'width'))},size={size}")
    assert detector.input.size == (96, 96)  # type: ignore[attr-defined]


def test_a_file_that_is_no_onnx(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"text")
    with pytest.raises(InputError, match="is no ONNX file"):
        load_detector(str(tmp_path / "x.onnx"))
    with pytest.raises(InputError, match="no such file"):
        load_detector(str(tmp_path / "y.onnx"))


@pytest.mark.parametrize(("name", "classes", "least"), [("yolox_nano", 80, 0.9), ("person_yolox_rpi", 1, 0.8)])
def test_real_detectors_find_people_in_real_pictures(real_data: Path, name: str, classes: int, least: float) -> None:
    """Of the people in every tenth picture, most are found at an overlap of one half with a score of 0.3."""
    truth: dict[str, list[list[float]]] = {}
    with (real_data / "pennfudan" / "boxes.csv").open() as file:
        for row in csv.DictReader(file):
            truth.setdefault(row["image"], []).append([float(row[key]) for key in ("left", "top", "right", "bottom")])
    detector = load_detector(f"{real_data / 'detectors' / name}.onnx,score=0.3")
    assert len(detector.class_names) == classes
    assert detector.class_names[0] == "person"
    found = total = 0
    for image in sorted(truth)[::10]:
        picture = cv2.imread(str(real_data / "pennfudan" / f"{image}.jpg"))
        seen = detect(detector, picture)
        people = seen.boxes[seen.classes == 0]
        shared = overlap(np.array(truth[image]), people)
        found += int((shared.max(axis=1, initial=0) >= 0.5).sum())
        total += len(shared)
    assert found / total >= least
