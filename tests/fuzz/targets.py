"""What is fuzzed: each target makes one input, most often a valid one with a place or two damaged, and hands it over.

A target takes a random generator and a folder. It returns whether the input was accepted; False says that it was
refused as bad input is: `InputError` by readers, `ValueError` by the tracker. Whatever else is raised is a fault.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper

from flatsort import load_descriptor
from flatsort.data import open_writer, read_detections, read_ground_truth, read_sequence_info, read_tracks
from flatsort.embedding.gate import Gate, read_gate, write_gate
from flatsort.embedding.metric import Metric
from flatsort.embedding.networks.vae import Model, ModelConfig, load_model, save_model
from flatsort.train_embedding.presets.settings import PRESETS as PRESET_FOLDER
from flatsort.train_embedding.presets.settings import load_settings
from tests.fuzz.class_targets import (
    accepted,
    names_of_classes,
    names_of_detectors,
    scores_by_class,
    tracked_classes,
    written_classes,
)
from tests.fuzz.mutations import (
    Random,
    damaged_array,
    damaged_bytes,
    damaged_json,
    damaged_rows,
    times,
    word,
)
from tests.fuzz.tracker_targets import DIMENSION, configurations, saved_states, wild_boxes

Target = Callable[[Random, Path], bool]


def rows_of_text(random: Random, folder: Path) -> bool:
    rows = [[*f"{frame},{who},10.5,20,30,40,0.5,1,1".split(",")] for frame in range(1, 5) for who in (1, 2)]
    path = folder / "rows.txt"
    path.write_text(damaged_rows(random, rows), encoding="utf-8")
    read = (read_detections, read_ground_truth, read_tracks)[int(random.integers(3))]
    return accepted(lambda: read(path, 8))


def bytes_of_text(random: Random, folder: Path) -> bool:
    path = folder / "bytes.txt"
    good = b"".join(b"%d,-1,10.5,20,30,40,0.5\n" % frame for frame in range(1, 9))
    path.write_bytes(damaged_bytes(random, good))
    return accepted(lambda: read_detections(path))


def written_tracks(random: Random, folder: Path) -> bool:
    path = folder / f"t{random.choice(['.txt', '.csv', '.json', '.parquet'])}"
    with open_writer(path) as writer:
        for frame in (1, 2, 3):
            boxes = np.array([[10.0, 10, 50, 90], [200, 50, 240, 140]])
            writer.write(frame, np.array([1, 2]), boxes + random.integers(0, 9, (2, 1)), np.array([0.9, 0.5]))
    content = path.read_bytes()
    if path.suffix == ".json" and random.random() < 0.5:
        path.write_text(json.dumps(damaged_json(random, json.loads(content))))
    else:
        path.write_bytes(damaged_bytes(random, content))
    return accepted(lambda: read_tracks(path, 3))


def detections_of_others(random: Random, folder: Path) -> bool:
    """A table under a header, COCO's annotations, or a folder of YOLO labels."""
    kind = str(random.choice(["table", "annotations", "labels"]))
    path = folder / kind
    if kind == "table":
        rows = [f"{frame};10.5;20;30;40;0.5;{name}" for frame in range(1, 5) for name in ("person", "dog")]
        good = "\n".join(["frame;x1;y1;x2;y2;conf;class", *rows])
        path.write_bytes(damaged_bytes(random, good.encode()) if random.random() < 0.7 else good.encode())
    elif kind == "annotations":
        content = {
            "images": [{"id": 70 + frame, "file_name": f"{frame:06d}.jpg", "frame_id": frame} for frame in (1, 2)],
            "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "dog"}],
            "annotations": [{"image_id": 71, "category_id": 1, "bbox": [1, 2, 3, 4.5], "score": 0.5, "track_id": 1}],
        }
        path.write_text(json.dumps(damaged_json(random, content) if random.random() < 0.7 else content))
    else:
        path.mkdir(exist_ok=True)
        good = "0 0.5 0.5 0.1 0.2 0.75\n1 0.25 0.5 0.1 0.2 0.5\n"
        (path / "a_1.txt").write_bytes(damaged_bytes(random, good.encode()) if random.random() < 0.7 else good.encode())
        (path / "a_2.txt").write_text(good)
    return accepted(lambda: read_detections(path, 8, size=(640, 360)))


def sequence_info(random: Random, folder: Path) -> bool:
    entries = {"name": "a", "imDir": "img1", "frameRate": "25", "seqLength": "4", "imWidth": "64", "imExt": ".jpg"}
    for _ in range(times(random)):
        entries[str(random.choice([*entries]))] = word(random)
    text = "\n".join(f"{entry}={value}" for entry, value in entries.items())
    content = f"[Sequence]\n{text}\n".encode()
    (folder / "seqinfo.ini").write_bytes(content if random.random() < 0.7 else damaged_bytes(random, content))
    return accepted(lambda: read_sequence_info(folder))


