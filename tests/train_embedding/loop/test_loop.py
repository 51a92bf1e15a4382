"""The training loop: the same curve after a kill and over processes, and what stops it."""

from __future__ import annotations

import json
import multiprocessing
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray

from flatsort.data import InputError
from flatsort.data.files.lock import sole_writer
from flatsort.embedding.networks.vae import load_model
from flatsort.embedding.weights.checkpoint import read_checkpoint, write_checkpoint
from flatsort.train_embedding.loop.autoencoder import train
from flatsort.train_embedding.loop.loop import Result
from flatsort.train_embedding.loop.trainer import Trainer
from flatsort.train_embedding.objective.objective import Objective
from flatsort.train_embedding.presets.settings import Settings, load_settings

FAST = [
    "training.batch=16", "objective.points=8", "training.log_every=1", "training.save_every=10", "steps=20",
    "training.evaluate_every=10", "model.importance_samples=4", "constraint.kappa=1.0", "constraint.initial_steps=8",
    "model.noise_std=1.0", "data.name=motion", "model.architecture=motion",
]  # fmt: skip


@dataclass(frozen=True)
class Swirl:
    """A plane rolled into 50 dimensions."""

    name: str
    train: NDArray[np.float32]
    validation: NDArray[np.float32]
    test: NDArray[np.float32]


def swirl(scale: float = 1.0) -> Swirl:
    rng = np.random.default_rng(0)
    plane = rng.uniform(-1, 1, (300, 2))
    rows = (np.sin(plane @ rng.normal(size=(2, 50))) * scale).astype(np.float32)
    return Swirl("swirl", rows[:200], rows[200:250], rows[250:])


def settings(*changes: str, preset: str = "pendulum/fmvae") -> Settings:
    return load_settings(preset, [*FAST, *changes])


def run(output: Path, *changes: str, preset: str = "pendulum/fmvae", data: Swirl | None = None, **how: Any) -> Result:
    return train(settings(*changes, preset=preset), output, quiet=True, dataset=data or swirl(), **how)


def history(output: Path) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = json.loads((output / "history.json").read_text())["history"]
    return columns


@pytest.mark.parametrize("preset", ["pendulum/vae", "pendulum/vhp-vae", "pendulum/fmvae"])
def test_each_method_learns_and_writes_its_files(tmp_path: Path, preset: str) -> None:
    kappa = ["constraint.kappa=0"] if preset == "pendulum/vae" else []
    result = run(tmp_path, "steps=60", *kappa, preset=preset)
    columns = history(tmp_path)
    assert result.step == columns["step"][-1] == 60
    assert columns["error"][-1] < 0.7 * columns["error"][0]
    assert load_model(tmp_path / "model.safetensors").config.prior == (
        "standard" if "vae" in preset[9:12] else "hierarchical"
    )
    assert list((tmp_path / "tensorboard").iterdir())
    assert all(value is not None for value in columns["n_rdm_minus_1"])


def test_same_seed_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        run(tmp_path / name, seed=seed)
    for file in ("model.safetensors", "history.json"):
        a, b, c = ((tmp_path / name / file).read_bytes() for name in "abc")
        assert a == b != c


