"""Train DeepSORT's network on labelled sequences: the supervised comparison."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from flatsort.data.crops.labelled_crops import MARGIN, SIZE, LabelledCrops
from flatsort.data.errors import InputError
from flatsort.embedding.crop_input import CropInput
from flatsort.embedding.networks.deepsort import DIMENSION, FAMILY, DeepSort, DeepSortConfig, folded
from flatsort.embedding.ranges import inside
from flatsort.embedding.weights.checkpoint import write_network
from flatsort.eval.retrieval.ranking import compare, total
from flatsort.train_embedding.batches.crop_augmentation import augment
from flatsort.train_embedding.batches.labelled_batches import IdentityBatches, held_out_identities
from flatsort.train_embedding.batches.network_input import described_input, normalised
from flatsort.train_embedding.batches.strong_changes import strong
from flatsort.train_embedding.loop.loop import Result, run
from flatsort.train_embedding.loop.task import Row, Schedule, Task
from flatsort.train_embedding.loop.trainer import cosine
from flatsort.train_embedding.objective.cosine_softmax import CosineSoftmax
from flatsort.train_embedding.objective.draws import generator
from flatsort.train_embedding.objective.proxies import of_moments

INPUT = CropInput(SIZE)
PER_HELD_OUT = 25  # crops of a held-out identity that are described, evenly spread over time
DESCRIBED_AT_ONCE = 64
# A track lives 30 frames without a detection (DeepSORT); crops closer in time are told apart by motion.
LEAST_GAP = 30


@dataclass(frozen=True)
class DeepSortSettings:
    """How DeepSORT's network is trained, by Adam as Wojke and Bewley (2018). Raises ValueError naming the field.

    width, stem: of the network, as `DeepSortConfig`.
    steps: of the run.
    identities: in a batch.
    crops: of each identity in a batch.
    learning_rate: at the start; it falls to a hundredth along half a cosine. Twice theirs: runs here are of hundreds of
        steps, theirs of a hundred thousand.
    strong: change crops as strongly as label-free learning does (`strong_changes`), in place of `crop_augmentation`.
    pairs: what InfoNCE among a batch's crops weighs beside the softmax; theirs has none.
    temperature: of it.
    held_out: the share of each source's identities to validate on.
    half: compute in 16 bits.
    evaluate_every: steps between evaluations, with which checkpoints are written.
    log_every: steps between rows of the history.
    """

    width: int = 16
    stem: str = "strided"
    steps: int = 4000
    identities: int = 16
    crops: int = 4
    learning_rate: float = 2e-3
    strong: bool = False
    pairs: float = 0.0
    temperature: float = 0.07
    held_out: float = 0.2
    half: bool = False
    evaluate_every: int = 200
    log_every: int = 10

    def __post_init__(self) -> None:
        DeepSortConfig(self.width, self.stem)
        inside(self, "[1, inf)", "steps", "crops", "evaluate_every", "log_every")
        inside(self, "[2, inf)", "identities")
        inside(self, "(0, inf)", "learning_rate", "temperature")
        inside(self, "[0, inf)", "pairs")
        inside(self, "[0, 1)", "held_out")

    @property
    def schedule(self) -> Schedule:
        """When the run is logged, evaluated and saved."""
        return Schedule(self.steps, self.log_every, self.evaluate_every, self.evaluate_every)

    @property
    def network(self) -> DeepSortConfig:
        """The network's part of the settings."""
        return DeepSortConfig(self.width, self.stem)


