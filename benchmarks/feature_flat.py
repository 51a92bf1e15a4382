"""Flat where identity lives? The head of the packaged `people` encoder, trained on with a decoder of what identity is.

    python benchmarks/feature_flat.py /work/data/reid --sequences MOT15/train/TUD-Campus --output runs/feature-flat

REID holds cuhk03-tracklets, cuhk03-val and cuhk01. The label-free training of the head goes on, on pooled values that
are computed once, together with a decoder of the unit vectors: of plain low-resolution pixels (`pixel`), or of
centre-weighted pixels, striped colours and pooled identity features (`feature`), with and without the scale-free
flatness; or of the feature parts whitened by the scatter within tracklets (`whitened`, see `Noise`). Every seventh
tracklet is held out of it. Finished rows are read from OUTPUT, so the command resumes; decoders
are not kept, as they could show a student.

The metric is that of the sphere: the decoder takes z / ‖z‖, so G = JᵀJ at a unit vector has no radial part, and
N = dimension - 1. Mixed points are put back on the sphere before G is taken there.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from feature_flat_crops import COPIES, Bench, observations, open_bench
from feature_flat_decoder import Decoder, Loss, Noise, flatness, mixed
from seed_table import seed_table

from flatsort.data.files.atomic import atomic_path
from flatsort.embedding.networks.people import PeopleEncoder, people_of
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.eval.retrieval import across_cameras, ranking
from flatsort.train_embedding.loop.people_head import HeadRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.people.adapting import START

MEASURED = 256


@dataclass(frozen=True)
class Arm:
    """What is decoded (none, pixel or feature), whether it is flat, and whether the noise is the tracklets' scatter."""

    observation: str
    flat: bool
    whitened: bool = False


ARMS = {
    "no decoder": Arm("none", False), "pixel, not flat": Arm("pixel", False), "pixel-flat": Arm("pixel", True),
    "feature, not flat": Arm("feature", False), "feature-flat": Arm("feature", True),
    "whitened, not flat": Arm("feature", False, True), "whitened-flat": Arm("feature", True, True),
}  # fmt: skip


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


def measure(bench: Bench, arm: Arm, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """Train one row and measure it."""
    packaged = people_of(read_checkpoint(START))
    decoder, target = None, torch.empty(0)
    if arm.observation != "none":
        parts = observations(arm.observation, bench.train.crops, bench.pooled[0], packaged)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            noise = Noise(bench.train.tracklets, options.shrinkage) if arm.whitened else None
            decoder = Decoder(parts, packaged.config.dimension, noise)
        target = decoder.observed(parts)[0]
    settings = PeopleSettings(
        steps=options.steps, others=0, narrow=0.0, start=str(START), learning_rate=2e-3, pair_from=0, pair_first=0.6,
        pair_every=options.steps, other=3.0, tracklets=32,
    )  # fmt: skip
    grow = options.steps // 2 if arm.whitened else 0
    loss = Loss(decoder, target, options.weight, options.eta if arm.flat else 0.0, grow)
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
    return seed_table(rows, ["N RDM - 1", "at crops", "error", "pixels", "colours", "identity", *retrieved])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reid", type=Path, help="the folder of cuhk03-tracklets, cuhk03-val and cuhk01")
    parser.add_argument("--sequences", nargs="*", default=[], help="MOTChallenge folders, for the far AUC")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--weight", type=float, default=10.0, help="of the error")
    parser.add_argument("--eta", type=float, default=1.0, help="of N RDM - 1")
    parser.add_argument(
        "--shrinkage", type=float, default=0.05, help="of the whitened rows' noise to the total scatter"
    )
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
            made = f"{options.steps}-{options.weight:g}-{options.eta:g}-{options.shrinkage:g}"
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