def test_resumed_run_equals_the_uninterrupted_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path / "whole")
    advance, calls = Trainer.advance, []

    def killed(trainer: Trainer, progress: float) -> None:
        calls.append(1)
        if len(calls) == 15:  # after the checkpoint of step 10, before that of step 20
            raise KeyboardInterrupt
        advance(trainer, progress)

    monkeypatch.setattr(Trainer, "advance", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut")
    monkeypatch.undo()
    assert history(tmp_path / "cut")["step"][-1] == 10
    run(tmp_path / "cut", resume=True)
    for file in ("model.safetensors", "history.json"):
        assert (tmp_path / "cut" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_with_a_constant_rate_a_run_goes_on_for_longer_and_else_not(tmp_path: Path) -> None:
    constant = "training.final_rate=1.0"
    run(tmp_path / "whole", constant)
    run(tmp_path / "longer", constant, "steps=10")
    assert run(tmp_path / "longer", constant, resume=True).step == 20
    for file in ("model.safetensors", "history.json"):
        assert (tmp_path / "longer" / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()
    with pytest.raises(InputError, match=r"training\.steps: is below the 20 done"):
        run(tmp_path / "longer", constant, "steps=10", resume=True)
    run(tmp_path / "falling", "steps=10")
    with pytest.raises(InputError, match=r"training\.steps = 10, not 20"):
        run(tmp_path / "falling", resume=True)


def test_a_run_that_was_started_before_a_setting_was_there_goes_on(tmp_path: Path) -> None:
    run(tmp_path, "steps=5")
    path = tmp_path / "state.safetensors"
    state = read_checkpoint(path)
    for section, name in (("model", "colours"), ("identity", "colours_alone")):
        del state.metadata["progress"]["settings"][section][name]
    write_checkpoint(path, state.tensors, state.metadata)
    assert run(tmp_path, "steps=5", resume=True).step == 5


def test_resume_refuses_another_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no training state"):
        run(tmp_path / "empty", resume=True)
    run(tmp_path)
    with pytest.raises(InputError, match=r"objective.eta = 0.003, not 0.5"):
        run(tmp_path, "eta=0.5", resume=True)
    # Settings come first: these weights would not even fit.
    with pytest.raises(InputError, match=r"was trained with model\.latents = 2, not 3"):
        run(tmp_path, "model.latents=3", resume=True)
    with pytest.raises(InputError, match="seed = 0, not 1"):
        run(tmp_path, seed=1, resume=True)


def test_a_run_is_not_overwritten_and_its_folder_must_be_one(tmp_path: Path) -> None:
    run(tmp_path / "a")
    before = (tmp_path / "a" / "model.safetensors").read_bytes()
    with pytest.raises(InputError, match="holds a run already; add --resume"):
        run(tmp_path / "a", seed=1)
    assert (tmp_path / "a" / "model.safetensors").read_bytes() == before
    with pytest.raises(InputError):
        run(tmp_path / "a" / "model.safetensors" / "b")


def test_a_folder_is_trained_into_once_at_a_time(tmp_path: Path) -> None:
    with sole_writer(tmp_path), pytest.raises(InputError, match="is being written by another run; wait for it"):
        run(tmp_path)


def test_nan_stops_names_the_term_and_keeps_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "good", "steps=10", "training.final_rate=1.0")
    moments = Objective.moments

    def broken(objective: Objective, *given: Any) -> Any:
        found = moments(objective, *given)
        broken.calls += 1  # type: ignore[attr-defined]
        return found if broken.calls <= 14 else type(found)(found.trace * float("nan"), found.squared_trace)  # type: ignore[attr-defined]

    broken.calls = 0  # type: ignore[attr-defined]
    monkeypatch.setattr(Objective, "moments", broken)
    with pytest.raises(InputError, match=r"step 14: flatness is nan; stopped, the last good checkpoint is kept"):
        run(tmp_path / "bad", "training.final_rate=1.0")
    good, bad = (load_model(tmp_path / name / "model.safetensors").state_dict() for name in ("good", "bad"))
    assert all(torch.equal(good[name], bad[name]) for name in good)


def test_data_with_nan_names_the_reconstruction(tmp_path: Path) -> None:
    data = swirl()
    data.train[:] = np.nan
    with pytest.raises(InputError, match=r"step 1: reconstruction is nan"):
        run(tmp_path, data=data)


def test_parameters_that_are_not_finite_are_never_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backward = Fabric.backward

    def overflowing(fabric: Fabric, loss: torch.Tensor, **how: Any) -> None:
        backward(fabric, loss, **how)
        if overflowing.calls == 19:  # type: ignore[attr-defined]
            next(iter(trainers[-1].model.parameters())).grad.fill_(float("inf"))  # type: ignore[union-attr]
        overflowing.calls += 1  # type: ignore[attr-defined]

    trainers: list[Trainer] = []
    overflowing.calls = 0  # type: ignore[attr-defined]
    advance = Trainer.advance

    def noted(trainer: Trainer, progress: float) -> None:
        trainers.append(trainer)
        advance(trainer, progress)

    monkeypatch.setattr(Trainer, "advance", noted)
    monkeypatch.setattr(Fabric, "backward", overflowing)
    with pytest.raises(InputError, match=r"step 20: parameter .* is not finite; stopped"):
        run(tmp_path, "training.evaluate_every=100")
    assert history(tmp_path)["step"][-1] == 10
    assert all(
        torch.isfinite(value).all() for value in load_model(tmp_path / "model.safetensors").state_dict().values()
    )


def test_kappa_out_of_reach_says_what_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(
        InputError, match=r"kappa=0.001: not reached .* of 8 steps: .* set constraint.kappa=0\.\d+"
    ) as caught:
        run(tmp_path / "stop", "constraint.kappa=0.001")
    advised = str(caught.value).split("set constraint.kappa=")[1].split(",")[0]
    run(tmp_path / "advised", f"constraint.kappa={advised}")
    result = run(tmp_path / "goes on", "constraint.kappa=0.001", "constraint.unreachable=continue")
    assert result.step == 20
    assert "constraint violated" in capsys.readouterr().err.replace("\n", " ")


def test_time_budget_and_early_stop(tmp_path: Path) -> None:
    result = run(tmp_path / "time", "steps=100000", minutes=0.0)
    assert (result.step, result.reason) == (1, "time budget of 0 minutes used")
    assert load_model(tmp_path / "time" / "model.safetensors")
    stopped = run(
        tmp_path / "early", "steps=100000", "training.patience=2", "training.evaluate_every=2", "learning_rate=1e-12"
    )
    assert stopped.step < 100
    assert "no better validation loss" in stopped.reason


def test_a_time_budget_is_of_all_parts_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shares: list[float] = []
    advance = Trainer.advance

    def noted(trainer: Trainer, progress: float) -> None:
        shares.append(progress)
        advance(trainer, progress)

    monkeypatch.setattr(Trainer, "advance", noted)
    clock = iter(np.arange(0.0, 1e4, 5.0))
    monkeypatch.setattr("flatsort.train_embedding.loop.loop.time.monotonic", lambda: float(next(clock)))
    long = "steps=100000"
    first = run(tmp_path, long, minutes=0.5, stop=lambda: len(shares) == 2)
    assert (first.step, first.reason) == (2, "interrupted")
    result = run(tmp_path, long, minutes=0.5, resume=True)
    assert (result.step, result.reason) == (6, "time budget of 0.5 minutes used")  # 5 seconds each
    np.testing.assert_allclose(shares, np.arange(6) / 6, atol=1e-3)
    assert result.held_out["validation_loss"] == history(tmp_path)["validation_loss"][-1]
    assert run(tmp_path, long, minutes=0.0, resume=True).step == 6
    # A state of an autoencoder from before the seconds were stored: the share that was done stands for them.
    path = tmp_path / "state.safetensors"
    state = read_checkpoint(path)
    del state.metadata["progress"]["elapsed"]
    state.metadata["progress"]["progress"] = 0.5
    write_checkpoint(path, state.tensors, state.metadata)
    shares.clear()
    assert run(tmp_path, long, minutes=0.5, resume=True).step == 9
    np.testing.assert_allclose(shares, [3 / 6, 4 / 6, 5 / 6], atol=1e-3)


def test_vhp_vae_is_the_flat_one_with_eta_zero(tmp_path: Path) -> None:
    run(tmp_path / "a", preset="pendulum/vhp-vae")
    run(tmp_path / "b", "eta=0")
    assert history(tmp_path / "a")["loss"] == history(tmp_path / "b")["loss"]


def test_a_batch_larger_than_the_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"training.batch: 512 is more than the 200 samples"):
        run(tmp_path, "training.batch=512")


@pytest.mark.parametrize("estimator", ["exact", "probes"])
def test_bf16_trains(tmp_path: Path, estimator: str) -> None:
    run(tmp_path, "compute.precision=bf16-mixed", f"estimator={estimator}")
    assert history(tmp_path)["error"][-1] < history(tmp_path)["error"][0]


SHARED = {
    "probes in the paper's form": ["estimator=probes", "form=paper", "eta=0.01"],
    "exact Jacobians in the scale-free form": ["estimator=exact", "form=scale-free", "eta=0.01"],
}
BOTH_PHASES = ["steps=50", "constraint.kappa=0.5", "constraint.initial_steps=40"]


def in_process_group(rank: int, port: int, output: Path) -> None:
    """One of two processes, with the environment that torchrun gives; each run of `SHARED` in turn."""
    torch.set_num_threads(1)
    for number, (name, changes) in enumerate(SHARED.items()):
        os.environ |= {
            "TORCHELASTIC_RUN_ID": "test", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port + number),
            "GROUP_RANK": "0", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "RANK": str(rank), "LOCAL_RANK": str(rank),
        }  # fmt: skip
        run(output / name, *BOTH_PHASES, *changes)
        torch.distributed.destroy_process_group()


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the runs of `SHARED` by two processes: started once, as that takes longer than to train."""
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Forked from a server, which imports torch once: a fork of this process fails where another test has started
    # autograd's threads.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    workers = [context.Process(target=in_process_group, args=(rank, port, folder)) for rank in (0, 1)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(240)
        assert worker.exitcode == 0
    return folder


@pytest.mark.parametrize("name", SHARED)
def test_two_processes_equal_one(tmp_path: Path, by_two: Path, name: str) -> None:
    run(tmp_path, *BOTH_PHASES, *SHARED[name])
    one, two = history(tmp_path), history(by_two / name)
    assert one["phase"][0] == "initial"
    assert one["phase"][-1] == "main"
    assert one["loss"][0] != one["loss"][-1]
    for column in ("loss", "error", "kl", "flatness", "c2", "n_rdm_minus_1", "beta"):
        np.testing.assert_allclose(two[column], one[column], rtol=1e-4, atol=1e-4, err_msg=column)
