"""JSON of others: what is no object, too deep, too long or not finite is a ValueError; the rest is what json reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flatsort.data import InputError
from flatsort.data.files.json_file import DEEPEST_JSON, LARGEST_JSON, parse_json, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)  # fmt: skip


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_reads_what_json_reads(content: dict[str, object]) -> None:
    assert parse_json(json.dumps(content)) == content


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "cut": ('{"a": 1', "no JSON: "),
        "empty": ("", "no JSON: "),
        "list": ("[1]", "no JSON object"),
        "infinity": ('{"a": -Infinity}', "the number -Infinity"),
        "not a number": ('{"a": NaN}', "the number NaN"),
        "beyond float64": ('{"a": 1e999}', "the number 1e999"),
        "more digits than any count": (f'{{"a": {"9" * 5000}}}', "the number 9{40}, which is not finite"),
        "deep": (f'{{"a": {"[" * DEEPEST_JSON}{"]" * DEEPEST_JSON}}}', "more than 64 objects and lists"),
        "nested without end": ("[" * 100_000, "nested without end"),
        "long": ('{"a": "' + "x" * LARGEST_JSON + '"}', "characters, at most"),
    }.values(),
)
def test_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_json(text)


def test_file_is_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"\xff\xfe{}")
    for name, problem in (("a.json", "is not a JSON file"), ("b.json", "cannot be read"), (".", "cannot be read")):
        with pytest.raises(InputError, match=f"{problem} .*; write it again"):
            read_json(tmp_path / name, "write it again")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.json").open("wb") as file:
        file.truncate(1 << 40)  # sparse
    with pytest.raises(InputError, match="is too large"):
        read_json(tmp_path / "a.json", "write it again")
