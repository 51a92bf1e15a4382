"""What reaches a terminal: one line, no secret, no control character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatsort.data import InputError, Remark
from flatsort.data.errors import one_line, printable, remark


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://admin:SECRET@127.0.0.1:9/x", "rtsp://admin:***@127.0.0.1:9/x"),
        ("rtsp://admin:SE:C@RET@host/x", "rtsp://admin:***@host/x"),
        ("http://:SECRET@host", "http://:***@host"),
        ("http://host:80/x?user=a&password=SECRET&b=1", "http://host:80/x?user=a&password=***&b=1"),
        ("http://host/x?TOKEN=SECRET", "http://host/x?TOKEN=***"),
        ("http://host:8080/a@b", "http://host:8080/a@b"),
        ("a\x1b[2Jb\nc\td\u202ee", r"a\x1b[2Jb\nc\td\u202ee"),
        ("Zürich 東京 'x'", "Zürich 東京 'x'"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert str(InputError(text, None, "x", "y")) == f"{shown}: x; y"


@given(st.text())
def test_any_text_is_one_printable_line(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(printable(text)) == printable(text)


def test_notes_stand_in_the_same_line() -> None:
    error = InputError("a.avi", None, "frame 3 cannot be read", "replace it")
    error.add_note("a.partial-2-frames.txt keeps\nthe first 2 frames")
    assert (
        one_line(error)
        == r"a.avi: frame 3 cannot be read; replace it; a.partial-2-frames.txt keeps\nthe first 2 frames"
    )


def test_remarks_are_warnings() -> None:
    with pytest.warns(Remark, match=r"det\\x1b\.txt: all is below one pixel"):
        remark("det\x1b.txt", "all is below one pixel")
