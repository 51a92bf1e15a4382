"""Flat where identity lives? The head of the packaged `people` encoder, trained on with a decoder of what identity is.

    python benchmarks/feature_flat.py /work/data/reid --sequences MOT15/train/TUD-Campus --output runs/feature-flat

REID holds cuhk03-tracklets, cuhk03-val and cuhk01. The label-free training of the head goes on, on pooled values that
are computed once, together with a decoder of the unit vectors: of plain low-resolution pixels (`pixel`), or of
centre-weighted pixels, striped colours and pooled identity features (`feature`), with and without the scale-free
flatness. Every seventh tracklet is held out of it. Finished rows are read from OUTPUT, so the command resumes; decoders
are not kept, as they could show a student.

The metric is that of the sphere: the decoder takes z / ‖z‖, so G = JᵀJ at a unit vector has no radial part, and
N = dimension - 1. Mixed points are put back on the sphere before G is taken there.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data.crops.crop_folder import open_labelled_folder
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.crops.tracklet_sources import SIZE, Tracklets, load_tracklets
from flatsort.data.files.atomic import atomic_path
from flatsort.data.opencv import import_cv2
from flatsort.embedding.descriptor import Descriptor, Distance
from flatsort.embedding.metric_tensor import Moments, exact, mix, mixing_weight, n_rdm_minus_1, probes
from flatsort.embedding.networks.people import PeopleEncoder, people_of
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.eval.retrieval import across_cameras, ranking
from flatsort.eval.retrieval.comparison import EVERY, MIN_VISIBILITY
from flatsort.eval.retrieval.folder_crops import describe_folder
from flatsort.eval.retrieval.truth_crops import describe_people, open_people
from flatsort.train_embedding.loop.people import normalised
from flatsort.train_embedding.loop.people_head import HeadRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.objective.flatness import scale_free_penalty
from flatsort.train_embedding.people.adapting import START

cv2 = import_cv2()

Array = NDArray[np.float32]
CROPS, COPIES, HELD_OUT = 5, 4, 7  # of a tracklet; of a crop, differently changed; every n-th tracklet
PIXELS, COMPONENTS, HIDDEN = (16, 8), 64, 256
CENTRE = 0.2  # deviation of the weight across, in widths of the crop, as of `StripedColours`
ALPHA, PROBES, MEASURED = 0.2, 1, 256
FOLDERS = ("cuhk03-val", "cuhk01")


@dataclass(frozen=True)
class Arm:
    """What is decoded (none, pixel or feature), and whether the flatness's weight is on."""

    observation: str
    flat: bool


ARMS = {
    "no decoder": Arm("none", False), "pixel, not flat": Arm("pixel", False), "pixel-flat": Arm("pixel", True),
    "feature, not flat": Arm("feature", False), "feature-flat": Arm("feature", True),
}  # fmt: skip


class Pooled:
    """The packaged encoder's pooled values as a descriptor, so that every head reads the images only once."""

    def __init__(self, network: PeopleEncoder) -> None:
        self.network, self.dimension = network, network.linear.in_features
        self.name, self.gate = "pooled", math.inf
        self.distance: Distance = "euclidean"

    @torch.inference_mode()
    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> Array:
        crops = torch.from_numpy(cut_crops(image, boxes, SIZE)).permute(0, 3, 1, 2).float()
        found: Array = self.network.pooled(normalised(crops)).numpy()
        return found


