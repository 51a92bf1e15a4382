"""One training run's parts and its step: Algorithm 1 with model, objective, controller and optimiser tied together."""

from __future__ import annotations

import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor

from flatsort.data.crops.person_crops import PersonCrops
from flatsort.data.crops.tracklet_crops import TrackletCrops
from flatsort.data.errors import InputError
from flatsort.embedding.networks.vae import Model, save_model
from flatsort.train_embedding.batches.datasets import DataSet
from flatsort.train_embedding.batches.tracklet_views import TrackletViews
from flatsort.train_embedding.loop.history import History
from flatsort.train_embedding.loop.state import load_state, read_progress, save_state
from flatsort.train_embedding.objective.constraint import Constraint, moving_average
from flatsort.train_embedding.objective.draws import BatchOrder, Draws, draw, generator
from flatsort.train_embedding.objective.objective import Terms, Views
from flatsort.train_embedding.objective.ranks import mean_over_ranks, own_rows
from flatsort.train_embedding.objective.shared_objective import SharedObjective
from flatsort.train_embedding.presets.settings import SECTIONS, Settings, settings_table

MODEL_FILE, STATE_FILE, HISTORY_FILE = "model.safetensors", "state.safetensors", "history.json"


class Trainer:
    """One run: model, objective, controller and optimiser, and the step that ties them."""

    def __init__(self, settings: Settings, dataset: DataSet, fabric: Fabric, seed: int, preset: str = "") -> None:
        self.settings, self.fabric, self.seed, self.preset = settings, fabric, seed, preset
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator(seed, 2).initial_seed()) % 2**63)
            self.model = Model(settings.model)
        if isinstance(dataset, PersonCrops):
            self.model.standardised_by(dataset.mean, dataset.std)
        self.constraint = Constraint(settings.constraint)
        self.c2_average: float | None = None
        self.history = History()
        self.step = 0
        self.progress = 0.0  # share of the run that is done: of its steps, or of its time where that runs out first
        self.best, self.worse = math.inf, 0
        self.train = torch.from_numpy(dataset.train)
        count = min(settings.training.evaluation_samples, len(dataset.validation))
        self.held_out = torch.from_numpy(dataset.validation[: count - count % fabric.world_size])
        self.descriptor: dict[str, Any] | None = getattr(dataset, "descriptor", None)
        try:
            self.order = BatchOrder(len(self.train), settings.training.batch, seed)
        except ValueError as error:
            raise InputError(dataset.name, None, f"training.{error}", "set a smaller training.batch") from error
        # Adam's eps is far below its default: a small β scales the prior's gradient down, not its step.
        optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.training.learning_rate, eps=1e-12, fused=True)
        objective = SharedObjective(self.model, settings.objective, settings.identity)
        self.objective, self.optimizer = fabric.setup(objective, optimizer)
        self.tracklets: TrackletViews | None = None
        if settings.identity.weight > 0 and isinstance(dataset, TrackletCrops):
            self.tracklets = TrackletViews(dataset, settings.identity, seed, settings.training.batch)

    def advance(self, spent: float = 0.0) -> Terms:
        """One step of Algorithm 1; `spent` is the share of the time budget that is used.

        The learning rate falls with the steps or with the time, whichever runs out first. Raises InputError naming the
        term where one is not finite.
        """
        training = self.settings.training
        self.progress = min(1.0, max(self.step / training.steps, spent))
        fraction = training.final_rate + (1 - training.final_rate) * 0.5 * (1 + math.cos(math.pi * self.progress))
        x, views = self.batch()
        for group in self.optimizer.param_groups:
            group["lr"] = training.learning_rate * fraction

        draws = self.fabric.to_device(self.draws(self.seed, self.step, training.batch))
        measure = self.step % training.log_every == 0
        terms: Terms = self.objective(
            x, draws, self.constraint.beta, c2_average=self.c2_average, measure=measure, views=views
        )
        self.refuse_nan(terms)
        self.optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(terms.loss)
        if self.constraint.initial:  # Algorithm 1: only the encoder and the decoder learn until the constraint holds
            for parameter in self.model.prior.parameters():
                parameter.grad = None
        self.optimizer.step()
        self.constraint.update(float(terms.error))
        if self.settings.objective.eta > 0:
            self.c2_average = moving_average(self.c2_average, float(terms.c2), self.settings.objective.c2_memory)
        self.step += 1
        return terms

    def batch(self) -> tuple[Tensor, Views | None]:
        """This process's rows of the step's batch, and the views of tracklets where identity is learned."""
        if self.tracklets is None:
            return self.fabric.to_device(self.train[own_rows(self.order.indices(self.step))]), None
        if self.tracklets.due(self.progress):
            self.tracklets.glue(self.model)
        x, views = self.tracklets.views(self.step)
        return self.fabric.to_device(x), Views(*self.fabric.to_device(tuple(views)))

    def draws(self, seed: int, step: int, batch: int) -> Draws:
        """The whole batch's draws for the configured model."""
        objective = self.settings.objective
        return draw(
            seed,
            step,
            batch=batch,
            latents=self.settings.model.latents,
            samples=self.model.prior.samples,
            points=min(objective.points, batch),
            probes=objective.probes,
        )

    def refuse_nan(self, terms: Terms) -> None:
        """Raise InputError that names the first term that is not finite; the last checkpoint stays as it is."""
        flat = ["flatness"] if self.settings.objective.eta > 0 else []
        identity = ["identity"] if self.tracklets is not None else []
        for name in ["reconstruction", "kl", *flat, *identity, "loss"]:
            if not math.isfinite(float(getattr(terms, name).detach())):
                raise InputError(
                    f"step {self.step + 1}",
                    None,
                    f"{name} is {float(getattr(terms, name))}; stopped, the last good checkpoint is kept",
                    "lower training.learning_rate or objective.eta",
                )

    @torch.no_grad()
    def evaluate(self) -> tuple[float, float]:
        """Validation loss at β = 1 with fixed draws, and the squared error averaged per dimension (held out)."""
        draws = self.fabric.to_device(self.draws(0, 0, len(self.held_out)))
        x = self.fabric.to_device(own_rows(self.held_out))
        objective = SharedObjective(self.model, self.settings.objective)
        terms = objective(x, draws, 1.0, c2_average=self.c2_average)
        return float(mean_over_ranks(terms.loss)), float(terms.error)

    def row(self, terms: Terms, evaluation: tuple[float | None, float | None]) -> dict[str, Any]:
        """The history's row for the step just taken."""

        def number(value: Tensor) -> float | None:
            return float(value) if math.isfinite(float(value)) else None

        return {
            "step": self.step,
            "phase": "initial" if self.constraint.initial else "main",
            "loss": float(mean_over_ranks(terms.loss.detach())),
            "reconstruction": float(terms.reconstruction),
            "error": float(terms.error),
            "c_hat": self.constraint.c_hat,
            "kl": float(terms.kl),
            "beta": self.constraint.beta,
            "lambda": 1 / self.constraint.beta,
            "flatness": number(terms.flatness),
            "c2": number(terms.c2),
            "n_rdm_minus_1": number(terms.n_rdm),
            "identity": number(terms.identity),
            "validation_loss": evaluation[0],
            "validation_error": evaluation[1],
        }

    def about(self) -> dict[str, Any]:
        """What made this run."""
        return {"preset": self.preset, "seed": self.seed, "settings": settings_table(self.settings)}

    def save(self, output: Path) -> None:
        """Write model, state and history, each atomically. Only the first process writes.

        Raises InputError where a parameter is not finite or the disk is full; what was saved before then stays.
        """
        for name, parameter in self.model.named_parameters():
            if not bool(torch.isfinite(parameter).all()):  # a gradient can overflow where the loss does not
                problem = f"parameter {name} is not finite; stopped, the last good checkpoint is kept"
                raise InputError(f"step {self.step}", None, problem, "lower training.learning_rate")
        if self.fabric.global_rank == 0:
            progress = {
                **self.about(),
                "step": self.step,
                "progress": self.progress,
                "tracklets": self.glued(),
                "constraint": self.constraint.state_dict(),
                "c2_average": self.c2_average,
                "best": self.best if math.isfinite(self.best) else None,
                "worse": self.worse,
                "history": self.history.columns,
            }
            training = {**self.about(), "step": self.step, "beta": self.constraint.beta, "c_hat": self.constraint.c_hat}
            save_state(output / STATE_FILE, self.model, self.optimizer, progress)
            save_model(output / MODEL_FILE, self.model, training=training, descriptor=self.descriptor)
            self.history.save(output / HISTORY_FILE, self.about())
        self.fabric.barrier()

    def glued(self) -> dict[str, Any] | None:
        """The glued tracklets as JSON values, None where there are none."""
        if self.tracklets is None or not self.tracklets.glued:
            return None
        return {"times": self.tracklets.glued, "numbers": self.tracklets.batches.tracklets.tolist()}

    def resume(self, output: Path) -> None:
        """Go on from the state in `output`. Raises InputError where its settings or seed are others."""
        path = output / STATE_FILE
        if not path.is_file():
            raise InputError(output, None, "has no training state to resume", "leave --resume out")
        progress, now = read_progress(path), self.about()
        for section, values in now["settings"].items():
            # A run that was started before a setting was there had what is now its default.
            defaults = {field.name: field.default for field in fields(SECTIONS[section])}
            for name, value in values.items():
                before = progress["settings"][section].get(name, defaults[name])
                if section != "compute" and before != value:
                    problem = f"was trained with {section}.{name} = {before}, not {value}"
                    raise InputError(path, None, problem, "resume with the same settings or choose another --output")
        if progress["seed"] != self.seed:
            raise InputError(path, None, f"was trained with seed {progress['seed']}", "resume with the same --seed")
        load_state(path, self.model, self.optimizer)
        self.step, self.c2_average, self.worse = progress["step"], progress["c2_average"], progress["worse"]
        self.best = math.inf if progress["best"] is None else progress["best"]
        self.progress = progress["progress"]
        if self.tracklets is not None and progress["tracklets"] is not None:
            self.tracklets.take(np.array(progress["tracklets"]["numbers"], np.int64))
            self.tracklets.glued = progress["tracklets"]["times"]
        self.constraint.load_state_dict(progress["constraint"])
        self.history = History(progress["history"])
