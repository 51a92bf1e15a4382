"""Results appear whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flatsort.data import InputError
from flatsort.data.files.atomic import atomic_path


def test_result_appears_on_success_only_under_its_name(tmp_path: Path) -> None:
    target = tmp_path / "new" / "folder" / "video.mp4"
    with atomic_path(target) as temporary:
        assert temporary.parent == target.parent
        assert temporary.suffix == ".mp4"
        temporary.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert os.listdir(target.parent) == ["video.mp4"]


def test_failure_leaves_the_old_result(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def fail() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert target.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def refuse(target: Path, error: OSError | None = None) -> str:
    def write() -> None:
        with atomic_path(target):
            if error is not None:
                raise error

    with pytest.raises(InputError) as caught:
        write()
    return str(caught.value)


def test_names_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "is a file, not a folder" in refuse(tmp_path / "file" / "a.txt")
    assert "Not a directory" in refuse(tmp_path / "file" / "below" / "a.txt")
    assert "is a folder" in refuse(tmp_path)
    assert "cannot be written (No space left" in refuse(
        tmp_path / "b", OSError(errno.ENOSPC, "No space left on device")
    )
    assert "cannot be written (File name too long)" in refuse(tmp_path / ("x" * 300))
    assert os.listdir(tmp_path) == ["file"]


def test_a_full_disk_is_seen_behind_the_error_of_a_library(tmp_path: Path) -> None:
    def wrap() -> None:
        try:
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        except OSError as error:
            raise RuntimeError("serialisation failed") from error

    def write() -> None:
        with atomic_path(tmp_path / "a"):
            wrap()

    with pytest.raises(InputError, match=r"a: cannot be written \(Disk quota exceeded\); free some space"):
        write()


def test_leftovers_of_killed_runs_are_swept_and_those_of_living_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flatsort.data.files.atomic._swept", set())
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    dead, living = int(gone.stdout), os.getppid()
    names = [f".a.{dead}.part", f".b c.d.{dead}.part.txt", f".a.{living}.part.npy", f".a.{dead}.part.tar.gz", ".hidden"]
    names += ["a.part", f"a.{dead}.part.txt"]
    for name in names:
        (tmp_path / name).touch()
    held = tmp_path / f".held.{dead}.part.txt"  # by a process of another machine
    with held.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with atomic_path(tmp_path / "new.txt"):
            pass
    assert sorted(os.listdir(tmp_path)) == sorted([held.name, *names[2:], "new.txt"])


def test_a_file_that_is_being_written_is_locked(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.txt") as temporary, temporary.open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "permission denied" in refuse(tmp_path / "a.txt")
    assert "Permission denied" in refuse(tmp_path / "below" / "a.txt")


def test_an_error_that_is_not_of_the_disk_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError), atomic_path(tmp_path / "a"):
        raise ConnectionError(errno.ECONNRESET, "reset")
