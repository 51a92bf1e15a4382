"""Equal distances around a crop (the paper's Figure 8 on what can be shown): a drawn walker in the latent spaces of
128 dimensions that `table2.py --rows vgg-vhp vgg-fm300 few-vhp few-fm300 --output RUNS/table2` trains."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from flatsort.data.crops.person_crops import PersonCrops, load
from flatsort.data.walkers.scene import walkers_scene
from flatsort.embedding.networks.vae import Model, load_model
from flatsort.embedding.weights.checkpoint import read_checkpoint

MODELS = {
    "VHP-VAE, VGG16": "vgg-vhp-all",
    "VHP-FMVAE η 300, VGG16": "vgg-fm300-all",
    "VHP-VAE, compact": "few-vhp-all",
    "VHP-FMVAE η 300, compact": "few-fm300-all",
}
FRAMES, CROPS = 120, 400
DIRECTIONS, STEPS, LEVELS = 72, 24, 8
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Around:
    """Observed distances around a crop.

    crop: (64, 64, 3), RGB from 0 to 1. radii: (steps,), latent. plane: (directions, steps), along straight lines in the
    plane in which the crops vary most. everywhere: (directions, steps), in random directions of all dimensions.
    """

    crop: Array
    radii: Array
    plane: Array
    everywhere: Array


def walkers() -> PersonCrops:
    """Crops of the walkers scene."""
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder) / "walkers"
        walkers_scene(frames=FRAMES).write_folder(scene, images="video")
        return load([scene], most=CROPS)


def models(runs: Path) -> dict[str, Path]:
    """Checkpoints of the models that are there."""
    found = {label: runs / "table2" / name / "model.safetensors" for label, name in MODELS.items()}
    return {label: file for label, file in found.items() if file.is_file()}


def look_around(file: Path, crops: PersonCrops, seed: int = 0) -> Around:
    """Observed distances from the crop in the middle of all, to as far as half of the crops lie."""
    model, about = load_model(file), read_checkpoint(file).metadata["descriptor"]

    def channels(values: Any) -> NDArray[np.float32]:
        return np.array(values, np.float32)[:, None, None]

    shown = crops.train * channels(crops.std) + channels(crops.mean)
    with torch.no_grad():
        x = torch.from_numpy((shown - channels(about["mean"])) / channels(about["std"]))
        z = model.encode(x)[0].double().numpy()
    middle = int(np.argmin(((z - np.median(z, axis=0)) ** 2).sum(axis=1)))
    offsets = z - z[middle]
    reach = float(np.median(np.sqrt((offsets**2).sum(axis=1))))
    axes = np.linalg.svd(offsets - offsets.mean(axis=0), full_matrices=False)[2][:2]
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    plane = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ axes
    random = np.random.default_rng(seed).normal(size=(DIRECTIONS, z.shape[1]))
    random /= np.linalg.norm(random, axis=1, keepdims=True)
    radii = np.linspace(0, reach, STEPS + 1)[1:]
    distances = [observed(model, z[middle], directions, radii) for directions in (plane, random)]
    return Around(shown[middle].transpose(1, 2, 0).clip(0, 1).astype(np.float64), radii, *distances)


@torch.no_grad()
def observed(model: Model, start: Array, directions: Array, radii: Array) -> Array:
    """Length (directions, steps) of the decoded straight lines from `start`, up to each radius."""
    places = np.concatenate([[0.0], radii])
    lengths = []
    for direction in directions:
        z = torch.from_numpy(start + places[:, None] * direction).float()
        decoded = model.decode(z).reshape(len(z), -1).double().numpy()
        lengths.append(np.sqrt((np.diff(decoded, axis=0) ** 2).sum(axis=1)).cumsum())
    return np.stack(lengths)


def evenness(distances: Array) -> float:
    """How far directions differ: 95th over 5th percentile of the observed distance at half of the reach; 1 is flat."""
    low, high = np.percentile(distances[:, STEPS // 2 - 1], [5, 95])
    return float(high / low)


def crop_report(runs: Path) -> dict[str, dict[str, float]]:
    """Evenness in the plane and in all directions, by model."""
    crops = walkers()
    found = {label: look_around(file, crops) for label, file in models(runs).items()}
    return {
        label: {"plane": evenness(around.plane), "everywhere": evenness(around.everywhere)}
        for label, around in found.items()
    }


def crop_contours(runs: Path) -> Figure:
    """One panel a model: contours of equal observed distance along straight lines, the crop in the middle."""
    crops = walkers()
    found = {label: look_around(file, crops) for label, file in models(runs).items()}
    figure = Figure(figsize=(3.6 * len(found), 4.2), layout="constrained")
    panels = figure.subplots(1, len(found), squeeze=False)[0]
    angles = np.linspace(0, 2 * np.pi, DIRECTIONS, endpoint=False)
    for axes, (label, around) in zip(panels, found.items(), strict=True):
        x, y = (np.outer(turn(angles), around.radii).ravel() for turn in (np.cos, np.sin))
        distance = around.plane.ravel()
        spacing = float(np.median(around.plane[:, -1])) / LEVELS
        levels = spacing * np.arange(1, np.ceil(distance.max() / spacing))
        axes.tricontour(np.append(x, 0), np.append(y, 0), np.append(distance, 0), levels=levels, colors="black")
        reach = around.radii[-1]
        inset = axes.inset_axes((0.42, 0.42, 0.16, 0.16))
        inset.imshow(around.crop)
        inset.set_axis_off()
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="first component, latent")
        axes.set_title(f"{label}\ncontours every {spacing:.3g} (standardised intensity)", fontsize=9)
    figure.suptitle("Equal observed distance from a crop: evenly spaced circles where flat")
    return figure