def numpy_file(random: Random, folder: Path) -> bool:
    path, file = folder / "a.npy", io.BytesIO()
    rows = np.hstack([np.repeat([[1], [2], [3]], 2, axis=0), np.ones((6, 9 + DIMENSION))]).astype(np.float32)
    np.save(file, damaged_array(random, rows) if random.random() < 0.4 else rows)
    content = file.getvalue()
    if random.random() < 0.2:
        shape = random.choice(["(0, 3000000000)", "(-1, 13)", "(6,)", "(9, 9, 9)", "(6, 13.0)", "()", "3", "(" * 60])
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
        content = b"\x93NUMPY\x01\x00\x76\x00" + header + content[128:]
    path.write_bytes(damaged_bytes(random, content) if random.random() < 0.5 else content)
    return accepted(lambda: load_descriptor(f"npy:{path},gate=0.2"))


def zipped_arrays(random: Random, folder: Path) -> bool:
    path, file = folder / "a.npz", io.BytesIO()
    members = {
        "mean": np.zeros(24, np.float32),
        "components": np.eye(24, dtype=np.float32)[:2],
        "size": np.array([4, 2]),
    }
    for name in random.permutation([*members])[: times(random)]:
        members[str(name)] = damaged_array(random, members[str(name)])
    if random.random() < 0.05:
        del members["size"]
    np.savez(file, **members)  # type: ignore[arg-type]
    path.write_bytes(damaged_bytes(random, file.getvalue()) if random.random() < 0.4 else file.getvalue())
    return accepted(lambda: load_descriptor(f"pca:{path},gate=0.2"))


def gate_file(random: Random, folder: Path) -> bool:
    path = folder / "g.json"
    metric = Metric(np.eye(DIMENSION, dtype=np.float32), True, 1.0, 0.1, 0.2) if random.random() < 0.5 else None
    write_gate(path, Gate("cosine", 0.3, {"error": 0.1, "sources": ["a"]}, metric))
    text = json.dumps(damaged_json(random, json.loads(path.read_text()))).encode()
    path.write_bytes(damaged_bytes(random, text) if random.random() < 0.2 else text)
    return accepted(lambda: read_gate(path))


def onnx_metadata(random: Random, folder: Path) -> bool:
    path = folder / "a.onnx"
    side = int(random.choice([8, 200000, 1 << 31], p=[0.9, 0.05, 0.05]))
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side, side])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)
    graph = helper.make_graph([node], "g", [image], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    about = {"size": [8, 8], "channels": "rgb", "scale": 255.0, "mean": [0.4, 0.4, 0.4], "std": [0.2, 0.2, 0.2]}
    described = {"descriptor": {**about, "aspect": "stretch", "distance": "euclidean", "gate": 0.5}, "seed": 0}
    text = json.dumps(damaged_json(random, described))
    helper.set_model_props(model, {"flatsort": text if random.random() < 0.9 else text[: len(text) // 2]})
    content = model.SerializeToString()
    path.write_bytes(damaged_bytes(random, content) if random.random() < 0.15 else content)
    return accepted(lambda: load_descriptor(f"onnx:{path}"))


@cache
def _checkpoint(folder: Path) -> bytes:
    path = folder / "valid.safetensors"
    save_model(path, Model(ModelConfig("pendulum", "pendulum", 2)))
    return path.read_bytes()


def safetensors_metadata(random: Random, folder: Path) -> bool:
    path, content = folder / "a.safetensors", _checkpoint(folder)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"]["flatsort"] = json.dumps(
        damaged_json(random, json.loads(header["__metadata__"]["flatsort"]))
    )
    text = json.dumps(damaged_json(random, header) if random.random() < 0.2 else header).encode()
    made = len(text).to_bytes(8, "little") + text + content[8 + length :]
    path.write_bytes(damaged_bytes(random, made) if random.random() < 0.1 else made)
    return accepted(lambda: load_model(path))


def settings_file(random: Random, folder: Path) -> bool:
    path = folder / "s.toml"
    name = str(random.choice(["pendulum/vhp-vae", "pendulum/fmvae", "motion/vhp-vae"]))
    lines = (PRESET_FOLDER / f"{name}.toml").read_text(encoding="utf-8").splitlines()
    for _ in range(times(random)):
        at = int(random.integers(len(lines)))
        key, equals, _ = lines[at].partition("=")
        lines[at] = f"{key}= {word(random) or '1'}" if equals and random.random() < 0.8 else word(random)
    if random.random() < 0.1:
        lines.insert(0, f'extends = "{random.choice([str(path), "pendulum/fmvae", "../x"])}"')
    path.write_text("\n".join(lines), encoding="utf-8")
    return accepted(lambda: load_settings(str(path)))


TARGETS: dict[str, Target] = {
    function.__name__.replace("_", " "): function
    for function in (
        *(
            rows_of_text,
            bytes_of_text,
            written_tracks,
            detections_of_others,
            sequence_info,
            numpy_file,
            zipped_arrays,
            gate_file,
            onnx_metadata,
        ),
        *(safetensors_metadata, settings_file, configurations, saved_states, wild_boxes),
        *(names_of_classes, names_of_detectors, written_classes, tracked_classes, scores_by_class),
    )
}
