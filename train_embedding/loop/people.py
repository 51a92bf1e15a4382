"""Label-free learning across cameras: network, teacher, proxies, the step, and the pseudo-identities in force."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from flatsort.data.crops.tracklet_sources import SIZE, Tracklets
from flatsort.data.errors import InputError
from flatsort.data.opencv import import_cv2
from flatsort.embedding.crop_input import CropInput
from flatsort.embedding.networks.people import FAMILY, PeopleEncoder, people_of
from flatsort.embedding.weights.checkpoint import read_checkpoint, write_network
from flatsort.train_embedding.batches.camera_views import views_of
from flatsort.train_embedding.batches.network_input import described_input, normalised
from flatsort.train_embedding.batches.pseudo_identities import pseudo_pairs
from flatsort.train_embedding.batches.strong_changes import changed
from flatsort.train_embedding.batches.view_batches import ViewBatches
from flatsort.train_embedding.loop.mean_teacher import MeanTeacher
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.loop.task import Row, Schedule, Task
from flatsort.train_embedding.loop.trainer import cosine
from flatsort.train_embedding.objective.draws import generator
from flatsort.train_embedding.objective.proxies import TrackletProxies, proxy_terms

cv2 = import_cv2()

INPUT = CropInput(SIZE, mean=(0.45, 0.45, 0.45), std=(0.25, 0.25, 0.25))
_DESCRIBED, _AT_ONCE = 4, 256  # crops of a tracklet that are described for the pairs, and crops at once
_LARGEST_GRADIENT = 5.0
_WARM = 100  # steps over which the learning rate rises
_LEAST_CONFIDENCE = 0.3  # of a pair that is in force


@dataclass(frozen=True)
class Pairing:
    """The pairs in force: how many, and the mean confidence of all that chose each other."""

    count: int = 0
    confidence: float = 0.0


class PeopleRun(Task):
    """One run's `task.Task`: network, teacher, proxies, optimiser and batches, and the step that ties them."""

    columns = ("step", "own", "other", "moments", "alignment", "learning_rate", "pairs", "confidence")
    rank = 0

    def __init__(self, settings: PeopleSettings, data: Tracklets, seed: int) -> None:
        self.settings, self.data, self.seed = settings, data, seed
        self.schedule = Schedule(settings.steps, settings.log_every, settings.save_every, settings.save_every)
        self.views = self.grouped()
        self.different = torch.from_numpy(self.apart() & ~np.eye(len(data), dtype=bool))
        self.batches = ViewBatches(data.tracklets, self.views, settings.tracklets, settings.others, seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator(seed, 2).initial_seed()) % 2**63)
            self.network = PeopleEncoder(settings.network, settings.drop)
        if settings.start:
            start = people_of(read_checkpoint(Path(settings.start)))
            if start.config != settings.network:
                problem = f"is of another shape: {start.config}"
                raise InputError(settings.start, None, problem, "set widths, blocks and dimension as it has them")
            self.network.load_state_dict(start.state_dict())
        self.network.standardised_by(INPUT.mean, INPUT.std)
        self.teacher = MeanTeacher(self.network, settings.teacher)
        self.proxies = TrackletProxies(torch.zeros(len(data), settings.network.dimension))
        self.module = nn.ModuleDict({"network": self.network, "teacher": self.teacher.module, "proxies": self.proxies})
        decayed = [parameter for parameter in self.network.parameters() if parameter.ndim > 1]
        others = [parameter for parameter in self.network.parameters() if parameter.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}],
            lr=settings.learning_rate,
            fused=True,
        )
        self.last: Row = {}
        self.step, self.width, self.pairing = 0, 0, Pairing()
        self.crops: NDArray[np.uint8] = data.crops[:0]

    def advance(self, progress: float) -> None:
        """One step; `progress` is the share of the run that is done. Raises InputError where the loss is not finite."""
        settings = self.settings
        moved = self.resize(settings.width_at(progress))
        if moved or self.step % settings.pair_every == 0:
            self.pair()
        rate = settings.learning_rate * min(1.0, (self.step + 1) / _WARM) * cosine(progress, 0.02)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.batches.draw(self.step, self.proxies.match.numpy())
        own = torch.from_numpy(np.repeat(batch.tracklets, 2))
        self.network.train()
        z = self.embedded(batch.rows, np.random.default_rng([self.seed, 7, self.step]))
        terms = proxy_terms(
            z, own, self.proxies.vectors, torch.from_numpy(self.views), self.different, self.proxies.match,
            self.proxies.confidence, settings.temperature,
        )  # fmt: skip
        loss = settings.own * terms.own + settings.other * terms.other + terms.moments
        loss = loss + settings.alignment * terms.alignment + self.beside(z, batch.rows)
        if not math.isfinite(float(loss.detach())):
            problem = f"loss is {float(loss.detach())}; stopped, the last good checkpoint is kept"
            raise InputError(f"step {self.step + 1}", None, problem, "lower learning_rate")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), _LARGEST_GRADIENT)
        self.optimizer.step()
        self.teacher.follow(self.network, self.step)
        self.proxies.follow(torch.from_numpy(batch.tracklets), z.detach().reshape(-1, 2, z.shape[1]).mean(1))
        self.step += 1
        values = {name: float(value.detach()) for name, value in terms._asdict().items()}
        pairs = {"pairs": self.pairing.count, "confidence": self.pairing.confidence}
        self.last = {"step": self.step, **values, "learning_rate": rate, **pairs}

    def embedded(self, rows: NDArray[np.int64], random: np.random.Generator) -> Tensor:
        """The network's vectors of these crops, changed."""
        settings = self.settings
        x = normalised(changed(self.crops[rows], random, settings.strong), INPUT)
        alone = torch.from_numpy(random.random(len(x)) < settings.colours_alone)
        with torch.random.fork_rng(devices=[]), torch.autocast("cpu", torch.bfloat16, enabled=settings.half):
            torch.manual_seed(int(random.integers(2**62)))  # of the values that are dropped
            z: Tensor = self.network(x, alone)
        return z.float()

    def grouped(self) -> NDArray[np.int64]:
        """The view of each tracklet, (t,), as `views_of`."""
        return views_of(self.data, self.settings.views, self.seed)

    def apart(self) -> NDArray[np.bool_]:
        """Which tracklets are known to be two people, (t, t): those of one view, and those seen side by side."""
        same_view = (self.views[:, None] == self.views[None]) & (self.views >= 0)[:, None]
        known = same_view | self.data.together
        if self.settings.sources_apart:
            known |= self.data.sources[:, None] != self.data.sources[None]
        return known

    def beside(self, z: Tensor, rows: NDArray[np.int64]) -> Tensor:
        """What else the loss holds, a scalar; z: (n, dimension) of these crops (n,). Here nothing."""
        return z.new_zeros(())

    def row(self) -> Row:
        """The history's row for the step just taken."""
        return self.last

    def evaluate(self) -> Row:
        """Nothing is held out: whom the crops show is not known."""
        return {}

    def terms(self, row: Row) -> str:
        """The cross-entropies, and how many pairs are in force."""
        return f"own {row['own']:.2f} other {row['other']:.2f} pairs {row['pairs']}"

    def resize(self, width: int) -> bool:
        """Take crops of this width, twice as high; whether that is another width than before."""
        if width == self.width:
            return False
        before, self.width = self.width, width
        if width == SIZE[1]:
            self.crops = self.data.crops
        else:
            size = (width, 2 * width)
            self.crops = np.stack([cv2.resize(crop, size, interpolation=cv2.INTER_AREA) for crop in self.data.crops])
        return before != 0

    @torch.no_grad()
    def pair(self) -> None:
        """Describe all tracklets with the teacher; their vectors are the proxies, and the surest pairs are in force."""
        self.remember()
        settings, proxies = self.settings, self.proxies
        if self.step < settings.pair_from or not (self.views >= 0).any():
            return
        found = pseudo_pairs(proxies.vectors.numpy(), self.views, settings.assignment, self.different.numpy())
        grown = min(1.0, (self.step - settings.pair_from) / max(1, settings.pair_steps))
        share = settings.pair_first + (1 - settings.pair_first) * grown
        smallest = int(np.bincount(self.views[self.views >= 0]).min())
        used = found.surest(int(share * smallest))
        confidence = np.clip(used.confidence, _LEAST_CONFIDENCE, 1)
        for one, other in ((used.first, used.second), (used.second, used.first)):
            proxies.match[torch.from_numpy(one)] = torch.from_numpy(other)
            proxies.confidence[torch.from_numpy(one)] = torch.from_numpy(confidence).float()
        self.pairing = Pairing(len(used), float(found.confidence.mean()) if len(found) else 0.0)

    def remember(self) -> None:
        """Take the teacher's vectors of all tracklets as the proxies, and forget the pairs."""
        rows = np.concatenate([spread(members) for members in self.batches.members])
        own = torch.from_numpy(self.data.tracklets[rows])
        sums = torch.zeros_like(self.proxies.vectors).index_add_(0, own, torch.cat(list(self.described(rows))))
        self.proxies.restart(sums)

    def described(self, rows: NDArray[np.int64]) -> Iterator[Tensor]:
        """The teacher's vectors of these crops, a few hundred at a time."""
        for start in range(0, len(rows), _AT_ONCE):
            crops = torch.from_numpy(self.crops[rows[start : start + _AT_ONCE]]).permute(0, 3, 1, 2).float()
            with torch.autocast("cpu", torch.bfloat16, enabled=self.settings.half):
                yield self.teacher.module(normalised(crops, INPUT)).float()

    def vectors(self) -> NDArray[np.float32]:
        """The teacher's vectors of all crops in full size, (n, dimension)."""
        self.resize(SIZE[1])
        with torch.inference_mode():
            found: NDArray[np.float32] = torch.cat(list(self.described(np.arange(len(self.data.crops))))).numpy()
        return found

    def about(self) -> Row:
        """What made this run."""
        return {
            "seed": self.seed,
            "settings": asdict(self.settings),
            "sources": list(self.data.names),
            "crops": len(self.data.crops),
            "tracklets": len(self.data),
        }

    def fixed(self, about: Row) -> Row:
        """All of it, the settings one by one; how often to log and to save may change."""
        others = {name: about.get(name) for name in self.about() if name != "settings"}
        settings = {
            name: list(value) if isinstance(value, tuple) else value for name, value in about["settings"].items()
        }
        return others | {f"settings.{name}": settings[name] for name in settings if not name.endswith("_every")}

    def state_dict(self) -> Row:
        """The crops' width and the pairs in force."""
        return {"width": self.width, "pairing": asdict(self.pairing)}

    def load_state_dict(self, state: Row) -> None:
        """Restore the step, the crops' width and the pairs in force."""
        self.step, self.pairing = state["step"], Pairing(**state["pairing"])
        self.resize(state["width"])

    def save_model(self, path: Path) -> None:
        """Write the teacher."""
        training = {**self.about(), "step": self.step}
        write_network(
            path, self.teacher.module, FAMILY, training=training, descriptor=described_input(INPUT, "euclidean")
        )


def spread(members: NDArray[np.int64]) -> NDArray[np.int64]:
    """At most four of a tracklet's crops, evenly spread."""
    return members[np.unique(np.linspace(0, len(members) - 1, min(_DESCRIBED, len(members))).round().astype(int))]