class DeepSortRun(Task):
    """One run's `task.Task`: network, classifier, optimiser and batches, and the step that ties them."""

    columns = ("step", "loss", "accuracy", "kappa", "learning_rate", "validation_rank_1", "validation_auc")
    rank = 0

    def __init__(self, settings: DeepSortSettings, data: LabelledCrops, seed: int) -> None:
        self.settings, self.data, self.seed = settings, data, seed
        self.schedule = settings.schedule
        held_out = np.isin(data.identities, held_out_identities(data, seed, settings.held_out))
        rows = np.flatnonzero(~held_out)
        self.held_out = thinned(data.identities, np.flatnonzero(held_out))
        self.batches = IdentityBatches(data.identities, rows, settings.identities, settings.crops, seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator(seed, 2).initial_seed()) % 2**63)
            self.network = DeepSort(settings.network)
            self.classifier = CosineSoftmax(len(self.batches.numbers), DIMENSION)
        self.module = nn.ModuleDict({"network": self.network, "classifier": self.classifier})
        self.optimizer = torch.optim.Adam(self.module.parameters(), lr=settings.learning_rate, fused=True)
        self.step = 0
        self.last: Row = {}
        self.area: float | None = None

    def advance(self, progress: float) -> None:
        """One step; `progress` is the share of the run that is done. Raises InputError where the loss is not finite."""
        rate = self.settings.learning_rate * cosine(progress, 0.01)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rows, classes = self.batches.rows(self.step)
        random = np.random.default_rng([self.seed, 3, self.step])
        data, settings = self.data, self.settings
        changed = (
            strong(data.boxes[rows], random) if settings.strong else augment(data.crops[rows], SIZE, MARGIN, random)
        )
        target = torch.from_numpy(classes)
        self.module.train()
        with torch.autocast("cpu", torch.bfloat16, enabled=settings.half):
            z = self.network(normalised(changed, INPUT)).float()
        logits = self.classifier(z)
        loss = self.classifier.loss(logits, target)
        if settings.pairs:
            different = ~torch.eye(len(self.batches.numbers), dtype=torch.bool)
            loss = loss + settings.pairs * of_moments(z, target, different, settings.temperature)
        value = float(loss.detach())
        if not math.isfinite(value):
            problem = f"loss is {value}; stopped, the last good checkpoint is kept"
            raise InputError(f"step {self.step + 1}", None, problem, "lower the learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        self.last = {
            "step": self.step,
            "loss": value,
            "accuracy": float((logits.argmax(1) == target).float().mean()),
            "kappa": float(self.classifier.scale.detach()),
            "learning_rate": rate,
        }

    def row(self) -> Row:
        """The history's row for the step just taken."""
        return self.last

    @torch.no_grad()
    def evaluate(self) -> Row:
        """Rank-1 and area under the ROC curve on the held-out identities, `LEAST_GAP` frames apart.

        None where their crops are all too close in time to tell.
        """
        data, rows = self.data, self.held_out
        network = folded(self.network)
        parts = np.array_split(rows, math.ceil(len(rows) / DESCRIBED_AT_ONCE))
        vectors = np.concatenate(
            [network(torch.from_numpy(INPUT.normalise(data.boxes[part]))).numpy() for part in parts]
        )
        if not np.isfinite(vectors).all():
            problem = "a held-out descriptor is not finite; stopped, the last good checkpoint is kept"
            raise InputError(f"step {self.step}", None, problem, "lower the learning rate")
        sequences = [data.sequences[rows] == place for place in np.unique(data.sequences[rows])]
        scores = total(
            compare(vectors[own], data.identities[rows][own], data.frames[rows][own], "cosine", LEAST_GAP)
            for own in sequences
        )
        rank_1, self.area = (None if math.isnan(scores[name]) else scores[name] for name in ("far Rank-1", "far AUC"))
        return {"validation_rank_1": rank_1, "validation_auc": self.area}

    def terms(self, row: Row) -> str:
        """Loss, the softmax's κ, the learning rate, and the last area under the ROC curve."""
        area = "-" if self.area is None else f"{self.area:.3f}"
        rate = row["learning_rate"]
        return f"loss {row['loss']:.3f} κ {row['kappa']:.1f} rate {rate:.1e} held-out AUC {area}"

    def about(self) -> Row:
        """What made this run."""
        return {
            "seed": self.seed,
            "settings": asdict(self.settings),
            "sequences": list(self.data.names),
            "training_identities": len(self.batches.numbers),
            "training_crops": sum(map(len, self.batches.members)),
            "held_out_identities": len(np.unique(self.data.identities[self.held_out])),
        }

    def fixed(self, about: Row) -> Row:
        """All of it, the settings one by one."""
        others = {name: about.get(name) for name in self.about() if name != "settings"}
        return others | {f"settings.{name}": value for name, value in about["settings"].items()}

    def load_state_dict(self, state: Row) -> None:
        """Restore the step."""
        self.step = state["step"]

    def save_model(self, path: Path) -> None:
        """Write the network, without its classifier."""
        training: dict[str, Any] = {**self.about(), "step": self.step}
        write_network(path, self.network, FAMILY, training=training, descriptor=described_input(INPUT, "cosine"))


def train_deepsort(
    settings: DeepSortSettings,
    data: LabelledCrops,
    output: Path,
    *,
    minutes: float | None = None,
    seed: int = 0,
    resume: bool = False,
    quiet: bool = False,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """Train as `loop.run`, some identities of each sequence held out for validation.

    `held_out` has validation_rank_1 and validation_auc. Raises InputError: no four people in a sequence, and as
    `loop.run`.
    """
    task = DeepSortRun(settings, data, seed)
    return run(task, output, minutes=minutes, resume=resume, quiet=quiet, stop=stop)


def thinned(identities: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most `PER_HELD_OUT` of the rows of each identity, evenly spread."""
    kept: list[NDArray[np.int64]] = []
    for number in np.unique(identities[rows]):
        own = rows[identities[rows] == number]
        kept.append(own[np.unique(np.linspace(0, len(own) - 1, min(PER_HELD_OUT, len(own))).round().astype(int))])
    return np.sort(np.concatenate(kept))
