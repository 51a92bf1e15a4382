"""Eq. 14, 15 and Algorithm 1."""

from __future__ import annotations

import math

import pytest

from flatsort.train_embedding.objective.constraint import Constraint, ConstraintConfig, moving_average, next_beta

SIGNS = {
    # name: (β, δ, sign of the change of β)
    "violated: β falls": (0.3, 0.2, -1),
    "violated above 1: β falls": (1.5, 0.2, -1),
    "kept below 1: β rises": (0.3, -0.2, 1),
    "kept above 1: β falls to 1": (1.5, -0.2, -1),
    "kept at 1: β stays": (1.0, -0.2, 0),
    "exactly met: β stays": (0.3, 0.0, 0),
}


@pytest.mark.parametrize("name", SIGNS)
def test_beta_moves_the_right_way(name: str) -> None:
    beta, delta, sign = SIGNS[name]
    change = next_beta(beta, delta, nu=0.5, tau=3.0) - beta
    assert math.copysign(1, change) * (change != 0) == sign


def test_beta_step_is_equation_14() -> None:
    assert next_beta(0.5, 0.1, 1.0, 3.0) == pytest.approx(0.5 * math.exp(-0.1))
    assert next_beta(0.5, -0.1, 1.0, 3.0) == pytest.approx(0.5 * math.exp(math.tanh(3 * -0.5) * -0.1))


def test_one_bad_batch_cannot_throw_beta_across_its_range() -> None:
    assert next_beta(0.5, 1e6, 1.0, 3.0) > 0.3


def test_moving_average_is_equation_15() -> None:
    assert moving_average(None, 4.0, 0.9) == 4.0
    assert moving_average(2.0, 4.0, 0.9) == pytest.approx(2.2)


def test_initial_phase_holds_beta_until_the_constraint_is_met() -> None:
    constraint = Constraint(ConstraintConfig(kappa=1.0, alpha=0.0, nu=0.1))
    for error in (9.0, 4.0, 1.5):
        constraint.update(error)
        assert constraint.initial
        assert constraint.beta == constraint.config.beta_initial
    constraint.update(0.5)
    assert not constraint.initial
    assert not constraint.gave_up
    constraint.update(0.5)
    assert constraint.beta > constraint.config.beta_initial


def test_initial_phase_is_bounded_and_names_the_kappa_to_set() -> None:
    constraint = Constraint(ConstraintConfig(kappa=0.1, alpha=0.0, initial_steps=5))
    for _ in range(5):
        assert not constraint.gave_up
        constraint.update(0.04)
    assert constraint.gave_up
    assert constraint.reachable_kappa() == pytest.approx(0.21)


def test_beta_settles_where_the_error_meets_kappa() -> None:
    # A model whose error grows with β, error = 0.5 + β: κ² = 0.8 is met at β = 0.3.
    constraint = Constraint(ConstraintConfig(kappa=math.sqrt(0.8), alpha=0.5, nu=0.2))
    for _ in range(3000):
        constraint.update(0.5 + constraint.beta)
    assert constraint.beta == pytest.approx(0.3, abs=0.01)


UNITS = {"kappa": 0.5, "averaged": 0.02, "summed": 0.02 * 10}
"""δ of Ĉ = 0.06 and κ² = 0.04 with 10 dimensions."""


@pytest.mark.parametrize("unit", UNITS)
def test_delta_is_in_the_named_unit(unit: str) -> None:
    constraint = Constraint(ConstraintConfig(kappa=0.2, alpha=0.0, nu=1.0, unit=unit, beta_initial=0.1), 10)
    constraint.update(0.0)  # the initial phase ends
    constraint.update(0.06)
    assert constraint.beta == pytest.approx(0.1 * math.exp(-UNITS[unit]))


def test_without_kappa_beta_never_moves() -> None:
    constraint = Constraint(ConstraintConfig(kappa=0.0, beta_initial=1.0))
    for error in (9.0, 0.0):
        constraint.update(error)
    assert (constraint.beta, constraint.initial, constraint.gave_up) == (1.0, False, False)


def test_state_survives_json() -> None:
    constraint = Constraint(ConstraintConfig(kappa=1.0, alpha=0.5))
    for error in (2.0, 0.1, 0.1, 0.2):
        constraint.update(error)
    twin = Constraint(constraint.config)
    twin.load_state_dict(constraint.state_dict())
    constraint.update(0.3)
    twin.update(0.3)
    assert twin.state_dict() == constraint.state_dict()


@pytest.mark.parametrize(
    ("field", "value"),
    [("kappa", -1.0), ("nu", 0.0), ("alpha", 1.0), ("beta_initial", 5.0), ("unreachable", "maybe"), ("unit", "nat")],
)
def test_settings_out_of_range_are_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        ConstraintConfig(**{"kappa": 1.0, field: value})  # type: ignore[arg-type]
