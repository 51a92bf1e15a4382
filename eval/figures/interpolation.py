"""What straight latent lines decode to: pendulum images, digits, and human poses (the paper's Figure 6)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flatsort.data.errors import InputError
from flatsort.data.experiments.amc import Skeleton, read_asf
from flatsort.data.experiments.kinematics import bone_ends
from flatsort.data.experiments.location import data_root
from flatsort.data.experiments.motion import CONSTANT, JOINTS
from flatsort.eval.figures.latent_panel import unlike_pairs
from flatsort.eval.geometry.latent_view import LatentView
from flatsort.eval.geometry.measures import Array
from flatsort.eval.geometry.smoothness import interpolate, jumps

LINES = 3
FRAMES = 9
FINE = 16
"""Steps between two frames drawn, where discontinuities are looked for."""


def interpolations(views: Sequence[LatentView], seed: int) -> Figure:
    """Rows: the same pairs of held-out rows in every model; columns: equal steps along the straight latent line.

    A red bar stands between two frames where the observation jumps (`geometry.smoothness.jumps`).
    Raises InputError where poses are to be drawn and no skeleton (.asf) is found.
    """
    rows = LINES * len(views)
    figure = Figure(figsize=(1.35 * FRAMES, 1.5 * rows + 0.7), layout="constrained")
    panels = figure.subplots(rows, FRAMES, squeeze=False)
    for number, view in enumerate(views):
        pairs = view.points[unlike_pairs(view, LINES, seed)]
        fine = interpolate(view.decode, pairs[:, 0], pairs[:, 1], (FRAMES - 1) * FINE)
        movies, broken = fine[:, ::FINE], jumps(fine).reshape(len(fine), FRAMES - 1, FINE).max(axis=2)
        skeleton = None if view.dataset.image_shape else read_asf(find_skeleton(view.folder))
        for line, movie in enumerate(movies):
            strip = panels[number * LINES + line]
            for axes in strip[1 + np.flatnonzero(broken[line])]:
                axes.plot([-0.04, -0.04], [0, 1], color="red", linewidth=3, transform=axes.transAxes, clip_on=False)
            for axes, observation in zip(strip, movie, strict=True):
                if skeleton is not None:
                    draw_pose(axes, skeleton, observation)
                else:
                    assert view.dataset.image_shape is not None
                    axes.imshow(observation.reshape(view.dataset.image_shape), cmap="gray", vmin=0, vmax=1)
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
            if line == LINES // 2:
                strip[0].set_ylabel(view.title, fontsize=10)
    for step, axes in enumerate(panels[-1]):
        axes.set_xlabel(f"t = {step / (FRAMES - 1):.2f}", fontsize=9)
    figure.suptitle("Decoded straight latent lines, equal steps in t. Flat: each step moves as far. Red: a jump")
    return figure


def find_skeleton(folder: Path | None) -> Path:
    """The first skeleton of a motion folder: all subjects have the same bones, only their lengths differ a little."""
    root = folder if folder is not None else data_root() / "mocap" / "cmu"
    found = sorted(root.glob("*.asf"))
    if not found:
        raise InputError(root, None, "no skeleton (.asf) to draw poses with", "add 35.asf of the CMU database")
    return found[0]


def joint_angles(observations: Array) -> dict[str, Array]:
    """Split the 50 channels (n, 50) by joint, in radians; the constant joints are left at rest."""
    angles, start = {}, 0
    for joint, degrees in JOINTS.items():
        if joint not in CONSTANT:
            angles[joint] = observations[:, start : start + degrees]
            start += degrees
    return angles


def draw_pose(axes: Axes, skeleton: Skeleton, observation: Array) -> None:
    """A pose from the side and a little in front, right limbs red, left limbs blue, the trunk grey."""
    ends = bone_ends(skeleton, joint_angles(observation[None]))
    turn = np.deg2rad(60)
    for name, bone in skeleton.bones.items():
        (x0, y0, z0), (x1, y1, z1) = ends[bone.parent][0], ends[name][0]
        across = [np.cos(turn) * x + np.sin(turn) * z for x, z in ((x0, z0), (x1, z1))]
        side = {"l": 0, "r": 3}.get(name[0], 7) if name not in ("lowerback", "lowerneck", "root") else 7
        axes.plot(across, [y0, y1], color=colormaps["tab10"](side), linewidth=1.6, solid_capstyle="round")
    axes.set_aspect("equal")
    axes.set(xlim=(-14, 14), ylim=(-20, 14))
