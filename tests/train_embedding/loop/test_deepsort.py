"""Training DeepSORT's network: it learns, repeats, goes on after a kill, and says what is wrong."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from flatsort.data import InputError
from flatsort.data.crops.labelled_crops import LabelledCrops, load
from flatsort.embedding.crop_input import parse_crop_input
from flatsort.embedding.networks.encoder import encoder_of
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.train_embedding.batches.network_input import normalised
from flatsort.train_embedding.loop import deepsort
from flatsort.train_embedding.loop.deepsort import DeepSortRun, DeepSortSettings, train_deepsort
from flatsort.train_embedding.loop.loop import Result

FAST = {"width": 2, "steps": 8, "identities": 4, "crops": 2, "evaluate_every": 4, "log_every": 1}


@cache
def people(count: int = 8, each: int = 6) -> LabelledCrops:
    """People of one colour each, with noise."""
    random = np.random.default_rng(0)
    identities = np.repeat(np.arange(count), each)
    colours = random.integers(30, 220, (count, 2, 1, 3)).repeat(80, axis=1)  # shirt and trousers
    crops = colours[identities] + random.normal(0, 20, (len(identities), 160, 80, 3))
    frames = np.tile(np.arange(each) * 40 + 1, count)
    places = np.zeros(len(identities), np.int64)
    return LabelledCrops(("toy",), crops.clip(0, 255).astype(np.uint8), identities, places, frames)


def run(output: Path, *, changes: dict[str, Any] | None = None, **how: Any) -> Result:
    settings = DeepSortSettings(**{**FAST, **(changes or {})})
    return train_deepsort(settings, people(), output, quiet=True, **how)


def history(output: Path) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = json.loads((output / "history.json").read_text())["history"]
    return columns


def test_it_learns_and_writes_a_checkpoint_that_says_how_to_use_it(tmp_path: Path) -> None:
    result = run(tmp_path, changes={"steps": 30, "evaluate_every": 30})
    assert (result.step, result.reason) == (30, "all steps done")
    columns = history(tmp_path)
    assert np.mean(columns["loss"][-5:]) < 0.8 * columns["loss"][0]
    assert result.held_out["validation_auc"] == columns["validation_auc"][-1]
    assert columns["learning_rate"][0] == 2e-3
    assert columns["learning_rate"][-1] < 6e-5
    checkpoint = read_checkpoint(result.model)
    assert checkpoint.metadata["family"] == "deepsort"
    assert checkpoint.metadata["config"] == {"width": 2, "stem": "strided"}
    training = checkpoint.metadata["training"]
    assert (training["sequences"], training["training_identities"], training["held_out_identities"]) == (["toy"], 6, 2)
    assert list((tmp_path / "tensorboard").iterdir())
    assert checkpoint.metadata["descriptor"]["distance"] == "cosine"
    assert parse_crop_input(checkpoint.metadata["descriptor"], None) == deepsort.INPUT
    crops = torch.from_numpy(deepsort.INPUT.normalise(people().boxes[:3]))
    with torch.no_grad():
        torch.testing.assert_close(encoder_of(checkpoint).module(crops).norm(dim=1), torch.ones(3))


def test_tensors_are_normalised_as_crops_are() -> None:
    crops = people().boxes[:2]
    expected = deepsort.INPUT.normalise(crops)
    found = normalised(torch.from_numpy(crops.copy()).permute(0, 3, 1, 2).float(), deepsort.INPUT)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_same_seed_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        run(tmp_path / name, seed=seed, changes={"steps": 3})
    for file in ("model.safetensors", "history.json"):
        a, b, c = ((tmp_path / name / file).read_bytes() for name in "abc")
        assert a == b != c


def test_resumed_run_equals_the_uninterrupted_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path / "whole")
    advance, calls = DeepSortRun.advance, []

    def killed(one: DeepSortRun, progress: float) -> None:
        calls.append(1)
        if len(calls) == 7:  # after the checkpoint of step 4
            raise KeyboardInterrupt
        advance(one, progress)

    monkeypatch.setattr(DeepSortRun, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut")
    monkeypatch.undo()
    assert history(tmp_path / "cut")["step"][-1] == 4
    run(tmp_path / "cut", resume=True)
    for file in ("model.safetensors", "history.json"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_a_run_ends_where_it_is_asked_to_and_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    run(tmp_path / "whole", changes={"steps": 5})
    asked: list[int] = []
    result = run(tmp_path / "cut", stop=lambda: bool(asked.append(1)) or len(asked) == 3, changes={"steps": 5})
    assert (result.step, result.reason) == (3, "interrupted")
    result = run(tmp_path / "cut", resume=True, changes={"steps": 5})
    assert result.reason == "all steps done"
    for file in ("model.safetensors", "history.json"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_from_sequences_to_a_checkpoint(tmp_path: Path, real_data: Path) -> None:
    sequence = real_data / "MOT15" / "train" / "TUD-Campus"
    settings = DeepSortSettings(**{**FAST, "steps": 1})
    result = train_deepsort(settings, load([sequence]), tmp_path, quiet=True)
    training = read_checkpoint(result.model).metadata["training"]
    assert (training["training_identities"], training["held_out_identities"]) == (6, 2)


def test_a_time_budget_anneals_and_is_not_begun_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(np.arange(0.0, 1e4, 5.0))
    monkeypatch.setattr("flatsort.train_embedding.loop.loop.time.monotonic", lambda: float(next(clock)))
    result = run(tmp_path, minutes=0.5, changes={"steps": 1000, "evaluate_every": 1000})
    assert result.reason == "time budget of 0.5 minutes used"
    rates = history(tmp_path)["learning_rate"]
    assert len(rates) == result.step == 6  # 5 seconds each
    assert rates[0] == 2e-3
    assert rates[-1] < 2e-4
    assert history(tmp_path)["validation_auc"][-1] is not None
    again = run(tmp_path, minutes=0.5, resume=True, changes={"steps": 1000, "evaluate_every": 1000})
    assert again.step == 6


def test_a_run_is_not_overwritten_nor_resumed_as_another(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no training state to resume"):
        run(tmp_path / "empty", resume=True)
    run(tmp_path, changes={"steps": 1})
    with pytest.raises(InputError, match="holds a run already; add --resume"):
        run(tmp_path)
    with pytest.raises(InputError, match=r"was trained with seed = 0, not 1"):
        run(tmp_path, seed=1, resume=True, changes={"steps": 1})
    with pytest.raises(InputError, match=r"was trained with settings\.steps = 1, not 8"):
        run(tmp_path, resume=True)


def test_what_is_not_finite_stops_and_keeps_the_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advance = DeepSortRun.advance

    def spoiled(one: DeepSortRun, progress: float) -> None:
        advance(one, progress)
        if one.step == 6:
            with torch.no_grad():
                next(one.network.parameters()).fill_(float(how))

    monkeypatch.setattr(DeepSortRun, "advance", spoiled)
    for how, message in (("nan", r"step 7: loss is nan; stopped"), ("inf", r"step \d: .* not finite|loss is nan")):
        with pytest.raises(InputError, match=message):
            run(tmp_path / how)
        assert history(tmp_path / how)["step"][-1] == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, r"steps: 0 is not in \[1, inf\)"),
        ({"identities": 1}, r"identities: 1 is not in \[2, inf\)"),
        ({"learning_rate": 0.0}, r"learning_rate: 0.0 is not in \(0, inf\)"),
        ({"width": 0}, "width: 0"),
    ],
)
def test_settings_out_of_range(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DeepSortSettings(**change)


def test_strong_changes_pairs_and_half_train_another_network(tmp_path: Path) -> None:
    changes = {"steps": 3, "evaluate_every": 3}
    run(tmp_path / "plain", changes=changes)
    more = {"strong": True, "pairs": 1.0, "half": True, "held_out": 0.5}
    result = run(tmp_path / "more", changes={**changes, **more})
    losses, plain = history(tmp_path / "more")["loss"], history(tmp_path / "plain")["loss"]
    assert losses[0] > plain[0]  # InfoNCE beside the softmax
    assert np.isfinite(losses).all()
    training = read_checkpoint(result.model).metadata["training"]
    assert (training["training_identities"], training["held_out_identities"]) == (4, 4)
