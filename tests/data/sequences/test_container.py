"""What containers promise, on files made byte by byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flatsort.data.sequences.container import is_cut_short


def box(kind: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def movie() -> bytes:
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"vide" + bytes(12))))
    return box(b"ftyp", b"isom") + box(b"moov", box(b"mvhd", bytes(96)) + track) + box(b"mdat", bytes(500))


def matroska(size: bytes, content: int) -> bytes:
    return b"\x1a\x45\xdf\xa3\x84doc " + b"\x18\x53\x80\x67" + size + bytes(content)


RIFF = b"RIFF" + (992).to_bytes(4, "little") + b"AVI " + bytes(988)
WIDE = (1).to_bytes(4, "big") + b"mdat" + (600).to_bytes(8, "big") + bytes(584)


@pytest.mark.parametrize(
    ("content", "cut"),
    [
        pytest.param(RIFF, False, id="AVI"),
        pytest.param(RIFF[:-1], True, id="AVI cut"),
        pytest.param(RIFF[:4] + bytes(4) + RIFF[8:], False, id="AVI never closed"),
        pytest.param(RIFF[:4] + b"\xff" * 4 + RIFF[8:], False, id="AVI without a size"),
        pytest.param(movie(), False, id="MP4"),
        pytest.param(movie()[:-1], True, id="MP4 cut"),
        pytest.param(movie() + WIDE, False, id="MP4 with a wide box"),
        pytest.param((movie() + WIDE)[:-1], True, id="MP4 with a wide box cut"),
        pytest.param(movie() + bytes(4) + b"mdat" + bytes(9), False, id="MP4 whose last box has no end"),
        pytest.param(movie()[12:], False, id="MOV without ftyp"),
        pytest.param(matroska(b"\x42\x58", 600), False, id="Matroska"),
        pytest.param(matroska(b"\x42\x58", 599), True, id="Matroska cut"),
        pytest.param(matroska(b"\x01" + b"\xff" * 7, 9), False, id="Matroska, live"),
        pytest.param(b"G" * 800, False, id="not known"),
        pytest.param(b"", False, id="empty"),
        pytest.param(b"RIFF", False, id="four bytes"),
        pytest.param(b"\0\0\0\1ftyp", False, id="a wide box cut in its header"),
    ],
)
def test_is_cut_short(tmp_path: Path, content: bytes, cut: bool) -> None:
    path = tmp_path / "video"
    path.write_bytes(content)
    assert is_cut_short(path) is cut


WHOLE = movie()
STARTS = [RIFF[:12], WHOLE[:120], matroska(b"\x42\x58", 4), b"\0\0\0\1mdat", bytes(8)]
PIECES = st.lists(st.one_of(st.binary(max_size=24), st.sampled_from(STARTS)), max_size=4).map(b"".join)
DAMAGED = st.tuples(st.integers(0, 300), st.binary(max_size=9)).map(
    lambda damage: WHOLE[: damage[0]] + damage[1] + WHOLE[damage[0] + len(damage[1]) :]
)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(PIECES, DAMAGED))
def test_any_bytes_get_an_answer(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "video"
    path.write_bytes(content)
    assert is_cut_short(path) in (True, False)