class Decoder(nn.Module):
    """Unit vectors (n, k) in, observations (n, d) out: an MLP, then each part's first principal components.

    The parts are scaled so that the squared error is the mean over them of the share of variance left unexplained.
    """

    def __init__(self, parts: list[Array], latents: int) -> None:
        """parts: each (n, d) of the training crops."""
        super().__init__()
        bases: list[Tensor] = []
        self.means: list[Tensor] = []
        self.scales: list[float] = []
        for part in parts:
            x = torch.from_numpy(part)
            mean = x.mean(0)
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)  # the same components for every seed
                _, _, axes = torch.pca_lowrank((x - mean)[::2], COMPONENTS, center=False)
            bases.append(axes.T)
            self.means.append(mean)
            self.scales.append(float((x - mean).square().sum(1).mean().mul(len(parts)).rsqrt()))
        self.bases = bases
        width = sum(len(basis) for basis in bases)
        spread = [((torch.from_numpy(p) - m) @ b.T * s).std(0) for p, m, b, s in zip(
            parts, self.means, bases, self.scales, strict=True)]  # fmt: skip
        self.spread = torch.cat(spread)
        self.body = nn.Sequential(
            nn.Linear(latents, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, width)
        )
        self.latents = latents

    def forward(self, z: Tensor) -> Tensor:
        """The components, scaled. The bases are orthonormal, so they leave G as it is."""
        out: Tensor = self.body(nn.functional.normalize(z, dim=1) * self.latents**0.5) * self.spread
        return out

    def observed(self, parts: list[Array]) -> tuple[Tensor, Tensor]:
        """The scaled components (n, d) of observations, and the squared error (n, parts) that no component explains."""
        seen, left = [], []
        for part, mean, basis, scale in zip(parts, self.means, self.bases, self.scales, strict=True):
            x = (torch.from_numpy(part) - mean) * scale
            inside = x @ basis.T
            seen.append(inside)
            left.append(x.square().sum(1) - inside.square().sum(1))
        return torch.cat(seen, 1), torch.stack(left, 1)

    def errors(self, z: Tensor, parts: list[Array]) -> list[float]:
        """Each part's unexplained share of its training variance."""
        seen, left = self.observed(parts)
        square = (self(z) - seen).square().split([len(basis) for basis in self.bases], 1)
        inside = torch.stack([part.sum(1) for part in square], 1)
        return [float(value) * len(parts) for value in (inside + left).mean(0)]


class FlatHead(HeadRun):
    """A `HeadRun` whose loss also holds a decoder's error and flatness."""

    def __init__(self, settings: PeopleSettings, seed: int, bench: Bench, loss: Loss) -> None:
        self.bench, self.loss = bench, loss
        super().__init__(settings, bench.train, seed, COPIES)
        if loss.decoder is not None:
            self.optimizer.add_param_group({"params": list(loss.decoder.parameters()), "weight_decay": 0.0})

    def of_copies(self) -> Tensor:
        return self.bench.pooled

    def grouped(self) -> NDArray[np.int64]:
        return self.bench.views

    def described(self, rows: NDArray[np.int64]) -> Any:
        """The teacher's vectors from the cached values of the unchanged crops."""
        yield self.teacher.module.head(self.features[0, torch.from_numpy(rows)])

    def beside(self, z: Tensor, rows: NDArray[np.int64]) -> Tensor:
        return self.loss(z, rows, self.seed, self.step)


@dataclass
class Loss:
    """weight: of the error; eta: of N · RDM − 1. target: (n, d) scaled components of the unchanged crops."""

    decoder: Decoder | None
    target: Tensor
    weight: float
    eta: float

    def __call__(self, z: Tensor, rows: NDArray[np.int64], seed: int, step: int) -> Tensor:
        if self.decoder is None:
            return z.new_zeros(())
        total = self.weight * (self.decoder(z) - self.target[torch.from_numpy(rows)]).square().sum(1).mean()
        if self.eta:
            random = torch.Generator().manual_seed(seed * 1_000_003 + step)
            points = mixed(z, random)
            signs = torch.randint(2, (PROBES, *points.shape), generator=random) * 2.0 - 1
            total = total + self.eta * scale_free_penalty(probes(self.decoder, points, signs).mean(), z.shape[1] - 1)
        return total


def mixed(z: Tensor, random: torch.Generator) -> Tensor:
    """Mixed points (Eq. 11) of shuffled pairs, put back on the sphere."""
    other = z[torch.randperm(len(z), generator=random)]
    weight = mixing_weight(torch.rand(len(z), generator=random), ALPHA)
    return nn.functional.normalize(mix(z, other, weight), dim=1)


def flatness(decoder: Decoder, z: Tensor) -> float:
    """N · RDM − 1 by exact Jacobians at these points."""
    parts = [exact(decoder, block) for block in z.split(64)]
    mean = Moments(*(torch.cat(values) for values in zip(*parts, strict=True))).mean()
    return float(n_rdm_minus_1(mean, z.shape[1] - 1))


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


