"""Sources of a command, and the files named after them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort.cli.sources import NamedAfterSources, one_file, resolve
from flatsort.data import InputError
from tests.cli.two_people import write_sequence


def test_a_folder_of_sequences_stands_for_them(tmp_path: Path) -> None:
    found = [str(write_sequence(tmp_path / "root" / name)) for name in ("a", "b")]
    assert resolve([str(tmp_path / "root"), "clip.mp4"]) == [*found, "clip.mp4"]
    assert resolve([found[0]], detections=Path("d.txt")) == [found[0]]
    with pytest.raises(InputError, match="--detections: is one file for 2 sources; take the sources one by one"):
        resolve([str(tmp_path / "root")], output=None, detections=Path("d.txt"))


def test_two_sources_cannot_have_one_file() -> None:
    files = NamedAfterSources()
    assert files.claim(Path("out/a.txt"), "x/a") == Path("out/a.txt")
    assert files.claim(Path("out/b.txt"), "x/b") == Path("out/b.txt")
    with pytest.raises(InputError, match="y/a: has the name of x/a; give it another --output"):
        files.claim(Path("out/a.txt"), "y/a")


def test_a_name_that_ends_as_a_file_is_no_folder(tmp_path: Path) -> None:
    assert one_file(tmp_path / "a.txt", ".txt") == tmp_path / "a.txt"
    assert one_file(tmp_path / "a.NPY", ".npy") == tmp_path / "a.NPY"
    for name in ("tracks", "v1.2", "MOT16.train"):
        assert one_file(tmp_path / name, ".txt") is None
    for name in ("a.csv", "a.mp4", "a.npy", "a.html"):
        with pytest.raises(
            InputError, match=f"{name} is not the name of what is written; name a folder, or for one so"
        ):
            one_file(tmp_path / name, ".txt")
    (tmp_path / "b.txt").mkdir()
    assert one_file(tmp_path / "b.txt", ".txt") is None  # of an earlier run
