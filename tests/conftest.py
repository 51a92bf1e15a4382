"""What many tests need: the command, here and as a process of its own; where the real data are; full disks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest
from hypothesis import settings

from flatsort.cli.app import main

# A shell gives what it starts in the background no interrupts, and tests send some.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same inputs in every run, however slow the machine; `make fuzz` tries new ones.
settings.register_profile("tests", derandomize=True, deadline=None)
settings.load_profile("tests")

ROOT = Path(__file__).resolve().parents[1]


class Answer(NamedTuple):
    """How a command ended: its exit code, what it printed, and what it said on standard error."""

    code: int
    out: str
    err: str

    def refuses(self, *parts: str) -> bool:
        """Assert that it ended as for bad input: exit code 2, nothing printed, and one line that has these parts."""
        assert (self.code, self.out) == (2, ""), self
        assert self.err.startswith("flatsort: ")
        assert self.err.count("\n") == 1, self.err
        for part in parts:
            assert part in self.err
        return True


class Run(Protocol):
    """Runs `flatsort` with these arguments."""

    def __call__(self, *arguments: object) -> Answer: ...


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `flatsort` in this process."""

    def run(*arguments: object) -> Answer:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["flatsort", *map(str, arguments)])
            with pytest.raises(SystemExit) as end:
                main()
        return Answer(int(end.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def run_process(tmp_path: Path) -> Run:
    """Run `flatsort` as a process of its own, in `tmp_path / "elsewhere"`."""

    def run(*arguments: object) -> Answer:
        (tmp_path / "elsewhere").mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "flatsort", *map(str, arguments)],
            cwd=tmp_path / "elsewhere",
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that `shared/DATA.md` describes; the test is skipped where it is not there."""
    folder = Path(os.environ.get("FLATSORT_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data: no folder {folder}; set FLATSORT_DATA")
    return folder


@pytest.fixture
def limited_file_size() -> Callable[[int], AbstractContextManager[None]]:
    """Within `limited_file_size(bytes)` no file grows longer, as on a disk that is full there."""
    resource = pytest.importorskip("resource")

    @contextmanager
    def limited(size: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 160 KiB. The test is skipped where none may be mounted."""
    folder = tmp_path / "small-disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(folder)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"mount is not allowed here: {error}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)
