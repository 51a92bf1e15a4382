"""Names become descriptors; what cannot be used is one clear line."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from flatsort.data import InputError
from flatsort.embedding import descriptor_names, load_descriptor

ROOT = Path(__file__).resolve().parents[2]


def documented_example() -> str:
    """The first descriptor that docs/guides/write-a-descriptor.md shows."""
    page = (ROOT / "docs" / "guides" / "write-a-descriptor.md").read_text(encoding="utf-8")
    return page.split("```python\n")[1].split("```")[0]


def test_none_is_no_descriptor() -> None:
    assert load_descriptor("none") is None


def test_descriptor_of_your_own(tmp_path: Path) -> None:
    """The example of the documents: one file, used by its path."""
    (tmp_path / "mean_colour.py").write_text(documented_example())
    descriptor = load_descriptor(str(tmp_path / "mean_colour.py") + ",gate=0.25")
    assert descriptor is not None
    image = np.full((40, 40, 3), (255, 0, 51), np.uint8)
    vectors = descriptor(image, np.array([[1.0, 2.0, 20.0, 30.0], [-5.0, 0.0, 3.0, 9.0]]))
    np.testing.assert_allclose(vectors, [[1.0, 0.0, 0.2]] * 2, atol=1e-6)
    assert descriptor.gate == 0.25


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hvs", "descriptor hvs: is unknown; did you mean hsv\\? otherwise use one of none, .*npy"),
        ("none,gate=3", "has no option 'gate'"),
        ("", "descriptor: has no name; use one of none, "),
        ("onnx:", "no file is named; write onnx:FILE"),
        ("missing.py", "missing.py: does not exist"),
        ("missing.onnx", "missing.onnx: does not exist"),
        ("onnx:net.pth", "net.pth: is a pickle"),
        ("npy:missing.npy", "missing.npy: does not exist"),
        ("net.pt", "net.pt: is a pickle"),
        ("npy:net.pkl", "net.pkl: is a pickle"),
    ],
)
def test_refused(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_descriptor(name)


def test_packaged_weights_are_found_by_name_and_need_no_torch(tmp_path: Path) -> None:
    network = helper.make_graph(
        [helper.make_node("ReduceMean", ["crops", "axes"], ["vector"], keepdims=0)],
        "mean",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ("n", 3, 16, 8))],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, None)],
        [helper.make_tensor("axes", TensorProto.INT64, [2], (2, 3))],
    )
    model = helper.make_model(network, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    described = {"size": [16, 8], "distance": "euclidean", "gate": 2.5}
    model.metadata_props.add(key="flatsort", value=json.dumps({"descriptor": described}))
    onnx.save(model, str(tmp_path / "fmvae-3000.onnx"))
    code = f"""if True:
        import sys
        sys.modules["torch"] = None
        from pathlib import Path
        from flatsort.embedding import registry
        registry.WEIGHTS = Path({str(tmp_path)!r})
        found = registry.load_descriptor("fmvae-3000")
        print(found.name, found.distance, found.gate, found.dimension, "fmvae-3000" in registry.descriptor_names())
        try:
            registry.load_descriptor("fmvae")
        except registry.InputError as error:
            print(error)
    """
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    first, second = ran.stdout.splitlines()
    assert first == "fmvae-3000 euclidean 2.5 3 True"
    assert second.startswith("descriptor fmvae: its weights are not part of this installation; train them, or use one")


@pytest.mark.parametrize("suffix", ["onnx", "npy", "safetensors"])
def test_pickle_under_another_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"net.{suffix}"
    path.write_bytes(pickle.dumps({"weight": [1.0, 2.0]}))
    with pytest.raises(InputError, match="is a pickle"):
        load_descriptor(f"{suffix}:{path}" if suffix != "safetensors" else str(path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("size=3", "has no option 'size'"),
        ("gate=-1", "gate is -1"),
        ("gate=nan", "gate is nan"),
        ("gate=none.json", "none.json: cannot be read"),
        ("distance=manhattan", "option distance: 'manhattan' is none of euclidean, cosine"),
        ("distance=cosine", "its gate is for the euclidean distance, not the cosine"),
    ],
)
def test_bad_options(tmp_path: Path, options: str, message: str) -> None:
    (tmp_path / "mean_colour.py").write_text(documented_example())
    with pytest.raises(InputError, match=message):
        load_descriptor(f"{tmp_path / 'mean_colour.py'},{options}")


def test_gate_file_sets_distance_and_gate(tmp_path: Path) -> None:
    (tmp_path / "mean_colour.py").write_text(documented_example())
    (tmp_path / "gate.json").write_text('{"distance": "cosine", "gate": 0.05}')
    descriptor = load_descriptor(str(tmp_path / "mean_colour.py"), gate=tmp_path / "gate.json")
    assert descriptor is not None
    assert (descriptor.distance, descriptor.gate) == ("cosine", 0.05)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not a JSON file"),
        ("[1]", "is not a JSON file"),
        ("{}", "has no number `gate`"),
        ('{"gate": "wide"}', "has no number `gate`"),
        ('{"gate": 0.1}', "distance is None"),
        ('{"gate": Infinity, "distance": "cosine"}', "the number Infinity, which is not finite"),
        ('{"gate": ' + "9" * 400 + ', "distance": "cosine"}', "which is not finite"),
        ('{"gate": 1, "x": ' + "[" * 100_000 + "}", r"is not a JSON file \(nested without end\)"),
        ('{"gate": 1, "x": ' + "[" * 99 + "]" * 99 + "}", "more than 64 objects and lists within each other"),
        ('{"gate": -1, "distance": "cosine"}', "value is -1.0, expected a positive number"),
    ],
)
def test_bad_gate_file(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "mean_colour.py").write_text(documented_example())
    (tmp_path / "gate.json").write_text(content)
    with pytest.raises(InputError, match=message):
        load_descriptor(str(tmp_path / "mean_colour.py"), gate=tmp_path / "gate.json")


def test_file_without_load(tmp_path: Path) -> None:
    (tmp_path / "empty.py").write_text("x = 1\n")
    with pytest.raises(InputError, match=r"has no function load\(request\)"):
        load_descriptor(str(tmp_path / "empty.py"))


OWN = """class Own:
    name, dimension, distance, gate = "own", {dimension}, "cosine", 0.2
