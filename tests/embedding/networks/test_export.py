"""ONNX export of the encoder."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch

from flatsort.data import InputError
from flatsort.embedding.gate import Gate, write_gate_beside
from flatsort.embedding.networks.encoder import mean_network
from flatsort.embedding.networks.export import Exported, export_onnx
from flatsort.embedding.networks.vae import Model, ModelConfig, load_model, save_model
from tests.embedding.networks.parameters import parameter_count

CROPS = {"size": [64, 64], "channels": "rgb", "scale": 255.0, "mean": [0.4, 0.4, 0.4], "std": [0.2, 0.2, 0.2],
         "distance": "euclidean"}  # fmt: skip


def checkpoint(
    folder: Path, architecture: str = "motion", latents: int = 2, colours: bool = False, **extra: object
) -> Path:
    torch.manual_seed(0)
    model = Model(ModelConfig(architecture, "motion", latents, colours=colours))
    save_model(folder / "m.safetensors", model, **extra)  # type: ignore[arg-type]
    return folder / "m.safetensors"


@pytest.fixture(scope="module")
def compact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Exported]:
    """The folder of a checkpoint of crops, m.safetensors, and its export m.onnx; and how true the export is."""
    folder = tmp_path_factory.mktemp("compact")
    file = checkpoint(folder, "compact", 128, descriptor=CROPS)
    return folder, export_onnx(file, folder / "m.onnx", gate=4.5)


def says_how_its_input_is_prepared_and_takes_any_batch(file: Path, latents: int) -> None:
    session = onnxruntime.InferenceSession(str(file))
    described = json.loads(session.get_modelmeta().custom_metadata_map["flatsort"])
    assert described["descriptor"] == {**CROPS, "gate": 4.5}
    for count in (1, 3):
        (found,) = session.run(None, {"x": torch.randn(count, 3, 64, 64).numpy()})
        assert found.shape == (count, latents)


def test_crop_encoder_says_how_its_input_is_prepared_and_takes_any_batch(compact: tuple[Path, Exported]) -> None:
    folder, made = compact
    assert made.difference <= 1e-5
    says_how_its_input_is_prepared_and_takes_any_batch(folder / "m.onnx", 128)


def test_so_does_one_that_reads_colours(tmp_path: Path) -> None:
    file = checkpoint(tmp_path, "compact", 16, True, descriptor=CROPS)
    assert export_onnx(file, tmp_path / "m.onnx", gate=4.5).difference <= 1e-5
    says_how_its_input_is_prepared_and_takes_any_batch(tmp_path / "m.onnx", 16)


def test_only_the_mean_is_stored_and_in_16_bits_that_cost_no_time(
    tmp_path: Path, compact: tuple[Path, Exported]
) -> None:
    folder, made = compact
    file = folder / "m.safetensors"
    assert 1e-5 < made.rounding < 2e-3  # a 16-bit number has 11 significant bits
    encoder = load_model(file).encoder.body
    mean = parameter_count(encoder) - 128 * (256 * 4 * 4 + 1)
    assert (folder / "m.onnx").stat().st_size < 2 * mean + 60_000 < 5_000_000
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "opened.onnx")
    options.log_severity_level = 4
    onnxruntime.InferenceSession(str(folder / "m.onnx"), options, providers=["CPUExecutionProvider"])
    opened = onnx.load(tmp_path / "opened.onnx").graph
    assert b".py" not in (folder / "m.onnx").read_bytes()  # no paths of this machine
    assert "Cast" in {node.op_type for node in onnx.load(folder / "m.onnx").graph.node}
    assert "Cast" not in {node.op_type for node in opened.node}
    assert onnx.TensorProto.FLOAT16 not in {tensor.data_type for tensor in opened.initializer}


def test_an_encoder_that_ends_otherwise_is_refused() -> None:
    model = Model(ModelConfig("motion", "motion", 2))
    model.encoder.body.append(torch.nn.SiLU())  # type: ignore[operator]
    with pytest.raises(ValueError, match="expected a Linear of 4 outputs"):
        mean_network(model)


def test_the_gate_calibrated_beside_the_checkpoint_goes_along(tmp_path: Path) -> None:
    file = checkpoint(tmp_path, descriptor=CROPS)  # small: quick to export
    write_gate_beside(file, Gate("euclidean", 3.25))
    export_onnx(file, tmp_path / "m.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "m.onnx"))
    described = json.loads(session.get_modelmeta().custom_metadata_map["flatsort"])
    assert described["descriptor"] == {**CROPS, "gate": 3.25}


def test_what_cannot_be_exported_is_refused(tmp_path: Path) -> None:
    crops = checkpoint(tmp_path, "compact", 16, descriptor=CROPS)
    with pytest.raises(InputError, match=r"no calibrated gate.*--gate"):
        export_onnx(crops, tmp_path / "m.onnx")
    with pytest.raises(InputError, match=r"not an \.onnx file"):
        export_onnx(crops, tmp_path / "m.pt", gate=1.0)
    plain = checkpoint(tmp_path)
    with pytest.raises(InputError, match="describes no crops"):
        export_onnx(plain, tmp_path / "m.onnx", gate=1.0)
    assert not (tmp_path / "m.onnx").exists()


def test_an_export_that_differs_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save = onnx.save_model

    def spoiled(graph: onnx.ModelProto, path: str) -> None:
        for tensor in graph.graph.initializer:
            values = onnx.numpy_helper.to_array(tensor)
            if values.dtype in ("float16", "float32"):
                tensor.CopyFrom(onnx.numpy_helper.from_array((values * 1.01).astype(values.dtype), tensor.name))
        save(graph, path)

    monkeypatch.setattr(onnx, "save_model", spoiled)
    with pytest.raises(InputError, match="differs from torch"):
        export_onnx(checkpoint(tmp_path), tmp_path / "m.onnx")
    assert not (tmp_path / "m.onnx").exists()
