"""Classes by name and number: what a user asks for, and what is left of the detections."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data import BoxTable, InputError, Remark
from flatsort.data.classes import MOT_NAMES, Names, class_name, class_numbers, keep_classes, kinds_of, split_classes

COLOURS = {0: "Red", 1: "green", 7: "2 blue"}


def table_of(classes: list[int], names: Names | None = None) -> BoxTable:
    n = len(classes)
    boxes = np.tile([0.0, 0, 10, 20], (n, 1))
    return BoxTable(np.arange(1, n + 1), np.full(n, -1), boxes, np.ones(n), np.array(classes), np.ones(n), names or {})


@pytest.mark.parametrize(
    ("text", "names", "numbers"),
    {
        "MOTChallenge's name": ("pedestrian,car", MOT_NAMES, [1, 3]),
        "what detectors call it": ("person", MOT_NAMES, [1]),
        "the file's own person comes first": ("person", {4: "person", 5: "pedestrian"}, [4]),
        "numbers, blanks and an empty part": (" 3, ,1 ", MOT_NAMES, [3, 1]),
        "a number that has no name": ("99", MOT_NAMES, [99]),
        "without names": ("0,5", {}, [0, 5]),
        "upper and lower case": ("red,GREEN", COLOURS, [0, 1]),
        "a name that begins with a number": ("2 blue", COLOURS, [7]),
        "twice": ("1,green,1", COLOURS, [1]),
        "all": ("red,all", COLOURS, None),
    }.values(),
)
def test_numbers_of_what_is_asked_for(text: str, names: Names, numbers: list[int] | None) -> None:
    assert class_numbers(split_classes(text), names, "det.txt") == numbers


@pytest.mark.parametrize(
    ("text", "names", "message"),
    {
        "a slip": ("pedestrain", MOT_NAMES, "det.txt knows no 'pedestrain'; did you mean pedestrian?"),
        "own names": ("grean", COLOURS, "did you mean green?"),
        "no names": ("car", {}, "its classes are numbers"),
        "a negative number": ("-1", {}, "knows no '-1'"),
        "nothing": (" , ", MOT_NAMES, "names no class"),
    }.values(),
)
def test_an_unknown_class_is_answered_with_the_nearest(text: str, names: Names, message: str) -> None:
    with pytest.raises(InputError, match="--classes") as caught:
        class_numbers(split_classes(text), names, "det.txt")
    assert message in str(caught.value)


def test_rows_of_the_classes_are_kept_with_their_names() -> None:
    kept = keep_classes(table_of([1, 0, 7, 1], COLOURS), "green,2 blue", "det.txt")
    assert kept.classes.tolist() == [1, 7, 1]
    assert kept.frames.tolist() == [1, 3, 4]
    assert kept.names == COLOURS


def test_no_row_of_the_classes_is_remarked() -> None:
    with pytest.warns(Remark, match=r"no detection is of --classes car; there are 1, 2"):
        assert not len(keep_classes(table_of([1, 2]), "car", "det.txt"))


def test_a_file_without_classes_has_none_to_choose() -> None:
    with pytest.raises(InputError, match="has detections without classes; write them in column 8"):
        keep_classes(table_of([-1, -1]), "1", "det.txt")


def test_names_of_classes_without_one() -> None:
    assert [class_name(number, COLOURS) for number in (0, 3, -1)] == ["Red", "class 3", "unknown"]


@pytest.mark.parametrize(
    ("classes", "names", "kinds"),
    {
        "one class needs no name": ([1, 1], {1: "person"}, None),
        "no classes": ([-1, -1], {}, None),
        "their own names": ([7, 0, 9], COLOURS, ["2 blue", "Red", "class 9"]),
        "MOTChallenge's where there are none": ([3, 1, -1], {}, ["car", "pedestrian", "unknown"]),
        "numbers that MOTChallenge does not have": ([3, 0], {}, ["class 3", "class 0"]),
    }.values(),
)
def test_what_each_row_is_called(classes: list[int], names: Names, kinds: list[str] | None) -> None:
    found = kinds_of(table_of(classes, names))
    assert (None if found is None else found.tolist()) == kinds
