"""`flatsort calibrate`: where the gate goes, that tracking finds it, and what cannot be calibrated."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.embedding import load_descriptor
from flatsort.embedding.calibration import GatePairs
from flatsort.embedding.gate import Gate
from flatsort.eval.figures.gate import gate_figure, save_gate_figure
from tests.conftest import Run

FRAMES = 40
COLOURS = [(0, 0, 220), (220, 0, 0), (0, 200, 0)]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three people in red, blue and green walk down side by side, on grainy film."""
    folder = tmp_path_factory.mktemp("root") / "walk"
    for inner in ("det", "img1"):
        (folder / inner).mkdir(parents=True)
    size = f"imWidth=160\nimHeight=120\nseqLength={FRAMES}\n"
    (folder / "seqinfo.ini").write_text(f"[Sequence]\nname=walk\nimDir=img1\nframeRate=10\nimExt=.png\n{size}")
    random = np.random.default_rng(0)
    rows = []
    for frame in range(1, FRAMES + 1):
        image = np.full((120, 160, 3), 60, np.float64)
        for place, colour in enumerate(COLOURS):
            left, top = 10 + 50 * place, 5 + frame
            image[top : top + 60, left : left + 24] = colour
            rows.append(f"{frame},-1,{left},{top},24,60,0.9,-1,-1,-1")
        image += random.normal(0, 25, image.shape)
        cv2.imwrite(str(folder / "img1" / f"{frame:06d}.png"), image.clip(0, 255).astype(np.uint8))
    (folder / "det" / "det.txt").write_text("\n".join(rows) + "\n")
    return folder


def test_gate_of_a_built_in_goes_to_a_file(run: Run, walk: Path, tmp_path: Path) -> None:
    output = tmp_path / "hsv.json"
    code, _, said = run("calibrate", walk, "--descriptor", "hsv", "--output", output)
    assert code == 0
    stored = json.loads(output.read_text())
    assert stored["distance"] == "euclidean"
    assert 0.05 < stored["gate"] < 1.3
    assert stored["error"] < 0.01
    assert stored["sources"] == ["walk"]
    assert f"--descriptor hsv,gate={output}" in said
    for picture in ("hsv.png", "hsv.svg"):
        assert (tmp_path / picture).stat().st_size > 1000
    loaded = load_descriptor(f"hsv,gate={output}")
    assert loaded is not None
    assert loaded.gate == stored["gate"]
    first = output.read_bytes()
    assert run("calibrate", walk, "--descriptor", "hsv", "--output", output, "--quiet") == (0, "", "")
    assert output.read_bytes() == first


def test_gate_of_a_file_goes_beside_it(run: Run, walk: Path, tmp_path: Path) -> None:
    stored = tmp_path / "walk.npy"
    assert run("embed", walk, "--descriptor", "hsv", "--output", stored, "--quiet")[0] == 0
    before = load_descriptor(str(stored))
    assert run("calibrate", walk, "--descriptor", stored, "--quiet")[0] == 0
    after = load_descriptor(str(stored))
    assert before is not None
    assert after is not None
    assert after.gate == json.loads((tmp_path / "walk.npy.gate.json").read_text())["gate"] != before.gate


def test_components_are_stored_with_their_gate(run: Run, walk: Path, tmp_path: Path) -> None:
    output = tmp_path / "walk.npz"
    code, _, said = run("calibrate", walk, "--descriptor", "pca,components=8", "--output", output)
    assert code == 0
    assert f"--descriptor {output} " in said
    loaded = load_descriptor(str(output))
    assert loaded is not None
    assert loaded.dimension == 8
    assert loaded.gate == json.loads((tmp_path / "walk.npz.gate.json").read_text())["gate"]
    assert run("track", walk, "--descriptor", output, "--output", tmp_path, "--quiet") == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--descriptor", "hsv"), "--output: is missing, and hsv has no file of its own"),
        (("--descriptor", "none", "--output", "a.json"), "--descriptor: none has no gate"),
        (("--descriptor", "hsv", "--output", "a.txt"), "a.txt: is neither .json nor .npz"),
        (("--descriptor", "hsv", "--output", "a.npz"), "a.npz: hsv has no components to store"),
        (("--descriptor", "hsv", "--output", "a.json", "--min-confidence", "0.95"), "walk: 0 pairs of one person"),
        (("--descriptor", "npy:none.npy"), "--output: is missing"),
    ],
)
def test_bad_input_is_one_line(
    run: Run, walk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("calibrate", walk, *arguments).refuses(f"flatsort: {message}")
    assert list(tmp_path.iterdir()) == []


def test_picture(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pairs = GatePairs(random.uniform(0, 1, 100), random.uniform(0.8, 2, 300))
    gate = Gate("cosine", 0.9, {"descriptor": "net"})
    figure = gate_figure(pairs, gate)
    (axes,), (legend,) = figure.axes, figure.legends
    said = " ".join(text.get_text() for text in legend.get_texts())
    assert f"one person: 100, {100 * (pairs.same > 0.9).mean():.1f} % on the wrong side" in said
    assert "gate 0.9" in said
    assert "cosine distance" in axes.get_xlabel()
    written = save_gate_figure(pairs, gate, tmp_path / "net.json")
    again = [path.read_bytes() for path in written]
    assert [path.suffix for path in written] == [".png", ".svg"]
    save_gate_figure(pairs, gate, tmp_path / "net.json")
    assert [path.read_bytes() for path in written] == again
