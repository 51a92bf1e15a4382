"""ONNX networks: how crops reach them, what they may look like, and files that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from flatsort.data import InputError
from flatsort.data.crops.cutting import cut_crops
from flatsort.embedding import load_descriptor
from flatsort.embedding.descriptors.onnx import OnnxDescriptor

IMAGE = np.random.default_rng(0).integers(0, 256, (90, 120, 3), dtype=np.uint8)
BOXES = np.array([[5.0, 6.0, 37.0, 70.0], [40.5, -10.0, 90.0, 60.0], [100.0, 80.0, 140.0, 110.0]])
MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def write_mean_network(
    path: Path,
    shape: tuple[int | str, ...] = ("n", 3, 16, 8),
    axes: tuple[int, ...] = (2, 3),
    metadata: dict[str, Any] | None = None,
    kind: int = TensorProto.FLOAT,
    keep: int = 0,
) -> Path:
    """A network whose output is the mean of each channel."""
    node = helper.make_node("ReduceMean", ["crops", "axes"], ["vector"], keepdims=keep)
    graph = helper.make_graph(
        [node],
        "mean",
        [helper.make_tensor_value_info("crops", kind, shape)],
        [helper.make_tensor_value_info("vector", kind, None)],
        [helper.make_tensor("axes", TensorProto.INT64, [len(axes)], axes)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, str(path))
    return path


def load(name: str) -> OnnxDescriptor:
    descriptor = load_descriptor(name)
    assert isinstance(descriptor, OnnxDescriptor)
    return descriptor


def channel_means(size: tuple[int, int] = (16, 8)) -> NDArray[np.float64]:
    """RGB means in [0, 1] of the crops, in double precision."""
    return cut_crops(IMAGE, BOXES, size)[..., ::-1].mean(axis=(1, 2)) / 255


def test_a_file_that_says_nothing_is_a_reid_network(tmp_path: Path) -> None:
    descriptor = load(f"onnx:{write_mean_network(tmp_path / 'a.onnx')}")
    assert (descriptor.dimension, descriptor.distance, descriptor.gate) == (3, "cosine", 0.2)
    assert descriptor.input.size == (16, 8)
    np.testing.assert_allclose(descriptor(IMAGE, BOXES), (channel_means() - MEAN) / STD, atol=1e-5)
    assert descriptor(IMAGE, np.empty((0, 4))).shape == (0, 3)


def test_options(tmp_path: Path) -> None:
    path = write_mean_network(tmp_path / "a.onnx", ("n", 3, "h", "w"))
    plain = load(f"{path},size=16x8,mean=0/0/0,std=1/1/1,channels=bgr,scale=1,distance=euclidean,gate=7")
    assert (plain.distance, plain.gate) == ("euclidean", 7.0)
    np.testing.assert_allclose(plain(IMAGE, BOXES), channel_means()[:, ::-1] * 255, rtol=1e-5)
    padded = load(f"{path},size=16x16,mean=0/0/0,std=1/1/1,aspect=pad")
    expected = cut_crops(IMAGE, BOXES, (16, 16), "pad")[..., ::-1].mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(padded(IMAGE, BOXES), expected, atol=1e-5)


def test_metadata_of_the_file(tmp_path: Path) -> None:
    described = {"mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "distance": "euclidean", "gate": 1.5}
    metadata = {"flatsort": json.dumps({"descriptor": described})}
    path = write_mean_network(tmp_path / "a.onnx", metadata=metadata)
    descriptor = load(str(path))
    assert (descriptor.distance, descriptor.gate) == ("euclidean", 1.5)
    np.testing.assert_allclose(descriptor(IMAGE, BOXES), (channel_means() - 0.5) / 0.25, atol=1e-5)
    (tmp_path / "a.onnx.gate.json").write_text(json.dumps({"distance": "cosine", "gate": 0.4}))
    beside = load(str(path))
    assert (beside.distance, beside.gate) == ("cosine", 0.4)
    assert load(f"{path},gate=0.1").gate == 0.1


VARIANTS: dict[str, dict[str, Any]] = {
    "channels last": {"shape": ("n", 16, 8, 3), "axes": (1, 2)},
    "half precision": {"kind": TensorProto.FLOAT16},
    "fixed batch of four": {"shape": (4, 3, 16, 8)},
    "fixed batch of two": {"shape": (2, 3, 16, 8)},
    "output (n, d, 1, 1)": {"keep": 1},
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())
def test_forms_of_networks(tmp_path: Path, variant: dict[str, Any]) -> None:
    path = write_mean_network(tmp_path / "a.onnx", **variant)
    tolerance = 0.03 if variant.get("kind") else 1e-5
    np.testing.assert_allclose(load(str(path))(IMAGE, BOXES), (channel_means() - MEAN) / STD, atol=tolerance)


def test_more_boxes_than_a_batch(tmp_path: Path) -> None:
    path = write_mean_network(tmp_path / "a.onnx")
    many = np.tile(BOXES, (50, 1))
    np.testing.assert_allclose(
        load(str(path))(IMAGE, many), np.tile((channel_means() - MEAN) / STD, (50, 1)), atol=1e-5
    )


BAD_NETWORKS: dict[str, tuple[dict[str, Any], str, str]] = {
    "one channel": ({"shape": ("n", 1, 16, 8)}, "", "has not three channels"),
    "a vector as input": ({"shape": ("n", 16), "axes": (1,)}, "", r"has the inputs crops \['n', 16\] tensor\(float\)"),
    "integers": ({"kind": TensorProto.INT32}, "", "has the inputs crops"),
    "a map as output": ({"axes": (3,)}, "", "its output has shape"),
    "one number as output": ({"axes": (0, 1, 2, 3)}, "", "its output has shape"),
    "size unknown": ({"shape": ("n", 3, "h", "w")}, "", "size is not known, expected size=HEIGHTxWIDTH"),
    "size not the file's": ({}, ",size=32x8", "its input is 16x8, not 32x8 as the option says; leave the size out"),
    "size of the metadata not the file's": (
        {"metadata": {"flatsort": '{"descriptor": {"size": [64, 64]}}'}},
        "",
        "its input is 16x8, not 64x64 as its metadata say; export it again",
    ),
    "size of three": (
        {"metadata": {"flatsort": '{"descriptor": {"size": [16, 8, 3]}}'}},
        "",
        "size is .16, 8, 3., exp",
    ),
    "mean of two": ({}, ",mean=1/2", "mean is .*expected three numbers"),
    "mean of words": ({}, ",mean=a/b/c", "how crops are prepared: could not convert"),
    "deviation of zero": ({}, ",std=0/1/1", "expected positive numbers"),
    "channels": ({}, ",channels=gbr", "channels is 'gbr'"),
    "metadata no JSON": ({"metadata": {"flatsort": "{"}}, "", "its metadata entry flatsort is no JSON object"),
    "metadata a list": ({"metadata": {"flatsort": "[]"}}, "", "its metadata entry flatsort is no JSON object"),
    "metadata gate": ({"metadata": {"flatsort": '{"descriptor": {"gate": -1}}'}}, "", "its metadata are wrong"),
}


@pytest.mark.parametrize(("variant", "options", "message"), BAD_NETWORKS.values(), ids=BAD_NETWORKS.keys())
def test_wrong_networks(tmp_path: Path, variant: dict[str, Any], options: str, message: str) -> None:
    path = write_mean_network(tmp_path / "bad.onnx", **variant)
    with pytest.raises(InputError, match=message) as raised:
        load_descriptor(f"onnx:{path}{options}")
    assert "bad.onnx" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("length", [0, 1, 60, -1], ids=["empty", "a byte", "the start", "all but a byte"])
def test_truncated_file(tmp_path: Path, length: int, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_mean_network(tmp_path / "a.onnx")
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match=r"a\.onnx: is no ONNX file, is truncated"):
        load_descriptor(f"onnx:{path}")
    assert capfd.readouterr() == ("", "")


def test_osnet(real_data: Path) -> None:
    """The supervised network works without an option, and agrees with a plain crop, resize and normalise."""
    path = real_data / "weights" / "osnet_x0_25_msmt17.onnx"
    descriptor = load(f"onnx:{path}")
    assert (descriptor.dimension, descriptor.input.size, descriptor.distance) == (512, (256, 128), "cosine")
    sequence = real_data / "MOT15" / "train" / "TUD-Campus"
    truth = np.loadtxt(sequence / "gt" / "gt.txt", delimiter=",")
    rows = truth[truth[:, 0] == 20]
    image = cv2.imread(str(sequence / "img1" / "000020.jpg"))
    assert image is not None
    boxes = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
    batch = []
    for left, top, right, bottom in boxes.round().astype(int):
        crop = cv2.resize(image[max(top, 0) : bottom, max(left, 0) : right], (128, 256))[..., ::-1]
        batch.append(((crop / 255 - MEAN) / STD).transpose(2, 0, 1))
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    expected = np.asarray(session.run(None, {"images": np.array(batch, np.float32)})[0])
    vectors = descriptor(image, boxes)
    cosine = (vectors * expected).sum(axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(expected, axis=1)
    assert len(boxes) >= 4
    assert cosine.min() > 0.98  # the boxes of the plain way are rounded to whole pixels


def test_metadata_that_are_no_text_are_one_line_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = write_mean_network(tmp_path / "a.onnx", metadata={"flatsort": "gate"})
    path.write_bytes(path.read_bytes().replace(b"gate", b"g\xaete"))
    with pytest.raises(InputError) as error:
        load_descriptor(f"onnx:{path}")
    assert "\n" not in str(error.value)
    assert capfd.readouterr() == ("", "")
