"""The reconstruction constraint E[C] ≤ κ² and the multiplier that keeps it (Eq. 14, 15, Algorithm 1).

C is the squared error averaged per observed dimension. It drives β and nothing else; what enters the loss is the
likelihood's negative logarithm, so that β = 1 is the evidence bound. A violated constraint lowers β = 1/λ: Algorithm 1
prints an inverse that belongs to λ.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from flatsort.data.errors import InputError
from flatsort.embedding.ranges import inside, one_of

# The exponent of one update stays within this, so that one bad batch cannot throw β across its whole range.
LARGEST_EXPONENT = 0.5


@dataclass(frozen=True)
class ConstraintConfig:
    """Settings of the controller. Raises ValueError naming the field that is out of range.

    kappa: κ, bounds the root of the averaged squared error, in the data's units; 0 switches the constraint off: β is
        `beta_initial` for good and there is no initial phase.
    nu: ν, the step of Eq. 14.
    unit: of δ there: "kappa", C averaged per observed dimension in units of κ²; "averaged", the same in the data's
        squared units; "summed", over the dimensions.
    tau: τ, its sharpness.
    alpha: α, the memory of Ĉ (Eq. 15).
    beta_initial: far below 1, as "initialise β ≫ 1" in the paper means λ ≫ 1.
    beta_minimum, beta_maximum: bounds of β.
    initial_steps: bounds the initial phase.
    unreachable: where that ends with Ĉ > κ², "stop", or "continue" with the constraint violated.
    """

    kappa: float
    nu: float = 0.1
    unit: str = "kappa"
    tau: float = 5.0
    alpha: float = 0.95
    beta_initial: float = 1e-2
    beta_minimum: float = 1e-5
    beta_maximum: float = 1.0
    initial_steps: int = 3000
    unreachable: str = "stop"

    def __post_init__(self) -> None:
        inside(self, "[0, inf)", "kappa")
        inside(self, "(0, inf)", "nu", "tau", "beta_minimum", "beta_maximum")
        inside(self, "[1, inf)", "initial_steps")
        inside(self, "[0, 1)", "alpha")
        inside(self, f"[{self.beta_minimum:g}, {self.beta_maximum:g}]", "beta_initial")
        one_of(self, "unit", ("kappa", "averaged", "summed"))
        one_of(self, "unreachable", ("stop", "continue"))


def moving_average(previous: float | None, value: float, alpha: float) -> float:
    """Ĉ_t = (1 − α) Ĉ_batch + α Ĉ_{t−1} (Eq. 15); the first value stands for itself."""
    return value if previous is None else (1 - alpha) * value + alpha * previous


def next_beta(beta: float, delta: float, nu: float, tau: float) -> float:
    """β_t = β_{t−1} exp[ν f δ] with f = (1 − H(δ)) tanh(τ(β − 1)) − H(δ) (Eq. 14).

    A violated constraint (δ > 0) lowers β; a kept one moves β towards 1 from either side.
    """
    f = -1.0 if delta > 0 else math.tanh(tau * (beta - 1))
    return beta * math.exp(max(-LARGEST_EXPONENT, min(LARGEST_EXPONENT, nu * f * delta)))


class Constraint:
    """The controller's state: β, Ĉ and the phase; `dimensions` of an observation, for a δ that is summed over them."""

    def __init__(self, config: ConstraintConfig, dimensions: int = 1) -> None:
        self.config = config
        kappa2 = config.kappa**2
        # δ of Eq. 14 is (Ĉ − κ²) times this.
        self._unit = {"kappa": 1 / kappa2 if kappa2 else 0.0, "averaged": 1.0, "summed": float(dimensions)}[config.unit]
        self.beta = config.beta_initial
        self.c_hat: float | None = None
        self.initial = config.kappa > 0
        self.steps = 0
        self.reached = config.kappa == 0

    def update(self, c_batch: float) -> None:
        """One step of Algorithm 1 with the batch's averaged squared error.

        The initial phase ends when Ĉ < κ², or after `initial_steps`; then `reached` says which.
        """
        config = self.config
        self.steps += 1
        self.c_hat = moving_average(self.c_hat, c_batch, config.alpha)
        if config.kappa == 0:
            return
        delta = (self.c_hat - config.kappa**2) * self._unit
        if self.initial:
            self.reached = delta < 0
            self.initial = not self.reached and self.steps < config.initial_steps
            return
        self.reached = self.reached or delta < 0
        beta = next_beta(self.beta, delta, config.nu, config.tau)
        self.beta = min(config.beta_maximum, max(config.beta_minimum, beta))

    @property
    def gave_up(self) -> bool:
        """Whether the initial phase has ended without Ĉ < κ²."""
        return not self.initial and not self.reached

    def reachable_kappa(self) -> float:
        """The κ to set: the error that was reached and 5 % above it, so that the moving average gets below."""
        return 1.05 * math.sqrt(self.c_hat or 0.0)

    def out_of_reach(self) -> str | None:
        """At the end of an initial phase without Ĉ < κ²: what to set, where the run is to continue; else None.

        Raises InputError that says it where the run is to stop.
        """
        config = self.config
        if not self.gave_up or self.steps != config.initial_steps:
            return None
        error = f"the error is {math.sqrt(self.c_hat or 0.0):.4g}"
        problem = f"not reached in the initial phase of {config.initial_steps} steps: {error}"
        cure = f"set constraint.kappa={self.reachable_kappa():.3g}, or raise constraint.initial_steps"
        if config.unreachable == "stop":
            raise InputError(f"constraint.kappa={config.kappa:g}", None, problem, cure)
        return f"constraint.kappa={config.kappa:g}: {problem}; goes on with the constraint violated; {cure}"

    def state_dict(self) -> dict[str, Any]:
        """The state as JSON values."""
        names = ("beta", "c_hat", "initial", "steps", "reached")
        return {name: getattr(self, name) for name in names}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` gave."""
        for name, value in state.items():
            setattr(self, name, value)
