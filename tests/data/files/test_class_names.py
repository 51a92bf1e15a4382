"""Files of class names: their forms, where they are looked for, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError, Remark, read_detections
from flatsort.data.classes import Names
from flatsort.data.files.class_names import keep_names, names_beside, names_path, read_names


@pytest.mark.parametrize(
    ("text", "first", "names"),
    {
        "a line each": ("person\ntwo words\n", 1, {1: "person", 2: "two words"}),
        "counted from 0": ("person\ncar\n\n", 0, {0: "person", 1: "car"}),
        "with numbers": ("4 person\n0:car\n7 , van\n9=a b\n", 1, {4: "person", 0: "car", 7: "van", 9: "a b"}),
        "names that begin with a number": ("2 wheeler\nperson\n", 1, {1: "2 wheeler", 2: "person"}),
        "nothing": ("", 1, {}),
    }.values(),
)
def test_forms(tmp_path: Path, text: str, first: int, names: Names) -> None:
    (tmp_path / "names.txt").write_text(text)
    assert read_names(tmp_path / "names.txt", first) == names


@pytest.mark.parametrize(
    ("content", "message"),
    {
        "an empty line within": (b"a\n\nb\n", "row 2: is no name"),
        "twice": (b"a\na\n", "row 2: gives 'a' or its number a second time"),
        "a number twice": (b"1 a\n1 b\n", "row 2: gives 'b'"),
        "escape codes": (b"a\x1b[2J\n", "row 1: is no name"),
        "not text": (b"a\xc3(\n", "is not UTF-8"),
    }.values(),
)
def test_what_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "names.txt").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_names(tmp_path / "names.txt")
    assert message in str(caught.value)


@pytest.mark.parametrize("place", ["det/det.names.txt", "det/names.txt", "names.txt", "det/labels.txt"])
def test_where_names_are_looked_for(tmp_path: Path, place: str) -> None:
    (tmp_path / "det").mkdir()
    (tmp_path / place).write_text("person\ncar\n")
    (tmp_path / "det" / "det.txt").write_text("1,-1,0,0,9,9,1,1,-1,-1\n1,-1,50,0,9,9,1,2,-1,-1\n")
    table = read_detections(tmp_path / "det" / "det.txt")
    assert table.names == {1: "person", 2: "car"}


def test_the_first_line_is_class_0_where_the_file_has_one(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("person\ncar\n")
    assert names_beside(tmp_path / "det.txt", np.array([1, 0])) == {0: "person", 1: "car"}
    with pytest.warns(Remark, match="has no name of class 2, which det.txt uses"):
        names_beside(tmp_path / "det.txt", np.array([1, 0, 2]))


def test_names_are_kept_beside_a_file_and_go_with_the_next(tmp_path: Path) -> None:
    names = {3: "car", 17: "two words"}
    keep_names(tmp_path / "a.csv", names)
    assert names_beside(tmp_path / "a.csv", np.array([3])) == names
    keep_names(tmp_path / "a.csv", {1: "person"})  # as everybody reads class 1
    assert not names_path(tmp_path / "a.csv").exists()


def test_what_is_written_is_read_back_whatever_a_detector_calls_its_classes(tmp_path: Path) -> None:
    names = {9: "N/A", 2: " car ", 4: "N/A", 5: "", 6: "a" * 101, 7: "a\nb", 0: "person"}
    keep_names(tmp_path / "a.txt", names)
    assert read_names(names_path(tmp_path / "a.txt")) == {0: "person", 2: "car", 4: "N/A"}
