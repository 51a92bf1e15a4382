"""Encodings, line ends and compression: read or refused, never misread."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import pytest

from flatsort.data import InputError
from flatsort.data.files.detections import read_detections
from flatsort.data.files.text_file import read_text_bytes

TEXT = "1,-1,10,20,30,40,0.5\n2,-1,11,21,31,41,0.75\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(TEXT.encode(), id="plain"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), id="Windows line ends"),
        pytest.param(TEXT.replace("\n", "\r").encode(), id="old Macintosh line ends"),
        pytest.param(TEXT.encode("utf-8-sig"), id="UTF-8 with mark"),
        pytest.param(TEXT.encode("utf-16"), id="UTF-16"),
        pytest.param(b"\xfe\xff" + TEXT.encode("utf-16-be"), id="UTF-16, big end first"),
        pytest.param(TEXT.replace("\n", "\r\n").encode("utf-16"), id="UTF-16 from Windows"),
        pytest.param(TEXT.encode("utf-32"), id="UTF-32"),
        pytest.param(gzip.compress(TEXT.encode()), id="gzip"),
        pytest.param(gzip.compress(TEXT.replace("\n", "\r\n").encode("utf-16")), id="all at once"),
    ],
)
def test_reads_the_same_text(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "det.txt"
    path.write_bytes(content)
    assert read_text_bytes(path) == TEXT.encode()
    assert read_detections(path).boxes.tolist() == [[10, 20, 40, 60], [11, 21, 42, 62]]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(TEXT.encode("utf-16-le"), "holds zero bytes", id="UTF-16 without a mark"),
        pytest.param(gzip.compress(TEXT.encode())[:-9], "broken gzip", id="truncated gzip"),
        pytest.param(b"\x1f\x8b" + bytes(range(50)), "broken gzip", id="gzip in name only"),
        pytest.param(b"PK\x03\x04" + TEXT.encode(), "is a zip archive", id="zip"),
        pytest.param(TEXT.encode("utf-16")[:-1], "is not valid UTF-16-LE", id="half a character"),
        pytest.param(b"\xef\xbb\xbf\xff\xfe", "is not valid UTF-8", id="mark and then no UTF-8"),
    ],
)
def test_refuses(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "det.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem):
        read_text_bytes(path)


def test_names_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: no such file"):
        read_text_bytes(tmp_path / "none.txt")
    with pytest.raises(InputError, match="is a folder"):
        read_text_bytes(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_text_bytes("a\0b")


def test_a_gzip_that_unpacks_without_end_is_refused_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "det.txt"
    packed = gzip.compress(b"1,-1,1,1,1,1,1\n" * 100_000, compresslevel=1)
    path.write_bytes(packed * 100)  # members one after another: 150 MB
    tracemalloc.start()
    try:
        with pytest.raises(InputError, match="unpacks to more than 64 MB; unpack it first"):
            read_detections(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 300e6
