"""One trained model on its own data: what every table and figure of the latent space starts from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from flatsort.data.errors import InputError
from flatsort.data.experiments import mnist, motion, pendulum
from flatsort.data.experiments.dataset import DataSet
from flatsort.embedding.metric_tensor import Decode
from flatsort.eval.geometry.measures import Array

LOADERS: dict[str, Callable[[str | PathLike[str] | None], DataSet]] = {
    "pendulum": lambda folder: pendulum.load(),
    "motion": motion.load,
    "mnist": mnist.load,
}
HELD_OUT = 2000
"""Held-out rows that the geometry is measured on, at most."""


class LatentModel(Protocol):
    """What the geometry needs of a model: mean and deviation of q(z|x), and the mean of p(x|z), row by row."""

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]: ...

    def decode(self, z: Tensor) -> Tensor: ...


@dataclass(frozen=True)
class LatentView:
    """A model, its data set, and the posterior means of its held-out rows.

    title: a name for tables and figures.
    dataset: with its held-out rows.
    decode: the mean of p(x|z).
    points: (n, k) latents of test rows, then of validation rows, `HELD_OUT` at most.
    labels: (n,), theirs.
    errors: by split, mean squared error a channel of every held-out row, decoded from a sample of q(z|x), which is what
        training constrains (Eq. 5).
    error_of_mean: (rows,), of both splits, decoded from the posterior's mean.
    folder: where the data set was read, None where by default.
    """

    title: str
    dataset: DataSet
    decode: Decode
    points: Array
    labels: Array
    errors: dict[str, Array]
    error_of_mean: Array
    folder: Path | None = None

    @property
    def latents(self) -> int:
        """The dimension of the latent space, k."""
        return int(self.points.shape[1])


def look_at(title: str, model: LatentModel, dataset: DataSet, seed: int = 0, folder: Path | None = None) -> LatentView:
    """Encode and decode the held-out rows of a data set. `seed` draws the samples of q(z|x)."""
    noise = torch.Generator().manual_seed(seed)
    means, errors, errors_of_mean = [], {}, []
    with torch.no_grad():
        for split, rows in (("test", dataset.test), ("validation", dataset.validation)):
            parts = []
            for x in torch.from_numpy(rows).split(1024):
                mean, deviation = model.encode(x)
                sample = mean + deviation * torch.randn(mean.shape, generator=noise)
                means.append(mean)
                parts.append((model.decode(sample).reshape(x.shape) - x).square().mean(dim=1))
                errors_of_mean.append((model.decode(mean).reshape(x.shape) - x).square().mean(dim=1))
            errors[split] = torch.cat(parts).double().numpy()
    points = torch.cat(means)[:HELD_OUT].double().numpy()
    labels = np.concatenate([dataset.about[split].labels for split in errors])
    return LatentView(
        title=title,
        dataset=dataset,
        decode=model.decode,
        points=points,
        labels=labels[: len(points)].astype(np.float64),
        errors=errors,
        error_of_mean=torch.cat(errors_of_mean).double().numpy(),
        folder=folder,
    )


def open_view(checkpoint: str, folder: str | PathLike[str] | None = None, seed: int = 0) -> LatentView:
    """Look at a checkpoint file or a packaged name such as `pendulum/fmvae`.

    folder: where its data set lies, by default in the data folder; the pendulum is drawn anew and needs none.
    Raises InputError where the checkpoint or its data are missing or damaged, or the data set has no geometry here.
    """
    from flatsort.embedding.networks.vae import load_model

    model = load_model(checkpoint)
    name = model.config.dataset
    if name not in LOADERS:
        cure = f"give a checkpoint of {', '.join(LOADERS)}"
        raise InputError(checkpoint, None, f"its data set {name!r} has no geometry report", cure)
    if name == "pendulum" and folder is not None:
        raise InputError(str(folder), None, "the pendulum is drawn anew and reads no folder", "leave --data out")
    where = None if folder is None else Path(folder)
    return look_at(view_title(checkpoint), model, LOADERS[name](folder), seed, where)


def view_title(checkpoint: str) -> str:
    """A name for tables and figures: a packaged name as it is, of a run's `model.safetensors` its folder.

    >>> view_title("pendulum/fmvae"), view_title("runs/motion-seed1/model.safetensors"), view_title("a/b.safetensors")
    ('pendulum/fmvae', 'motion-seed1', 'b')
    """
    path = Path(checkpoint)
    if path.suffix != ".safetensors":
        return checkpoint
    return path.resolve().parent.name if path.stem == "model" else path.stem
