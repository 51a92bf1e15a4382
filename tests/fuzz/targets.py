"""What is fuzzed: each target takes a random generator and a folder, makes one hostile input and hands it over.

A target returns where the input was accepted, or refused as bad input is: `InputError` by readers, `ValueError` by the
tracker. Whatever else is raised is a fault.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from onnx import TensorProto, helper

from flatsort import InputError, Tracker, load_descriptor
from flatsort.data import read_detections, read_ground_truth, read_sequence_info, read_tracks
from flatsort.embedding.gate import read_gate
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.tracker.running.presets import PRESETS
from flatsort.train_embedding.presets.settings import load_settings

Random = np.random.Generator
Target = Callable[[Random, Path], None]

WORDS = [
    *("1", "0", "-1", "0.5", "1e400", "-1e308", "nan", "inf", "", " ", "x", "1_0", "0x1", "１", "1,2", "9" * 30),
    *("2147483648", "1e-320", "\t", "\x00", "\x1b[2J", "true", "null", "[", "{", '"'),
]
JSON_VALUES: list[Any] = [
    *(None, True, -1, 0, 1, 1e308, 10**400, 0.3, "", "cosine", "euclidean", "x" * 999, [], {}, [[]]),
    *([1, 2, 3], {"gate": 1}, [64, 64], [200000, 200000], [0, -1], "rgb", "stretch", float("nan"), float("inf")),
]


def words(random: Random, most: int) -> list[str]:
    return [WORDS[place] for place in random.integers(len(WORDS), size=random.integers(1, most))]


def flipped(random: Random, content: bytes) -> bytes:
    """Some bytes changed, a part cut out or said twice."""
    out = bytearray(content)
    for _ in range(int(random.integers(1, 6))):
        place, length = int(random.integers(len(out) + 1)), int(random.integers(1, 9))
        kind = random.integers(3)
        if kind == 0:
            out[place : place + length] = random.bytes(length)
        elif kind == 1:
            del out[place : place + length * 4]
        else:
            out[place:place] = out[place : place + length * 8]
    return bytes(out)


def nested(random: Random, depth: int = 3) -> Any:
    """A JSON value of some depth."""
    if depth == 0 or random.random() < 0.4:
        return JSON_VALUES[random.integers(len(JSON_VALUES))]
    if random.random() < 0.05:
        deep: Any = 0
        for _ in range(900):
            deep = [deep]
        return deep
    keys = ("descriptor", "gate", "distance", "size", "mean", "std", "config", "family", "value", "origin", "x")
    return {keys[place]: nested(random, depth - 1) for place in random.integers(len(keys), size=random.integers(0, 4))}


def rows_of_text(random: Random, folder: Path) -> None:
    lines = [random.choice([",", " ", ";"]).join(words(random, 12)) for _ in range(random.integers(1, 6))]
    good = [f"{frame},{frame},10,20,30,40,0.5,1,1" for frame in range(1, 4)]
    path = folder / "rows.txt"
    path.write_text("\n".join(random.permutation([*good, *lines]).tolist()), encoding="utf-8")
    for read in (read_detections, read_ground_truth, read_tracks):
        _refuses(lambda read=read: read(path))  # type: ignore[misc]


def bytes_of_text(random: Random, folder: Path) -> None:
    path = folder / "bytes.txt"
    good = b"".join(b"%d,-1,10.5,20,30,40,0.5\n" % frame for frame in range(1, 9))
    path.write_bytes(random.bytes(40) if random.random() < 0.2 else flipped(random, good))
    _refuses(lambda: read_detections(path))


def sequence_info(random: Random, folder: Path) -> None:
    entries = ("name", "imDir", "frameRate", "seqLength", "imWidth", "imHeight", "imExt")
    values = ("a", "img1", "25", "4", "640", "480", ".jpg")
    text = "\n".join(
        f"{entry}={value if random.random() < 0.7 else ''.join(words(random, 3))}"
        for entry, value in zip(entries, values, strict=True)
    )
    content = f"[Sequence]\n{text}\n".encode()
    (folder / "seqinfo.ini").write_bytes(content if random.random() < 0.6 else flipped(random, content))
    _refuses(lambda: read_sequence_info(folder))


def numpy_file(random: Random, folder: Path) -> None:
    path = folder / "a.npy"
    rows = np.ones((3, 14), np.float32)
    np.save(path, rows)
    content = path.read_bytes()
    if random.random() < 0.4:
        shape = random.choice(["(0, 3000000000)", "(-1, 14)", "(3,)", "(9, 9, 9)", "(3, 14.0)", "()", "3", "(" * 60])
        header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
        content = b"\x93NUMPY\x01\x00\x76\x00" + header + content[128:]
    path.write_bytes(flipped(random, content) if random.random() < 0.6 else content)
    _refuses(lambda: load_descriptor(f"npy:{path},gate=0.2"))


def zipped_arrays(random: Random, folder: Path) -> None:
    path = folder / "a.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in random.permutation(["mean.npy", "components.npy", "x.npy"])[: random.integers(0, 4)]:
            archive.writestr(str(name), random.bytes(90))
    np.savez(folder / "good.npz", mean=np.zeros(6), components=np.eye(6)[:2])
    content = path.read_bytes() if random.random() < 0.5 else (folder / "good.npz").read_bytes()
    path.write_bytes(flipped(random, content))
    _refuses(lambda: load_descriptor(f"pca:{path}"))


def gate_file(random: Random, folder: Path) -> None:
    path = folder / "g.json"
    text = json.dumps(nested(random))
    path.write_bytes(text.encode() if random.random() < 0.7 else flipped(random, text.encode()))
    _refuses(lambda: read_gate(path))


def onnx_metadata(random: Random, folder: Path) -> None:
    path = folder / "a.onnx"
    side = int(random.choice([8, 64, 200000, 1 << 31]))
    image = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, side, side])
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)
    model = helper.make_model(
        helper.make_graph([node], "g", [image], [out]), opset_imports=[helper.make_opsetid("", 13)]
    )
    model.ir_version = 8
    text = json.dumps(nested(random))
    helper.set_model_props(model, {"flatsort": text if random.random() < 0.8 else text[: len(text) // 2]})
    content = model.SerializeToString()
    path.write_bytes(flipped(random, content) if random.random() < 0.2 else content)
    _refuses(lambda: load_descriptor(f"onnx:{path},gate=0.5"))


def safetensors_metadata(random: Random, folder: Path) -> None:
    path = folder / "a.safetensors"
    text = json.dumps(nested(random))
    header = json.dumps(
        {"__metadata__": {"flatsort": text}, "w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}
    )
    content = len(header).to_bytes(8, "little") + header.encode() + b"\0\0\0\0"
    path.write_bytes(flipped(random, content) if random.random() < 0.4 else content)
    _refuses(lambda: read_checkpoint(path))


def settings_file(random: Random, folder: Path) -> None:
    path = folder / "s.toml"
    keys = ("extends", "steps", "batch", "objective.eta", "model.latents", "data.name", "seed", "x")
    lines = [
        f"{random.choice(keys)} = {WORDS[random.integers(len(WORDS))] or '1'}" for _ in range(random.integers(1, 5))
    ]
    extends = f'extends = "{random.choice(["./s.toml", "pendulum/fmvae", "../x", "compact/fmvae"])}"'
    path.write_text("\n".join([extends, *lines]) if random.random() < 0.6 else "\n".join(lines), encoding="utf-8")
    _refuses(lambda: load_settings(str(path)))


def saved_states(random: Random, folder: Path) -> None:
    tracker = Tracker(PRESETS[str(random.choice(["default", "sort", "bytetrack", "botsort", "ocsort"]))].config())
    for step in range(6):
        tracker.update([[10 + step, 10, 50 + step, 90], [200, 50, 240, 140]], [0.9, 0.8])
    state = dict(tracker.state_dict())
    for name in random.choice(sorted(state), size=2, replace=False):
        value = np.array(state[name])
        kind = random.integers(4)
        if kind == 0 and value.dtype.kind in "fi" and value.size:
            value.reshape(-1)[random.integers(value.size)] = random.choice([-1, 0, 7, 2**40])
        elif kind == 1 and value.dtype.kind == "f" and value.size:
            value.reshape(-1)[random.integers(value.size)] = random.choice([np.nan, np.inf, -np.inf, 1e300, -5.0])
        elif kind == 2:
            value = np.array(json.dumps(nested(random)))
        else:
            state.pop(name, None)
            continue
        state[name] = value
    try:
        restored = Tracker.from_state_dict(state)
    except ValueError:
        return
    _check(restored.update([[10, 10, 50, 90]], [0.9]))


def wild_boxes(random: Random, folder: Path) -> None:
    name = str(random.choice(["default", "sort", "bytetrack", "botsort", "ocsort", "hybridsort"]))
    tracker = Tracker(PRESETS[name].config())
    for _ in range(8):
        n = int(random.integers(0, 5))
        corner = _of(random, {0.0: 4, 10.0: 4, -50.0: 4, 300.0: 5, 1e5: 2, -1e9: 1, 1e151: 1}, (n, 2))
        side = _of(random, {40.0: 8, 400.0: 5, 1.0: 4, 0.0: 1, 1e-9: 1, 1e6: 1, 1e160: 1, -3.0: 1}, (n, 2))
        scores = _of(random, {0.9: 16, 0.5: 8, 0.1: 8, -3.0: 4, 7.0: 3, np.nan: 1}, (n,))
        try:
            _check(tracker.update(np.concatenate([corner, corner + side], axis=1), scores))
        except ValueError:
            continue


def _of(random: Random, weights: dict[float, int], size: tuple[int, ...]) -> np.ndarray:
    """Numbers drawn as often as their weights say."""
    return random.choice([*weights], size=size, p=np.array([*weights.values()]) / sum(weights.values()))


def _check(tracks: Any) -> None:
    assert np.isfinite(tracks.boxes).all(), tracks.boxes
    assert (tracks.boxes[:, 2:] > tracks.boxes[:, :2]).all(), tracks.boxes


def _refuses(read: Callable[[], object]) -> None:
    try:
        read()
    except InputError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than a line: {error}") from error


TARGETS: dict[str, Target] = {
    function.__name__.replace("_", " "): function
    for function in (
        *(rows_of_text, bytes_of_text, sequence_info, numpy_file, zipped_arrays, gate_file, onnx_metadata),
        *(safetensors_metadata, settings_file, saved_states, wild_boxes),
    )
}
