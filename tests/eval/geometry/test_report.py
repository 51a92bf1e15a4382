"""The report and the figures of models whose geometry is known, and the command's one-line refusals."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from flatsort.data import InputError
from flatsort.data.experiments.dataset import DataSet, Split
from flatsort.data.experiments.motion import CHANNELS, MOVEMENTS
from flatsort.eval.figures import drawing
from flatsort.eval.figures.training import read_history
from flatsort.eval.geometry.latent_view import LatentView, look_at, open_view, view_title
from flatsort.eval.geometry.report import geometry_report
from flatsort.eval.geometry.table import flatness_table, geometry_row, ratio_table

NOISE = 0.1


class Linear:
    """x = A z with A's columns orthogonal and stretched; encode is its inverse and has a deviation."""

    def __init__(self, dimension: int, stretch: float, deviation: float = 0.0) -> None:
        basis = np.linalg.qr(np.random.default_rng(0).normal(size=(dimension, 2)))[0]
        self.matrix = torch.from_numpy(basis * np.array([1.0, stretch])).float()
        self.deviation = deviation

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean = x @ torch.linalg.pinv(self.matrix).T
        return mean, torch.full_like(mean, self.deviation)

    def decode(self, z: Tensor) -> Tensor:
        return z @ self.matrix.T


def toy(dimension: int, model: Linear, name: str = "toy", **details: object) -> DataSet:
    rng = np.random.default_rng(1)
    z = torch.from_numpy(rng.uniform(-1, 1, (400, 2))).float()
    rows = (model.decode(z).numpy() + NOISE * rng.normal(size=(400, dimension))).astype(np.float32)
    labels = rng.uniform(0, 2 * np.pi, 400) if "label_names" not in details else np.arange(400) % 3
    split = Split(labels, np.arange(400), np.zeros(400, np.int64))
    about = {"test": split, "validation": split}
    return DataSet(name, "metre", rows, rows, rows, about, **details)  # type: ignore[arg-type]


def view(stretch: float = 1.0, deviation: float = 0.0, title: str = "toy/flat", **details: object) -> LatentView:
    model = Linear(64, stretch, deviation)
    return look_at(title, model, toy(64, model, **details))  # type: ignore[arg-type]


def motion_view(title: str = "motion/toy", stretch: float = 1.0) -> LatentView:
    model = Linear(50, stretch)
    return look_at(title, model, toy(50, model, "motion", label_names=MOVEMENTS, channels=CHANNELS))


def test_report_of_a_linear_model() -> None:
    found = geometry_report(view(stretch=2.0, deviation=0.3), seed=3, refined=True)
    for points in ("data", "mixed"):
        assert found[points]["condition_number"] == pytest.approx(4, rel=1e-4)
        assert found[points]["condition_number_95"] == pytest.approx(4, rel=1e-4)
        assert found[points]["magnification_factor"] == pytest.approx({"median": 1, "q25": 1, "q75": 1}, rel=1e-4)
        assert found[points]["n_rdm_minus_1"] == pytest.approx(2 * 17 / 25 - 1, rel=1e-4)
        assert found[points]["reconstruction_error"] == found["reconstruction_error"]
    assert found["mixed"]["points"] == 2000
    # The noise outside the plane stays: 62 of 64 channels; a sample adds 0.3² (1 + 2²) over 64 channels.
    of_mean = NOISE**2 * 62 / 64
    assert found["reconstruction_error_of_mean"] == pytest.approx(of_mean, rel=0.02)
    assert found["reconstruction_error"] == pytest.approx(of_mean + 0.09 * 5 / 64, rel=0.1)
    # A stretched plane is flat: straight lines are geodesics.
    ratios = found["length_ratios"]
    assert ratios["floor"]["mean"] == pytest.approx(0.996, abs=0.004)
    assert ratios["observation"]["mean"] == pytest.approx(ratios["floor"]["mean"], abs=0.01)
    assert ratios["refined"]["observation"]["mean"] == pytest.approx(1, abs=1e-4)
    assert found["smoothness"]["relative"] == pytest.approx(0, abs=1e-2)
    assert json.loads(json.dumps(found)) == found


