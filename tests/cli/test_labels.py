"""`[LABEL=]DESCRIPTOR` and `[LABEL=]FILE`."""

from __future__ import annotations

from pathlib import Path

import pytest

from flatsort.cli.labels import labelled_descriptors, labelled_tracks
from flatsort.data import InputError


def test_descriptors() -> None:
    texts = [
        "hsv",
        "hsv,gate=0.5",
        "mars=npy:features/mars128",
        "a=onnx:deep/net.onnx",
        "onnx:deep/net.onnx,gate=0.3",
        "x/y.npz",
    ]
    assert labelled_descriptors(texts) == {
        "hsv": "hsv",
        "hsv,gate=0.5": "hsv,gate=0.5",
        "mars": "npy:features/mars128",
        "a": "onnx:deep/net.onnx",
        "net,gate=0.3": "onnx:deep/net.onnx,gate=0.3",
        "y": "x/y.npz",
    }
    with pytest.raises(InputError, match="--descriptor: a is the name of two; write LABEL=npy:y/a"):
        labelled_descriptors(["npy:x/a", "npy:y/a"])


def test_tracks(tmp_path: Path) -> None:
    odd = tmp_path / "a=b.txt"
    odd.touch()
    assert labelled_tracks(["none=runs/a/x.txt", "runs/b/y.txt", str(odd)]) == {
        "none": Path("runs/a/x.txt"),
        "y": Path("runs/b/y.txt"),
        "a=b": odd,
    }
    with pytest.raises(InputError, match=r"--tracks: x is the name of two; write LABEL=b/x\.txt"):
        labelled_tracks(["a/x.txt", "b/x.txt"])
