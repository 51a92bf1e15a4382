"""Commands that are killed at any moment: what was complete stays, and nothing is left that breaks the next one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.two_people import write_sequence
from tests.conftest import ROOT, Run
from tests.crossing import write_crossings

FRAMES = 400
SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
# A run takes about as long, most of it spent on loading: the kills spread over all of it.
SECONDS = (0.3, 3.0)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [f"{frame},-1,{10 + frame % 50},20,20,50,0.9" for frame in range(1, FRAMES + 1)]
    folder = write_sequence(tmp_path_factory.mktemp("kills") / "s", rows=rows)
    info = folder / "seqinfo.ini"
    info.write_text(info.read_text().replace("seqLength=12", f"seqLength={FRAMES}"))
    return folder


def kill(number: signal.Signals, after: float, *arguments: object) -> int:
    """Run `flatsort`, send it the signal after some seconds, and return how it ended."""
    command = [sys.executable, "-m", "flatsort", *map(str, arguments)]
    # A shell that started the tests in the background has them ignore Ctrl-C.
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    time.sleep(after)
    process.send_signal(number)
    return process.wait(timeout=300)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.parametrize("name", ["track", "render"])
def test_killed_at_any_moment(
    run: Run, long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, name: str
) -> None:
    output = tmp_path / "out"
    tracks = output / "s.txt"
    command: tuple[object, ...] = ("track", long, "--output", output, "-q")
    assert run(*command).code == 0
    if name == "render":
        command = ("render", long, "--tracks", tracks, "--output", output / "v.mp4", "-q")
        assert run(*command).code == 0
    complete = {path.name: path.read_bytes() for path in output.iterdir()}
    moments = random.Random(f"{name} {number}")
    for _ in range(4):
        kill(number, moments.uniform(*SECONDS), *command)
        left = {path.name: path.read_bytes() for path in output.iterdir()}
        assert {name: left[name] for name in complete} == complete
        others = [name for name in left if name not in complete]
        if number != signal.SIGKILL:
            assert all(".partial-" in name for name in others), others
        assert run("eval", long, output, "-q").code == 0
    monkeypatch.setattr("flatsort.data.files.atomic._swept", set())  # as in a process of its own
    assert run(*command).code == 0
    after = {path.name: path.read_bytes() for path in output.iterdir()}
    assert {name: after[name] for name in complete} == complete
    assert not [name for name in after if name.endswith(".part") or ".part." in name]


def test_killed_while_a_descriptor_is_stored(run: Run, long: Path, tmp_path: Path) -> None:
    folder = write_sequence(tmp_path / "images", images=True)
    command = ("embed", folder, "--descriptor", "hsv", "--output", tmp_path / "out" / "s.npy", "-q")
    assert run(*command).code == 0
    complete = (tmp_path / "out" / "s.npy").read_bytes()
    for number in SIGNALS:
        kill(number, random.Random(number).uniform(*SECONDS), *command)
        assert (tmp_path / "out" / "s.npy").read_bytes() == complete
    assert run(*command).code == 0
    assert (tmp_path / "out" / "s.npy").read_bytes() == complete
    assert os.listdir(tmp_path / "out").count("s.npy") == 1


def test_a_table_that_was_killed_goes_on_to_the_same_answer(run: Run, tmp_path: Path) -> None:
    root = write_crossings(tmp_path / "root")
    command = ("table", root, "--descriptor", "hsv", "--descriptor", "pixels", "--format", "csv", "-q", "--cache")
    whole = run(*command, tmp_path / "whole")
    assert whole.code == 0
    for number in SIGNALS:
        kill(number, random.Random(f"table {number}").uniform(*SECONDS), *command, tmp_path / "cut")
    assert run(*command, tmp_path / "cut") == whole


def test_a_training_that_was_killed_is_resumed_to_the_same_bytes(run: Run, tmp_path: Path) -> None:
    few = ("--set", "batch=16", "--set", "points=8", "--set", "evaluation_samples=16", "--set", "save_every=20")
    command = ("train", "pendulum/fmvae", "--seed", 3, "--set", "steps=200", *few, "-q", "--output")
    assert run(*command, tmp_path / "whole").code == 0
    state = tmp_path / "cut" / "state.safetensors"
    for number in (signal.SIGTERM, signal.SIGKILL):
        kill(number, random.Random(f"train {number}").uniform(3, 5), *command, tmp_path / "cut", *_resumed(state))
    assert run(*command, tmp_path / "cut", *_resumed(state)).code == 0
    whole, cut = (tmp_path / name / "model.safetensors" for name in ("whole", "cut"))
    assert cut.read_bytes() == whole.read_bytes()


def _resumed(state: Path) -> tuple[str, ...]:
    return ("--resume",) if state.exists() else ()
