"""YOLOX files on real pictures: our decoding and our AP beside the pipeline of benchmarks/yolox_reference.py."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flatsort.data.detection.heads import HEADS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def benchmark() -> Any:
    pytest.importorskip("pycocotools")
    sys.path.insert(0, str(ROOT))
    try:
        return import_module("benchmarks.detectors")
    finally:
        sys.path.pop(0)


@pytest.mark.parametrize("name", ["yolox_nano", "person_yolox_rpi"])
def test_yolox_equals_the_reference_on_real_pictures(benchmark: Any, real_data: Path, name: str) -> None:
    path = real_data / "detectors" / f"{name}.onnx"
    reference = benchmark.Yolox(path, benchmark.SCORE)
    image = next(benchmark.pennfudan(real_data)).image
    output, _ = reference.run(image)
    boxes, scores = import_module("benchmarks.yolox_reference").decode(output, reference.size)
    keep = scores.max(axis=1) >= 0.1
    found = HEADS["yolox"].decode([output], reference.size, 0.1)
    assert keep.any()
    np.testing.assert_allclose(found.boxes, boxes[keep], atol=1e-4)
    np.testing.assert_allclose(found.scores, scores[keep].max(axis=1), atol=1e-4)
    finders = {"ours": benchmark.ours(path), "reference": reference}
    *_, measured = benchmark.measure(benchmark.pennfudan(real_data, 20), finders)
    assert measured["ours"][0] == pytest.approx(measured["reference"][0], abs=2)
    assert measured["ours"][0] > 85
