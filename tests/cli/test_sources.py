"""Sources of a command, and the files named after them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort.cli.sources import NamedAfterSources, resolve
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