def test_tables_hold_every_model_and_figure() -> None:
    found = [geometry_report(motion_view(), seed=1), geometry_report(motion_view("motion/other"), seed=1, refined=True)]
    again = geometry_report(motion_view(), seed=1)
    assert again == found[0]
    flatness = [row[:2] for row in flatness_table(found).rows]
    assert flatness == [[name, points] for name in ("motion/toy", "motion/other") for points in ("data", "mixed")]
    assert [row[0].strip() for row in ratio_table(found).rows] == ["motion/toy", "motion/other", "refined geodesics"]


def test_a_row_holds_the_numbers_of_the_report() -> None:
    found = geometry_report(motion_view(stretch=2.0), seed=1, refined=True)
    row = geometry_row(found)
    assert next(iter(row.items())) == ("model", "motion/toy")
    assert row["mixed condition number q75"] == found["mixed"]["condition_number_quartiles"][1]
    assert row["data magnification factor q25"] == found["data"]["magnification_factor"]["q25"]
    assert row["refined latent deviation"] == found["length_ratios"]["refined"]["latent"]["deviation"]
    assert row["latent mean"] == found["length_ratios"]["latent"]["mean"]
    assert len(row) == 2 * 7 + 2 * 4 + 5


@pytest.mark.parametrize("name", ["contours", "boxes", "geodesics", "vector-field", "interpolations"])
def test_figures_are_written(tmp_path: Path, name: str) -> None:
    views = [view(title="toy/flat", image_shape=(8, 8)), view(2.0, title="toy/stretched", image_shape=(8, 8))]
    first = drawing.draw_figure(name, views, tmp_path / "a", seed=0)
    assert [path.name for path in first] == [f"toy-{name}.png", f"toy-{name}.svg"]
    assert first[0].read_bytes()[:4] == b"\x89PNG"
    text = "".join(ET.parse(first[1]).getroot().itertext())
    assert "toy/stretched" in text or b"toy/stretched" in first[1].read_bytes()


def test_the_same_figure_has_the_same_bytes(tmp_path: Path) -> None:
    first, again = (drawing.draw_figure("vector-field", [view()], tmp_path / name, seed=0) for name in "ab")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


def test_smoothness_figure_has_every_joint(tmp_path: Path) -> None:
    written = drawing.draw_figure("smoothness", [motion_view(), motion_view("motion/other", 2.0)], tmp_path, 0)
    for channel in ("lfemur 1", "rthumb 2"):
        assert f"<!-- {channel} -->".encode() in written[1].read_bytes()


def history(path: Path, **columns: list[float | None]) -> Path:
    known = {"step": [20, 40], "lambda": [1.0, 2.0], "c_hat": [0.1, 0.05], "kl": [1.0, 2.0], "n_rdm_minus_1": [None, 1]}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"history": {**known, **columns}}))
    return path


def test_training_curves(tmp_path: Path) -> None:
    written = drawing.draw_training([history(tmp_path / "run" / "history.json")], tmp_path / "out")
    assert b"<!-- run -->" in written[1].read_bytes()
    with pytest.raises(InputError, match="unequal lengths"):
        read_history(history(tmp_path / "bad" / "history.json", kl=[1.0]))
    (tmp_path / "no.json").write_text("{}")
    with pytest.raises(InputError, match="not a training history"):
        read_history(tmp_path / "no.json")


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (lambda: drawing.draw_figure("pie", [view()], "x", 0), "no such figure; choose one of contours"),
        (lambda: drawing.draw_figure("boxes", [view(), motion_view()], "x", 0), "of motion and toy"),
        (lambda: drawing.draw_figure("smoothness", [view()], "x", 0), "toy has no joints"),
        (lambda: open_view("no/such"), "no such checkpoint"),
    ],
    ids=["unknown", "two data sets", "no joints", "no checkpoint"],
)
def test_refusals(call: object, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        call()  # type: ignore[operator]


def test_figures_of_the_plane_refuse_other_dimensions() -> None:
    flat = view()
    deep = LatentView("deep", flat.dataset, flat.decode, np.zeros((5, 3)), np.zeros(5), {}, np.zeros(5))
    with pytest.raises(InputError, match="deep: it has 3 latent dimensions"):
        drawing.draw_figure("contours", [deep], "x", 0)


def test_titles() -> None:
    assert view_title("motion/fmvae") == "motion/fmvae"
    assert view_title("runs/a/model.safetensors") == "a"
    assert view_title("runs/a/best.safetensors") == "best"