@torch.inference_mode()
def retrieval(network: PeopleEncoder, described: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Rank-1 across cameras, and the far AUC of sequences."""
    found: dict[str, float] = {}
    for name, values in described.items():
        vectors, who = network.head(torch.from_numpy(values["pooled"])).numpy(), values["who"]
        if "cameras" in values:
            query, others = across_cameras.split_cameras(name, values["cameras"], None, None)
            ranked = across_cameras.rank(vectors[query], vectors[others], who[query], who[others], "euclidean")
            found[f"{name} Rank-1"] = across_cameras.total([ranked])["Rank-1"]
        else:
            compared = ranking.total([ranking.compare(vectors, who, values["frames"], "euclidean")])
            found[f"{name} far AUC"] = compared["far AUC"]
    return found


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


def measure(bench: Bench, arm: Arm, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """Train one row and measure it."""
    packaged = people_of(read_checkpoint(START))
    decoder, target = None, torch.empty(0)
    if arm.observation != "none":
        parts = observations(arm.observation, bench.train.crops, bench.pooled[0], packaged)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            decoder = Decoder(parts, packaged.config.dimension)
        target = decoder.observed(parts)[0]
    settings = PeopleSettings(
        steps=options.steps, others=0, narrow=0.0, start=str(START), learning_rate=2e-3, pair_from=0, pair_first=0.6,
        pair_every=options.steps, other=3.0, tracklets=32,
    )  # fmt: skip
    loss = Loss(decoder, target, options.weight, options.eta if arm.flat else 0.0)
    run = FlatHead(settings, seed, bench, loss)
    for step in range(options.steps):
        run.advance(step / options.steps)
    network = run.network.eval()
    found = retrieval(network, bench.described)
    if decoder is not None:
        with torch.no_grad():
            z = network.head(bench.held_pooled)
            shown = observations(arm.observation, bench.held_out.crops, bench.held_pooled, packaged)
            errors = decoder.errors(z, shown)
            random = torch.Generator().manual_seed(0)
            some = z[torch.randperm(len(z), generator=random)[:MEASURED]]
            found["error"] = sum(errors) / len(errors)
            if len(errors) == 3:
                found |= dict(zip(("pixels", "colours", "identity"), errors, strict=True))
            found["N RDM - 1"] = flatness(decoder, mixed(some, random))
            found["at crops"] = flatness(decoder, some)
    return found


def table(rows: dict[str, list[dict[str, float]]], retrieved: list[str]) -> str:
    """Mean and standard deviation over the seeds, as Markdown."""
    columns = ["N RDM - 1", "at crops", "error", "pixels", "colours", "identity", *retrieved]
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, seeds in rows.items():
        cells = []
        for column in columns:
            values = [found[column] for found in seeds if column in found]
            spread = f" ± {np.std(values, ddof=1):.3f}" if len(values) > 1 else ""
            cells.append(f"{np.mean(values):.3f}{spread}" if values else "")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reid", type=Path, help="the folder of cuhk03-tracklets, cuhk03-val and cuhk01")
    parser.add_argument("--sequences", nargs="*", default=[], help="MOTChallenge folders, for the far AUC")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--weight", type=float, default=10.0, help="of the error")
    parser.add_argument("--eta", type=float, default=1.0, help="of N RDM - 1")
    parser.add_argument("--output", type=Path, default=Path("runs/feature-flat"))
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    packaged = people_of(read_checkpoint(START))
    bench = open_bench(options.reid, options.sequences, options.output, packaged)
    start = retrieval(packaged, bench.described)
    rows: dict[str, list[dict[str, float]]] = {"packaged": [start]}
    for seed in options.seeds:
        for name in options.arms:
            made = f"{options.steps}-{options.weight:g}-{options.eta:g}"
            file = options.output / f"{name.replace(', ', '-').replace(' ', '-')}-{made}-{seed}.json"
            if not file.is_file() or not set(start) <= set(json.loads(file.read_text())):
                found = measure(bench, ARMS[name], seed, options)
                with atomic_path(file) as temporary:
                    temporary.write_text(json.dumps(found, indent=1))
                print(name, seed, {column: round(value, 3) for column, value in found.items()}, file=sys.stderr)
            rows.setdefault(name, []).append(json.loads(file.read_text()))
    print(table(rows, list(start)))


if __name__ == "__main__":
    main()