def load(request):
    return Own()
"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x = 1\ndef (", r"mine\.py, row 2: cannot be imported \(SyntaxError: "),
        ("x = 1\n\n1 / 0\n", r"mine\.py, row 3: cannot be imported \(ZeroDivisionError: division by zero\)"),
        ("import no_such_package\n", r"mine\.py, row 1: cannot be imported \(ModuleNotFoundError: "),
        ("raise SystemExit(3)\n", r"mine\.py, row 1: cannot be imported \(SystemExit: 3\)"),
        (
            "def load(request):\n    raise RuntimeError('no\\nGPU')\n",
            r"mine\.py, row 2: fails in load\(request\) \(RuntimeError: no GPU\)",
        ),
        ("def load(request):\n    exit(3)\n", r"mine\.py, row 2: fails in load\(request\) \(SystemExit: 3\)"),
        ("def load():\n    pass\n", r"mine\.py: fails in load\(request\) \(TypeError: "),
        (OWN.format(dimension="1.5"), r"mine\.py: fails in load\(request\) \(TypeError: "),
        (OWN.format(dimension="-1"), r"its load\(request\) returns dimension -1; return an object with name, "),
        ("def load(request):\n    return None\n", r"its load\(request\) returns no name; return an object with name, "),
    ],
)
def test_descriptor_of_your_own_that_is_broken(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "mine.py").write_text(content)
    with pytest.raises(InputError, match=message) as raised:
        load_descriptor(str(tmp_path / "mine.py"))
    assert "\n" not in str(raised.value)


def test_names_are_listed_without_importing_them() -> None:
    code = (
        "import sys; from flatsort import embedding; print(embedding.descriptor_names());"
        "kinds = 'flatsort.embedding.descriptors.'; heavy = ('torch', 'onnxruntime');"
        "print([m for m in sys.modules if m.startswith(kinds) or m in heavy])"
    )
    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names, loaded = printed.splitlines()
    assert loaded == "[]"
    assert "npy" in names
    assert "npy" in descriptor_names()
