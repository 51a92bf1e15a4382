"""One training run of DeepSORT's network: its parts, its step, its validation, and its state."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from flatsort.data.crops.labelled_crops import MARGIN, SIZE, LabelledCrops
from flatsort.data.errors import InputError
from flatsort.embedding.crop_input import CropInput
from flatsort.embedding.networks.deepsort import DIMENSION, DeepSort, DeepSortConfig, folded, save_deepsort
from flatsort.train_embedding.batches.crop_augmentation import augment
from flatsort.train_embedding.batches.labelled_batches import IdentityBatches, held_out_identities
from flatsort.train_embedding.loop.held_out_retrieval import retrieval
from flatsort.train_embedding.loop.history import History
from flatsort.train_embedding.loop.state import load_state, read_progress, save_state
from flatsort.train_embedding.objective.cosine_softmax import CosineSoftmax
from flatsort.train_embedding.objective.draws import generator

MODEL_FILE, STATE_FILE, HISTORY_FILE = "model.safetensors", "state.safetensors", "history.json"
COLUMNS = ("step", "loss", "accuracy", "kappa", "learning_rate", "validation_rank_1", "validation_auc")
INPUT = CropInput(SIZE)
PER_HELD_OUT = 25  # crops of a held-out identity that are described, evenly spread over time
DESCRIBED_AT_ONCE = 64


@dataclass(frozen=True)
class DeepSortSettings:
    """How DeepSORT's network is trained. Raises ValueError naming the field that is out of range.

    A batch holds `identities` identities with `crops` crops each. The learning rate falls from `learning_rate` to a
    hundredth of it over the run, along a half cosine. Adam as Wojke and Bewley (2018), at twice their rate: runs here
    are of hundreds of steps, theirs of a hundred thousand.
    """

    width: int = 16
    stem: str = "strided"
    steps: int = 4000
    identities: int = 16
    crops: int = 4
    learning_rate: float = 2e-3
    evaluate_every: int = 200
    log_every: int = 10

    def __post_init__(self) -> None:
        DeepSortConfig(self.width, self.stem)
        for name, least in (("steps", 1), ("identities", 2), ("crops", 1), ("evaluate_every", 1), ("log_every", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not at least {least}")
        if not self.learning_rate > 0:
            raise ValueError(f"learning_rate: {self.learning_rate} is not positive")

    @property
    def network(self) -> DeepSortConfig:
        """The network's part of the settings."""
        return DeepSortConfig(self.width, self.stem)


