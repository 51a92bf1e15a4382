"""The paper's figures under their numbers: its settings beside ours where both are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from matplotlib import rc_context
from paper_crops import crop_contours, models
from paper_tracking import draw_occlusion
from PIL import Image

from flatsort.eval.figures.drawing import FIGURES
from flatsort.eval.figures.files import STYLE, save_figure
from flatsort.eval.figures.training import training_curves
from flatsort.eval.geometry.latent_view import LatentView, open_view

METHODS = ("vhp-vae", "fmvae")
ABLATED = [f"paper-motion-{method}-s0" for method in (*METHODS, "fmvae-no-mixup", "fmvae-no-identity")]


def beside(dataset: str) -> list[str]:
    """Both methods under the paper's settings, then our packaged models."""
    theirs = [f"paper-{dataset}-{method}-s0" for method in METHODS]
    return theirs + [f"{dataset}/{method}" for method in METHODS]


NUMBERED: dict[str, tuple[str, list[str]]] = {
    # the paper's number: (what is drawn, of which models)
    "1": ("contours", beside("pendulum")),
    "2": ("boxes", beside("pendulum")),
    "3": ("contours", beside("motion")),
    "4": ("boxes", [*ABLATED, *beside("motion")[2:]]),
    "5": ("smoothness", beside("motion")),
    "6": ("interpolations", beside("motion")),
    "7": ("contours", ABLATED),
    "8": ("contours", beside("mnist")),
    "9": ("boxes", beside("mnist")),
    "11": ("vector-field", beside("motion")),
}
TRAINED = [f"paper-motion-{method}-s0" for method in ("vhp-vae-long", "fmvae-long", "fmvae-c2-one")]
"""Figure 12: c² of the batch against c² = 1, and neither."""


def draw_numbered(runs: Path, folder: Path, only: str = "") -> Iterator[Path]:
    """Draw figure `only`, or all of them, as `paper-figure-NUMBER.png`; runs that are not there are left out."""
    opened: dict[str, LatentView] = {}

    def view(name: str) -> LatentView:
        file = runs / name / "model.safetensors"
        if name not in opened:
            opened[name] = open_view(name if "/" in name else str(file))
        return opened[name]

    for number, (kind, names) in NUMBERED.items():
        there = [name for name in names if "/" in name or (runs / name / "run.json").is_file()]
        if there and only in ("", number):
            with rc_context(STYLE):
                draw: Callable[..., object] = FIGURES[kind]
                yield saved(draw([view(name) for name in there], 0), folder, number)
    if only in ("", "8") and models(runs):
        with rc_context(STYLE):
            yield saved(crop_contours(runs), folder, "8", "-crops")
    if only in ("", "10"):
        yield draw_occlusion(folder / "paper-figure-10.png")
    if only in ("", "12"):
        histories = [runs / name / "history.json" for name in TRAINED if (runs / name / "run.json").is_file()]
        with rc_context(STYLE):
            yield saved(training_curves(histories), folder, "12")


def saved(figure: object, folder: Path, number: str, ending: str = "") -> Path:
    """The PNG alone: an SVG of ten thousand points would be a megabyte."""
    image, drawing = save_figure(figure, folder, f"paper-figure-{int(number):02d}{ending}")  # type: ignore[arg-type]
    drawing.unlink()
    with Image.open(image) as full:  # 256 colours are enough and take a third
        small = full.convert("RGB").quantize(256)
    small.save(image, optimize=True)
    return image
