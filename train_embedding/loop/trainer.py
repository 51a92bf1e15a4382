"""The autoencoders' task: Algorithm 1 with model, objective, controller and optimiser tied together."""

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
from flatsort.embedding.networks.architectures import ARCHITECTURES
from flatsort.embedding.networks.vae import Model, save_model
from flatsort.train_embedding.batches.datasets import DataSet
from flatsort.train_embedding.batches.tracklet_views import TrackletViews
from flatsort.train_embedding.loop.task import Row, Schedule, Task
from flatsort.train_embedding.objective.constraint import Constraint, moving_average
from flatsort.train_embedding.objective.draws import BatchOrder, Draws, draw, generator
from flatsort.train_embedding.objective.objective import Terms, Views
from flatsort.train_embedding.objective.ranks import mean_over_ranks, own_rows
from flatsort.train_embedding.objective.shared_objective import SharedObjective
from flatsort.train_embedding.presets.settings import SECTIONS, Settings, settings_table

COLUMNS = (
    "step", "phase", "loss", "reconstruction", "error", "c_hat", "kl", "beta", "lambda", "flatness", "c2",
    "n_rdm_minus_1", "identity", "validation_loss", "validation_error",
)  # fmt: skip


class Trainer(Task):
    """One run's `task.Task`: model, objective, controller and optimiser, and the step that ties them."""

    columns = COLUMNS

    def __init__(self, settings: Settings, dataset: DataSet, fabric: Fabric, seed: int, preset: str = "") -> None:
        self.settings, self.fabric, self.seed, self.preset = settings, fabric, seed, preset
        self.rank = fabric.global_rank
        training = settings.training
        self.schedule = Schedule(training.steps, training.log_every, training.evaluate_every, training.save_every)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator(seed, 2).initial_seed()) % 2**63)
            self.module = self.model = Model(settings.model)
        if isinstance(dataset, PersonCrops):
            self.model.standardised_by(dataset.mean, dataset.std)
        self.constraint = Constraint(settings.constraint, ARCHITECTURES[settings.model.architecture].dimensions)
        self.c2_average: float | None = None
        self.step = 0
        self.last: Terms | None = None
        self.best, self.worse = math.inf, 0
        self.train = torch.from_numpy(dataset.train)
        count = min(training.evaluation_samples, len(dataset.validation))
        self.held_out = torch.from_numpy(dataset.validation[: count - count % fabric.world_size])
        self.descriptor: Row | None = getattr(dataset, "descriptor", None)
        try:
            self.order = BatchOrder(len(self.train), training.batch, seed)
        except ValueError as error:
            raise InputError(dataset.name, None, f"training.{error}", "set a smaller training.batch") from error
        # Adam's eps is far below its default: a small β scales the prior's gradient down, not its step.
        optimizer = torch.optim.Adam(self.model.parameters(), lr=training.learning_rate, eps=1e-12, fused=True)
        objective = SharedObjective(self.model, settings.objective, settings.identity)
        self.objective, self.optimizer = fabric.setup(objective, optimizer)
        self.tracklets: TrackletViews | None = None
        if settings.identity.weight > 0 and isinstance(dataset, TrackletCrops):
            across = settings.model.nuisance > 0
            self.tracklets = TrackletViews(dataset, settings.identity, seed, training.batch, across=across)

    def advance(self, progress: float) -> None:
        """One step of Algorithm 1; the learning rate falls with `progress`, the share of the run that is done.

        Raises InputError naming the term where one is not finite.
        """
        training = self.settings.training
        x, views = self.batch(progress)
        for group in self.optimizer.param_groups:
            group["lr"] = training.learning_rate * cosine(progress, training.final_rate)
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
        self.last = terms

    def batch(self, progress: float) -> tuple[Tensor, Views | None]:
        """This process's rows of the step's batch, and the views of tracklets where identity is learned."""
        if self.tracklets is None:
            return self.fabric.to_device(self.train[own_rows(self.order.indices(self.step))]), None
        if self.tracklets.due(progress):
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
            nuisance=self.settings.model.nuisance,
        )

    def refuse_nan(self, terms: Terms) -> None:
        """Raise InputError that names the first term that is not finite; the last checkpoint stays as it is."""
        more = ["flatness"] * (self.settings.objective.eta > 0) + ["identity"] * (self.tracklets is not None)
        for name in ["reconstruction", "kl", *more, "loss"]:
            if not math.isfinite(float(getattr(terms, name).detach())):
                raise InputError(
                    f"step {self.step + 1}",
                    None,
                    f"{name} is {float(getattr(terms, name))}; stopped, the last good checkpoint is kept",
                    "lower training.learning_rate or objective.eta",
                )

    @torch.no_grad()
    def evaluate(self) -> Row:
        """Validation loss at β = 1 with fixed draws, and the squared error averaged per dimension (held out)."""
        draws = self.fabric.to_device(self.draws(0, 0, len(self.held_out)))
        objective = SharedObjective(self.model, self.settings.objective)
        terms = objective(self.fabric.to_device(own_rows(self.held_out)), draws, 1.0, c2_average=self.c2_average)
        loss = float(mean_over_ranks(terms.loss))
        self.worse = 0 if loss < self.best else self.worse + 1
        self.best = min(self.best, loss)
        return {"validation_loss": loss, "validation_error": float(terms.error)}

    def row(self) -> Row:
        """The history's row for the step just taken."""
        assert self.last is not None
        terms = self.last

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
        }

    def terms(self, row: Row) -> str:
        """The phase, λ, the root of Ĉ over κ, the KL, and flatness as N · RDM − 1: the paper's Figure 12."""
        flat = "" if row["n_rdm_minus_1"] is None else f" N·RDM−1 {row['n_rdm_minus_1']:.2g}"
        who = "" if row["identity"] is None else f" InfoNCE {row['identity']:.2f}"
        kappa = self.settings.constraint.kappa
        bound = f"/{kappa:g}" if kappa else ""
        terms = f"λ {row['lambda']:.2g} √Ĉ {math.sqrt(row['c_hat']):.4f}{bound} KL {row['kl']:.1f}{flat}{who}"
        return f"{row['phase']} {terms}"

    def check(self) -> str | None:
        """That κ is out of reach, when the initial phase has ended without it, with the figure to set."""
        return self.constraint.out_of_reach()

    def enough(self) -> str | None:
        """Whether `patience` evaluations have brought no better validation loss."""
        patience = self.settings.training.patience
        return f"no better validation loss in {self.worse} evaluations" if 0 < patience <= self.worse else None

    def agree(self, value: bool) -> bool:
        """What the first process says."""
        return self.fabric.broadcast(value)

    def barrier(self) -> None:
        """Wait for the other processes."""
        self.fabric.barrier()

    def about(self) -> Row:
        """What made this run."""
        return {"preset": self.preset, "seed": self.seed, "settings": settings_table(self.settings)}

    def fixed(self, about: Row) -> Row:
        """Seed and settings but for where it computes; a setting that was not there had what is its default.

        Where nothing depends on the share that is done, a run may go on for longer.
        """
        found = {}
        for section, kind in SECTIONS.items():
            if section != "compute":
                for name, default in ((field.name, field.default) for field in fields(kind)):
                    found[f"{section}.{name}"] = about["settings"].get(section, {}).get(name, default)
        if self.settings.training.final_rate == 1 and self.tracklets is None:
            del found["training.steps"]
        return {**found, "seed": about["seed"]}

    def state_dict(self) -> Row:
        """Controller, moving average, early stop and glued tracklets."""
        return {
            "tracklets": self.glued(),
            "constraint": self.constraint.state_dict(),
            "c2_average": self.c2_average,
            "best": self.best if math.isfinite(self.best) else None,
            "worse": self.worse,
        }

    def load_state_dict(self, state: Row) -> None:
        """Restore what `state_dict` gave, and the step. Raises InputError where more steps are done than wanted."""
        if state["step"] > self.schedule.steps:
            raise InputError("training.steps", None, f"is below the {state['step']} done", "set no fewer")
        self.step, self.c2_average, self.worse = state["step"], state["c2_average"], state["worse"]
        self.best = math.inf if state["best"] is None else state["best"]
        self.constraint.load_state_dict(state["constraint"])
        if self.tracklets is not None and state["tracklets"] is not None:
            self.tracklets.take(np.array(state["tracklets"]["numbers"], np.int64))
            self.tracklets.glued = state["tracklets"]["times"]

    def glued(self) -> Row | None:
        """The glued tracklets as JSON values, None where there are none."""
        if self.tracklets is None or not self.tracklets.glued:
            return None
        return {"times": self.tracklets.glued, "numbers": self.tracklets.batches.tracklets.tolist()}

    def save_model(self, path: Path) -> None:
        """Write the checkpoint that others read."""
        reached = {"step": self.step, "beta": self.constraint.beta, "c_hat": self.constraint.c_hat}
        training: dict[str, Any] = {**self.about(), **reached}
        save_model(path, self.model, training=training, descriptor=self.descriptor)


def cosine(progress: float, final: float) -> float:
    """The learning rate's share, from 1 to `final` along half a cosine."""
    return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * progress))
