"""Results appear whole or not at all."""

from __future__ import annotations

import errno
import os
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


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "permission denied" in refuse(tmp_path / "a.txt")
    assert "Permission denied" in refuse(tmp_path / "below" / "a.txt")


def test_an_error_that_is_not_of_the_disk_is_left_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError), atomic_path(tmp_path / "a"):
        raise ConnectionError(errno.ECONNRESET, "reset")
