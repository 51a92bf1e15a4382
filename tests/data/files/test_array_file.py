"""npy and npz files of others: nothing is allocated that the file does not hold; no error but the clean ones."""

from __future__ import annotations

import io
import resource
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.files.array_file import LARGEST_ARCHIVE, read_npy, read_npz


def header(text: str, version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text.encode()


def of_shape(shape: str, kind: str = "'<f4'", order: str = "False") -> bytes:
    return header(f"{{'descr': {kind}, 'fortran_order': {order}, 'shape': {shape}, }}\n")


@pytest.mark.parametrize("kind", [np.float32, ">f8", np.int64, np.uint8, np.float16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_reads_what_numpy_writes(tmp_path: Path, kind: str, order: str) -> None:
    array = np.asarray(np.arange(12).reshape(3, 4), kind, order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", a=array, b=array[:0])
    np.savez_compressed(tmp_path / "packed.npz", a=array, b=array[:0])
    found = [read_npy(tmp_path / "a.npy", "")]
    for archive in ("a.npz", "packed.npz"):
        stored = read_npz(tmp_path / archive, ("a", "b"))
        found.append(stored["a"])
        assert stored["b"].shape == (0, 4)
    for one in found:
        assert one.dtype == array.dtype
        np.testing.assert_array_equal(one, array)


@pytest.mark.parametrize(
    ("content", "message"),
    {
        "no array": (b"hello", "is no .npy array"),
        "later version": (header("{}", b"\x02\x00"), "named fields"),
        "unknown version": (header("{}", b"\x09\x00"), "named fields"),
        "cut header": (b"\x93NUMPY\x01\x00\xff\xff{", "damaged header"),
        "no dictionary": (header("[1, 2]"), "damaged header"),
        "tokenizer": (header("{'descr': '<f4', 'shape': (3L, (4}\n"), "damaged header"),
        "deep": (header("(" * 9000), "damaged header"),
        "objects": (of_shape("(2,)", "'|O'"), "holds Python objects"),
        "text": (of_shape("(2,)", "'<U4'"), "holds <U4, not numbers"),
        "fields": (of_shape("(2,)", "[('a', '<f4')]"), "not numbers"),
        "a type of a gigabyte": (of_shape("(0,)", "'|S1000000000'"), "not numbers"),
        "more than the file": (of_shape("(3000000000, 4)"), "are too few for the shape"),
        "beyond 64 bits": (of_shape(f"({10**30}, 4)"), "beyond all bounds"),
        "negative": (of_shape("(-1, 4)"), r"has the shape \(-1, 4\)"),
        "no values and endless rows": (of_shape(f"(0, {2**40})"), r"has the shape \(0, 1099511627776\)"),
    }.values(),
)
def test_damaged(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.npy").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.npy: .*{message}.*; write it again"):
        read_npy(tmp_path / "a.npy", "write it again")
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("a.npy", content)
    with pytest.raises(ValueError, match=message):
        read_npz(tmp_path / "a.npz", ("a",))


def archive_of(content: bytes, change: Callable[[bytes], bytes] = bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", content)
    return change(file.getvalue())


def broken_stream(data: bytes) -> bytes:
    return data[:60] + b"\xff" * 100 + data[160:]


def flagged(other: bytes) -> Callable[[bytes], bytes]:
    """Replace the version, flags and method that `zipfile` writes, in the member's header and in the directory."""
    return lambda data: data.replace(b"\x14\0\0\0\x08", other)


ARRAY = of_shape("(1000,)") + np.arange(1000, dtype=np.float32).tobytes()


@pytest.mark.parametrize(
    ("content", "message"),
    {
        "no archive": (b"hello", "not a zip file"),
        "empty": (b"", "not a zip file"),
        "no such array": (archive_of(ARRAY, lambda data: data.replace(b"a.npy", b"b.npy")), "a.npy"),
        "broken stream": (archive_of(ARRAY, broken_stream), "(Error|Bad CRC|inval)"),
        "encrypted": (archive_of(ARRAY, flagged(b"\x14\0\1\0\x08")), "encrypted"),
        "unknown packing": (archive_of(ARRAY, flagged(b"\x14\0\0\0\x63")), "method"),
    }.values(),
)  # fmt: skip
def test_damaged_archive(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_npz(tmp_path / "a.npz", ("a",))


def test_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    """10 GB of zeros in 10 MB would take a minute to unpack."""
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as file:
        file.write(of_shape("(40000000,)"))
        for _ in range(LARGEST_ARCHIVE >> 20):
            file.write(bytes(1 << 20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match="unpacks to more than"):
        read_npz(tmp_path / "a.npz", ("a",))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + (16 << 10)  # kB


def test_bomb_whose_directory_lies(tmp_path: Path) -> None:
    """What unpacks to more than the directory says ends there."""
    content = of_shape("(10000000,)") + bytes(40_000_000)
    size = struct.pack("<I", len(content))
    (tmp_path / "a.npz").write_bytes(archive_of(content, lambda data: data.replace(size, struct.pack("<I", 1000))))
    with pytest.raises(ValueError, match=r"1000 bytes are too few|Bad CRC"):
        read_npz(tmp_path / "a.npz", ("a",))
