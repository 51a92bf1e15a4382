"""The crops behind benchmarks/feature_flat.py: pooled values that are computed once, and what is decoded of crops."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from feature_flat_decoder import Array
from numpy.typing import NDArray
from torch import Tensor

from flatsort.data.crops.crop_folder import open_labelled_folder
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.crops.tracklet_sources import SIZE, Tracklets, load_tracklets
from flatsort.data.files.atomic import atomic_path
from flatsort.data.opencv import import_cv2
from flatsort.embedding.descriptor import Descriptor, Distance
from flatsort.embedding.networks.people import PeopleEncoder
from flatsort.eval.retrieval.comparison import EVERY, MIN_VISIBILITY
from flatsort.eval.retrieval.folder_crops import describe_folder
from flatsort.eval.retrieval.truth_crops import describe_people, open_people
from flatsort.train_embedding.batches.network_input import normalised
from flatsort.train_embedding.loop.people import INPUT
from flatsort.train_embedding.loop.people_head import HeadRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.people.adapting import START

cv2 = import_cv2()

COPIES, HELD_OUT = 4, 7  # of a crop, differently changed; every n-th tracklet
PIXELS = (16, 8)
CENTRE = 0.2  # deviation of the weight across, in widths of the crop, as of `StripedColours`
FOLDERS = ("cuhk03-val", "cuhk01")


class Pooled:
    """The packaged encoder's pooled values as a descriptor, so that every head reads the images only once."""

    def __init__(self, network: PeopleEncoder) -> None:
        self.network, self.dimension = network, network.linear.in_features
        self.name, self.gate = "pooled", math.inf
        self.distance: Distance = "euclidean"

    @torch.inference_mode()
    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> Array:
        crops = torch.from_numpy(cut_crops(image, boxes, SIZE)).permute(0, 3, 1, 2).float()
        found: Array = self.network.pooled(normalised(crops, INPUT)).numpy()
        return found


def observations(name: str, crops: NDArray[np.uint8], pooled: Tensor, network: PeopleEncoder) -> list[Array]:
    """The parts of the observation, each (n, d), of crops in low resolution, (n, 16, 8, 3).

    Plain pixels; or centre-weighted ones, colours and identity features.
    """
    small: Array = np.asarray(crops, np.float32) / np.float32(255)
    if name == "pixel":
        return [small.reshape(len(crops), -1)]
    across = (np.arange(PIXELS[1]) + 0.5) / PIXELS[1] - 0.5
    weight = np.exp(-0.25 * (across / CENTRE) ** 2).astype(np.float32)  # the root of the weight of a squared error
    width = network.neck.num_features
    with torch.no_grad():
        shapes: Array = network.neck(pooled[:, :width]).numpy()
    return [(small * weight[:, None]).reshape(len(crops), -1), pooled[:, width:].numpy().copy(), shapes]


def part_of(data: Tracklets, held_out: bool) -> tuple[Tracklets, NDArray[np.int64]]:
    """The tracklets that are held out, or the others, numbered anew; and their rows."""
    chosen = (np.arange(len(data)) % HELD_OUT == HELD_OUT - 1) == held_out
    rows = np.flatnonzero(chosen[data.tracklets])
    numbers = (np.cumsum(chosen) - 1)[data.tracklets[rows]]
    beside = data.together[np.ix_(chosen, chosen)]
    return replace(
        data, crops=data.crops[rows], tracklets=numbers, sources=data.sources[chosen],
        of_folder=data.of_folder[chosen], together=beside,
    ), rows  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """Everything that the rows share: training and held-out tracklets with their pooled values, and the galleries.

    The tracklets' crops are in low resolution. views: of the training tracklets.
    """

    train: Tracklets
    views: NDArray[np.int64]
    pooled: Tensor
    held_out: Tracklets
    held_pooled: Tensor
    described: dict[str, dict[str, Any]]


def cached(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The arrays of a file, which is made where it is missing."""
    if not path.is_file():
        with atomic_path(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **make())
    with np.load(path) as found:
        return {name: found[name] for name in found.files}


def gallery(reid: Path, sequences: list[str], output: Path, network: PeopleEncoder) -> dict[str, dict[str, Any]]:
    """Pooled values of what retrieval compares: folders with cameras, sequences with frames."""
    described: dict[str, dict[str, Any]] = {}
    pooled: Descriptor = Pooled(network)
    for name in FOLDERS:

        def of_folder(name: str = name) -> dict[str, Any]:
            folder = open_labelled_folder(reid / name)
            vectors = describe_folder(folder, {"": pooled})[""]
            return {"pooled": vectors, "who": folder.identities, "cameras": folder.cameras}

        described[name] = cached(output / f"{name}.npz", of_folder)
    for source in sequences:

        def of_sequence(source: str = source) -> dict[str, Any]:
            sequence, people = open_people(source, MIN_VISIBILITY, EVERY)
            vectors = describe_people(sequence, people, {"": pooled}).vectors[""]
            return {"pooled": vectors, "who": people.ids, "frames": people.frames}

        described[Path(source).name] = cached(output / f"{Path(source).name}.npz", of_sequence)
    return described


def open_bench(reid: Path, sequences: list[str], output: Path, network: PeopleEncoder) -> Bench:
    """Read the crops, and describe them where OUTPUT does not hold it."""
    described = gallery(reid, sequences, output, network)

    def make() -> dict[str, Any]:
        every = load_tracklets([str(reid / "cuhk03-tracklets")])
        place = np.arange(len(every.crops)) - np.searchsorted(every.tracklets, every.tracklets)
        few = np.flatnonzero(place % 2 == 0)
        data = replace(every, crops=every.crops[few], tracklets=every.tracklets[few])
        settings = PeopleSettings(steps=1, narrow=0.0, start=str(START))
        run = HeadRun(settings, data, 0, COPIES)
        small = np.stack([cv2.resize(crop, PIXELS[::-1], interpolation=cv2.INTER_AREA) for crop in data.crops])
        return {"pooled": run.features.half().numpy(), "tracklets": data.tracklets, "views": run.views, "crops": small}

    found = cached(output / "cuhk03-tracklets.npz", make)
    count = len(found["views"])
    data = Tracklets(
        ("cuhk03-tracklets",), found["crops"], found["tracklets"], np.zeros(count, np.int64), np.ones(count, bool),
        np.zeros((count, count), bool),
    )  # fmt: skip
    pooled = torch.from_numpy(found["pooled"]).float()
    (train, rows), (held_out, others) = part_of(data, False), part_of(data, True)
    views = found["views"][np.arange(count) % HELD_OUT != HELD_OUT - 1]
    return Bench(train, views, pooled[:, rows], held_out, pooled[0, others], described)
