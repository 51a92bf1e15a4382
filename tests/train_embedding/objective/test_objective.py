"""The objective's terms against closed forms and Monte Carlo."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable

import pytest
import torch
from torch import nn

from flatsort.embedding.metric_tensor import difference_jacobian, mix
from flatsort.embedding.networks.prior import HierarchicalPrior, StandardPrior
from flatsort.embedding.networks.vae import Model, ModelConfig
from flatsort.train_embedding.objective.constraint import moving_average, next_beta
from flatsort.train_embedding.objective.draws import Draws, draw
from flatsort.train_embedding.objective.flatness import c_squared, paper_penalty
from flatsort.train_embedding.objective.identity import IdentityConfig
from flatsort.train_embedding.objective.objective import Objective, ObjectiveConfig, Terms, Views, lagrangian

BATCH, POINTS = 8, 8
EQUATIONS: dict[int, Callable[..., object]] = {
    3: HierarchicalPrior.kl,
    4: lagrangian,
    9: Objective.forward,
    10: difference_jacobian,
    11: mix,
    12: paper_penalty,
    13: c_squared,
    14: next_beta,
    15: moving_average,
}


@pytest.mark.parametrize("number", EQUATIONS)
def test_each_equation_is_one_function_that_names_it(number: int) -> None:
    assert f"(Eq. {number})" in str(inspect.getdoc(EQUATIONS[number]))


def model(**changes: object) -> Model:
    torch.manual_seed(0)
    return Model(ModelConfig("motion", "motion", 2, **changes))  # type: ignore[arg-type]


def terms(
    network: Model, beta: float = 0.5, probes: int = 1, c2_average: float | None = None, **changes: object
) -> Terms:
    samples, nuisance = network.prior.samples, network.config.nuisance
    draws = draw(3, 0, batch=BATCH, latents=2, samples=samples, points=POINTS, probes=probes, nuisance=nuisance)
    x = torch.randn(BATCH, 50, generator=torch.Generator().manual_seed(1))
    config = ObjectiveConfig(points=POINTS, probes=probes, **changes)  # type: ignore[arg-type]
    found: Terms = Objective(network, config)(x, draws, beta, c2_average=c2_average, measure=True)
    return found


def test_closed_form_kl_is_torchs() -> None:
    mean, std = torch.randn(6, 3), torch.rand(6, 3) + 0.1
    oracle = torch.distributions.kl_divergence(
        torch.distributions.Normal(mean, std), torch.distributions.Normal(torch.zeros(3), torch.ones(3))
    ).sum(1)
    torch.testing.assert_close(StandardPrior().kl(mean, std, mean, mean), oracle)


def linear_prior(loading: float, noise: float) -> HierarchicalPrior:
    """p(z|ζ) = N(loading ζ, noise²) with a posterior q(ζ|z) that is wrong: mean 0.3 z, deviation 1."""
    prior = HierarchicalPrior(1, (), "silu", 1)
    for network, slope, deviation in ((prior.decoder, loading, noise), (prior.encoder, 0.3, 1.0)):
        layer = nn.Linear(1, 2)
        layer.weight.data = torch.tensor([[slope], [0.0]])
        layer.bias.data = torch.tensor([0.0, math.log(math.expm1(deviation))])
        network.body = layer
    return prior


def test_bound_is_tight_as_samples_grow() -> None:
    # The marginal is N(0, loading² + noise²): the bound must lie below it and rise to it with K.
    prior, z = linear_prior(0.8, 0.6), torch.tensor([[-1.5], [0.0], [0.7], [2.0]])
    truth = torch.distributions.Normal(0.0, math.hypot(0.8, 0.6)).log_prob(z)[:, 0]
    source, gaps = torch.Generator().manual_seed(0), []
    for samples in (1, 10, 100):
        bounds = torch.stack([prior.log_density(z, torch.randn(samples, 4, 1, generator=source)) for _ in range(400)])
        gap = truth - bounds.mean(0)
        assert (gap > -4 * bounds.std(0) / 20).all()
        gaps.append(gap.mean().item())
    assert gaps[0] > 2 * gaps[1] > 4 * gaps[2]
    assert gaps[2] < 0.02


def test_hierarchical_kl_estimates_the_kl_to_the_marginal() -> None:
    prior = linear_prior(0.8, 0.6)
    mean, std = torch.full((20000, 1), 0.5), torch.full((20000, 1), 0.4)
    source = torch.Generator().manual_seed(0)
    z = mean + std * torch.randn(20000, 1, generator=source)
    found = prior.kl(mean, std, z, torch.randn(200, 20000, 1, generator=source))
    oracle = torch.distributions.kl_divergence(
        torch.distributions.Normal(0.5, 0.4), torch.distributions.Normal(0.0, 1.0)
    )
    assert float(found.mean()) == pytest.approx(float(oracle), abs=4 * float(found.std()) / math.sqrt(20000) + 0.01)


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli"])
def test_reconstruction_is_torchs_log_density(likelihood: str) -> None:
    network = model(likelihood=likelihood, noise_std=0.3)
    raw, x = torch.randn(5, 50), (torch.rand(5, 50) > 0.5).float()
    oracle: torch.distributions.Distribution
    if likelihood == "gaussian":
        oracle = torch.distributions.Normal(raw, 0.3)
    else:
        oracle = torch.distributions.Bernoulli(logits=raw)
    torch.testing.assert_close(network.likelihood.negative_log(raw, x), -oracle.log_prob(x).sum(1))


def test_loss_is_the_sum_of_its_terms() -> None:
    network = model(noise_std=0.3)
    for inside, weight in ((False, 1.0), (True, 0.5)):
        found = terms(network, eta=0.1, inside_beta=inside)
        scale = 50 / (2 * 0.3**2)
        expected = found.reconstruction + 0.5 * found.kl + weight * 0.1 * scale * found.flatness
        torch.testing.assert_close(found.loss, expected)


def test_eta_beside_nats_is_not_scaled_and_per_value_averages_the_metric() -> None:
    network = model(noise_std=0.3)
    for per_value, weight in ((False, 0.1), (True, 0.1 / 50**2)):
        found = terms(network, eta=0.1, form="paper", beside="nats", per_value=per_value)
        expected = found.reconstruction + 0.5 * found.kl + weight * found.flatness
        torch.testing.assert_close(found.loss, expected)


def test_one_unit_of_error_is_worth_the_stated_scale() -> None:
    network = model(noise_std=0.3)
    raw, x = torch.zeros(1, 50), torch.zeros(1, 50)
    moved = network.likelihood.negative_log(raw, x + 0.1) - network.likelihood.negative_log(raw, x)
    assert float(moved) == pytest.approx(network.likelihood.scale(50) * 0.1**2, rel=1e-4)


def test_eta_zero_is_the_vhp_vae() -> None:
    network = model()
    plain, flat = terms(network, eta=0.0), terms(network, eta=0.1)
    torch.testing.assert_close(plain.loss, plain.reconstruction + 0.5 * plain.kl)
    torch.testing.assert_close(plain.n_rdm, flat.n_rdm)  # measured all the same
    assert plain.loss < flat.loss


FORMS = {
    # name: (settings, c² in ‖G − c²1‖², or None for the mean)
    "paper": ({}, None),
    "c² = 1": ({"c2": "one"}, 1.0),
    "no identity term": ({"c2": "zero"}, 0.0),
}


@pytest.mark.parametrize("estimator", ["exact", "finite-difference", "probes"])
def test_flatness_is_that_of_z_at_fixed_v(estimator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # x = ‖v‖ z: every point has G = ‖v‖² 1, so N · RDM − 1 is that of the lengths of v alone.
    network = model(nuisance=3)
    seen = []

    def decode(z: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        seen.append(v)
        return z * v.norm(dim=1, keepdim=True)

    monkeypatch.setattr(network, "decode", decode)
    found = terms(network, eta=0.1, estimator=estimator, step=1e-2, mixup=False)
    lengths = seen[0][:POINTS].detach().norm(dim=1)
    expected = lengths.pow(4).mean() / lengths.square().mean().square() - 1
    assert float(found.n_rdm) == pytest.approx(float(expected), rel=1e-3, abs=1e-5)


def test_the_kl_of_v_is_paid_too() -> None:
    network = model(nuisance=3)
    assert network.nuisance is not None
    for parameter in network.nuisance.parameters():
        parameter.data.zero_()
    before = terms(network).kl
    [*network.nuisance.parameters()][-1].data[:3] = 2.0  # the mean of q(v|x): KL rises by its square, halved
    assert float(terms(network).kl - before) == pytest.approx(3 * 2.0**2 / 2, rel=1e-4)


def test_the_picture_from_z_alone_has_its_share_of_the_reconstruction() -> None:
    network = model(nuisance=3)
    x = torch.randn(4, 50, generator=torch.Generator().manual_seed(1))
    draws = draw(3, 0, batch=2, latents=2, samples=network.prior.samples, points=2, probes=1, nuisance=3)
    views = Views(torch.zeros(2, 2, dtype=torch.bool), torch.tensor([0, 2]), x[:2])
    found: dict[float, Terms] = {}
    for share in (0.0, 0.25):
        objective = Objective(network, ObjectiveConfig(points=2), IdentityConfig(z_alone=share))
        found[share] = objective(x, draws, 0.5, views=views)
    with torch.no_grad():
        mean, std = network.encode(x[[0, 2]])
        alone = network.likelihood.negative_log(network.raw(mean + std * draws.posterior), x[:2]).mean()
    completed = float(found[0.0].reconstruction)
    assert float(found[0.25].reconstruction) == pytest.approx(0.75 * completed + 0.25 * float(alone), rel=1e-5)
    assert float(found[0.25].error) == float(found[0.0].error)
    assert float(found[0.0].reconstruction) == pytest.approx(
        float(found[0.0].error) * 50 / 2 + 25 * math.log(2 * math.pi), rel=1e-5
    )


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("estimator", ["exact", "finite-difference"])
def test_paper_form_and_its_ablations(name: str, estimator: str) -> None:
    changes, c2 = FORMS[name]
    network = model()
    found = terms(network, eta=0.1, form="paper", estimator=estimator, step=1e-3, **changes)
    c2 = float(found.c2) if c2 is None else c2
    mean_trace, n_rdm = 2 * float(found.c2), float(found.n_rdm)
    squared = (n_rdm + 1) * mean_trace**2 / 2
    assert float(found.flatness) == pytest.approx(squared - 2 * c2 * mean_trace + 2 * c2**2, rel=1e-4, abs=1e-6)


def test_papers_form_is_the_scale_free_one_times_n_c4() -> None:
    found = terms(model(), eta=0.1, form="paper")
    assert float(found.flatness) == pytest.approx(2 * float(found.c2) ** 2 * float(found.n_rdm), rel=1e-3)


def test_probes_take_c2_from_the_moving_average() -> None:
    network = model()
    found = terms(network, eta=0.1, form="paper", estimator="probes", probes=4, c2_average=0.7)
    trace, squared = 2 * float(found.c2), (float(found.n_rdm) + 1) * (2 * float(found.c2)) ** 2 / 2
    assert float(found.flatness) == pytest.approx(squared - 2 * 0.7 * trace + 2 * 0.7**2, rel=1e-4)


def test_without_mixup_points_are_those_of_the_data() -> None:
    draws: Draws = draw(0, 0, batch=6, latents=2, samples=1, points=4, probes=1)
    z = torch.randn(6, 2)
    plain = Objective(model(), ObjectiveConfig(points=4, mixup=False)).points(z, draws)
    torch.testing.assert_close(plain, z[:4])


def test_draws_depend_on_seed_and_step_alone() -> None:
    shape = {"batch": 4, "latents": 2, "samples": 3, "points": 4, "probes": 1}
    again = [draw(5, 7, **shape) for _ in range(2)]
    for one, other in zip(*again, strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(again[0].posterior, draw(5, 8, **shape).posterior)
    assert not torch.equal(again[0].posterior, draw(6, 7, **shape).posterior)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("eta", -1.0),
        ("eta", math.inf),
        ("beside", "kappa"),
        ("estimator", "guess"),
        ("form", "round"),
        ("c2", "one"),
        ("points", 0),
        ("step", 0.0),
    ],
)
def test_settings_out_of_range_are_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=field):
        ObjectiveConfig(**{field: value})  # type: ignore[arg-type]