class DeepSortRun:
    """Network, classifier, optimiser and batches, and the step that ties them."""

    def __init__(self, settings: DeepSortSettings, data: LabelledCrops, seed: int) -> None:
        self.settings, self.data, self.seed = settings, data, seed
        held_out = np.isin(data.identities, held_out_identities(data, seed))
        rows = np.flatnonzero(~held_out)
        self.held_out = thinned(data.identities, np.flatnonzero(held_out))
        self.batches = IdentityBatches(data.identities, rows, settings.identities, settings.crops, seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator(seed, 2).initial_seed()) % 2**63)
            self.network = DeepSort(settings.network)
            self.classifier = CosineSoftmax(len(self.batches.numbers), DIMENSION)
        self.parts = nn.ModuleDict({"network": self.network, "classifier": self.classifier})
        self.optimizer = torch.optim.Adam(self.parts.parameters(), lr=settings.learning_rate, fused=True)
        self.history = History(names=COLUMNS)
        self.step = 0

    def advance(self, spent: float = 0.0) -> dict[str, Any]:
        """One step; `spent` is the share of the time budget that is used. Returns the history's row for it.

        Raises InputError where the loss is not finite.
        """
        progress = min(1.0, max(self.step / self.settings.steps, spent))
        rate = self.settings.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        rows, classes = self.batches.rows(self.step)
        random = np.random.default_rng([self.seed, 3, self.step])
        x = normalised(augment(self.data.crops[rows], SIZE, MARGIN, random))
        target = torch.from_numpy(classes)
        self.parts.train()
        logits = self.classifier(self.network(x))
        loss = self.classifier.loss(logits, target)
        value = float(loss.detach())
        if not math.isfinite(value):
            problem = f"loss is {value}; stopped, the last good checkpoint is kept"
            raise InputError(f"step {self.step + 1}", None, problem, "lower the learning rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.step += 1
        return {
            "step": self.step,
            "loss": value,
            "accuracy": float((logits.argmax(1) == target).float().mean()),
            "kappa": float(self.classifier.scale.detach()),
            "learning_rate": rate,
            "validation_rank_1": None,
            "validation_auc": None,
        }

    @torch.no_grad()
    def evaluate(self) -> tuple[float | None, float | None]:
        """Rank-1 and area under the ROC curve on the held-out identities, in evaluation mode."""
        data, rows = self.data, self.held_out
        network = folded(self.network)
        parts = np.array_split(rows, math.ceil(len(rows) / DESCRIBED_AT_ONCE))
        vectors = [network(torch.from_numpy(INPUT.normalise(data.boxes[part]))).numpy() for part in parts]
        return retrieval(np.concatenate(vectors), data.identities[rows], data.sequences[rows], data.frames[rows])

    def about(self) -> dict[str, Any]:
        """What made this run."""
        return {
            "seed": self.seed,
            "settings": asdict(self.settings),
            "sequences": list(self.data.names),
            "training_identities": len(self.batches.numbers),
            "training_crops": sum(map(len, self.batches.members)),
            "held_out_identities": len(np.unique(self.data.identities[self.held_out])),
        }

    def save(self, output: Path, elapsed: float) -> None:
        """Write network, state and history, each atomically.

        elapsed: seconds of training so far, over all resumed parts. Raises InputError where a parameter is not finite
        or the disk is full; what was saved before then stays.
        """
        for name, parameter in self.parts.named_parameters():
            if not bool(torch.isfinite(parameter).all()):  # a gradient can overflow where the loss does not
                problem = f"parameter {name} is not finite; stopped, the last good checkpoint is kept"
                raise InputError(f"step {self.step}", None, problem, "lower the learning rate")
        progress = {**self.about(), "step": self.step, "elapsed": elapsed, "history": self.history.columns}
        save_state(output / STATE_FILE, self.parts, self.optimizer, progress)
        training = {**self.about(), "step": self.step}
        save_deepsort(output / MODEL_FILE, self.network, training=training, descriptor=described())
        self.history.save(output / HISTORY_FILE, self.about())

    def resume(self, output: Path) -> float:
        """Go on from the state in `output`; returns the seconds it took so far.

        Raises InputError where there is none, or its settings, seed or sequences are others.
        """
        path = output / STATE_FILE
        if not path.is_file():
            raise InputError(output, None, "has no training state to resume", "leave --resume out")
        before, now = read_progress(path), self.about()
        for name in now:
            if before.get(name) != now[name]:
                problem = f"was trained with {name} {before.get(name)}, not {now[name]}"
                raise InputError(path, None, problem, "resume with the same arguments or choose another --output")
        load_state(path, self.parts, self.optimizer)
        self.step, self.history = before["step"], History(before["history"], COLUMNS)
        return float(before["elapsed"])


def thinned(identities: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most `PER_HELD_OUT` of the rows of each identity, evenly spread."""
    kept: list[NDArray[np.int64]] = []
    for number in np.unique(identities[rows]):
        own = rows[identities[rows] == number]
        kept.append(own[np.unique(np.linspace(0, len(own) - 1, min(PER_HELD_OUT, len(own))).round().astype(int))])
    return np.sort(np.concatenate(kept))


def normalised(x: Tensor) -> Tensor:
    """(n, 3, h, w) BGR, 0 to 255, as the network takes it: `INPUT.normalise` for tensors."""
    mean, std = (torch.tensor(values)[:, None, None] for values in (INPUT.mean, INPUT.std))
    return (x.flip(1) / INPUT.scale - mean) / std


def described() -> dict[str, Any]:
    """How crops are prepared and descriptors compared, as checkpoints and ONNX files carry it."""
    values = {field.name: getattr(INPUT, field.name) for field in fields(INPUT)}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
    return {**plain, "distance": "cosine"}
