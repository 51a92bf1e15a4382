"""The command as a whole: what it loads, how it ends, and that it ends in one line where the user is at fault."""

from __future__ import annotations

import inspect
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
from rich.text import Text

from flatsort import __version__
from flatsort.cli.app import COMMANDS, GROUP_OF, load, module_name
from tests.cli.two_people import FRAMES, frames_of, write_sequence
from tests.conftest import ROOT, Run


def test_each_file_is_a_command_and_says_in_its_help_what_the_list_says() -> None:
    files = (ROOT / "flatsort" / "cli" / "commands").glob("*/*.py")
    assert {file.stem: file.parent.name for file in files if file.stem != "__init__"} == GROUP_OF
    for name, line in COMMANDS.items():
        said = inspect.getdoc(import_module(module_name(name)).command)
        assert said is not None
        assert " ".join(said.split("\n\n")[0].split()) == line


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(run: Run, name: str) -> None:
    answer = run(name, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert "Usage: flatsort" in answer.out
    assert COMMANDS[name].split()[0] in answer.out


@pytest.mark.parametrize("name", COMMANDS)
def test_no_help_holds_what_rich_takes_for_markup_and_drops(name: str) -> None:
    texts = {option.name: getattr(option, "help", None) or "" for option in load(name).params}
    assert {option: text for option, text in texts.items() if Text.from_markup(text).plain != text} == {}


def test_help_loads_no_room_and_nothing_heavy() -> None:
    code = """if True:
        import sys
        from flatsort.cli.app import main
        sys.argv = ["flatsort", "--help"]
        try:
            main()
        except SystemExit as end:
            rooms = ("data", "embedding", "tracker", "eval", "train_embedding", "cli.commands")
            heavy = ("numpy", "cv2", "scipy", "torch", *(f"flatsort.{room}" for room in rooms))
            loaded = [name for name in heavy if name in sys.modules]
            print(end.code, loaded, file=sys.stderr)
    """
    end = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert end.stderr.strip() == "0 []"
    assert all(name in end.stdout for name in COMMANDS)
    assert "Track sequences." in end.stdout


def test_a_command_loads_no_other() -> None:
    code = """if True:
        import sys
        from flatsort.cli.app import main
        sys.argv = ["flatsort", "eval", "--help"]
        try:
            main()
        except SystemExit:
            print(*(name for name in sys.modules if name.startswith("flatsort.cli.commands.")), file=sys.stderr)
    """
    end = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert end.stderr.split() == ["flatsort.cli.commands.scores", "flatsort.cli.commands.scores.eval"]


def test_version(run: Run) -> None:
    assert run("--version") == (0, f"flatsort {__version__}\n", "")


def test_without_arguments_it_shows_its_help(run: Run) -> None:
    assert run() == (2, run("--help").out, "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["trak"], "No such command 'trak'", id="command"),
        pytest.param(["track", "a"], "Missing option '--output'; see flatsort track --help", id="missing option"),
        pytest.param(["track"], "Missing argument 'SOURCE...'; see flatsort track --help", id="missing argument"),
        pytest.param(["track", "a", "--outputs", "b"], "No such option: --outputs", id="option"),
        pytest.param(["track", "a", "--output", "b", "--max-age", "old"], "'--max-age'", id="value"),
        pytest.param(["retrieve", "a", "--descriptor", "hsv", "--every", "0"], "'--every'", id="out of range"),
        pytest.param(["--fast", "track"], "No such option: --fast", id="option before the command"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, arguments: list[str], said: str) -> None:
    assert run(*arguments).refuses(said)


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("torch", ["geometry", "pendulum/fmvae"]),
        ("lightning_fabric", ["train", "pendulum/fmvae", "--output", "run"]),
        ("onnx", ["export", "pendulum/fmvae", "--output", "x.onnx"]),
    ],
)
def test_without_the_train_extra(package: str, command: list[str], tmp_path: Path) -> None:
    """One line says what to install."""
    hide = f"import sys; sys.modules[{package!r}] = None; sys.argv = ['flatsort', *{command!r}]; "
    code = hide + f"sys.path.insert(0, {str(ROOT)!r}); from flatsort.cli.app import main; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"flatsort: the package {package}: is not installed; pip install 'flatsort[train]'\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "kill"])
def test_an_interrupt_ends_it_with_the_code_of_its_signal_and_keeps_the_tracks_so_far(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    rows = [f"{frame},-1,{10 + frame % 2},20,20,50,0.9" for frame in range(1, 100001)]
    folder = write_sequence(tmp_path / "long", rows=rows)
    info = folder / "seqinfo.ini"
    info.write_text(info.read_text().replace(f"seqLength={FRAMES}", "seqLength=100000"))
    command = [sys.executable, "-m", "flatsort", "track", str(folder), "--output", str(tmp_path / "out"), "--quiet"]

    def heed_ctrl_c() -> None:  # a shell that started the tests in the background has them ignore it
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    output = tmp_path / "out"
    output.mkdir()
    (output / "long.txt").write_text("complete")
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c
    )
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and not any(path.stat().st_size for path in output.glob(".*")):
        time.sleep(0.02)
    os.kill(process.pid, number)
    out, err = process.communicate(timeout=300)
    (part,) = output.glob("long.partial-*")
    frames = frames_of(part)
    assert 0 < len(frames) < 100000
    assert part.name == f"long.partial-{max(frames)}-frames.txt"
    line = f"flatsort: interrupted; {part} keeps the first {max(frames)} frames\n"
    assert (process.returncode, out, err) == (code, "", line)
    assert sorted(path.name for path in output.iterdir()) == [part.name, "long.txt"]
    assert (output / "long.txt").read_text() == "complete"
