"""Labelled crops: which boxes are taken, what is cut, and sources that cannot be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.crops.labelled_crops import load

MOT16, MOT15 = "{},{},{},{},{},{},{conf},{kind},{seen}", "{},{},{},{},{},{},{conf},-1,-1,-1"


def image(frame: int) -> np.ndarray:
    return np.random.default_rng(frame).integers(0, 256, (120, 160, 3), dtype=np.uint8)


def folder(path: Path, rows: list[str], frames: int = 6, images: bool = True) -> Path:
    """A MOTChallenge folder without detections."""
    (path / "gt").mkdir(parents=True)
    (path / "seqinfo.ini").write_text(f"[Sequence]\nname={path.name}\nseqLength={frames}\nimExt=.png\n")
    (path / "gt" / "gt.txt").write_text("\n".join(rows))
    if images:
        (path / "img1").mkdir()
        for frame in range(1, frames + 1):
            cv2.imwrite(str(path / "img1" / f"{frame:06}.png"), image(frame))
    return path


def row(frame: int, identity: int, form: str = MOT16, *, conf: int = 1, kind: int = 1, seen: float = 1.0) -> str:
    return form.format(frame, identity, 10 + 20 * identity, 20, 16, 40, conf=conf, kind=kind, seen=seen)


def people(*identities: int, form: str = MOT16) -> list[str]:
    return [row(frame, identity, form) for frame in range(1, 7) for identity in identities]


def test_identities_are_unique_over_sequences_and_crops_are_those_of_the_boxes(tmp_path: Path) -> None:
    a = folder(tmp_path / "a", people(1, 3))
    b = folder(tmp_path / "b", people(3, 4, form=MOT15))
    data = load([a, b])
    assert data.names == ("a", "b")
    assert data.crops.shape == (24, 160, 80, 3)
    pairs = sorted(set(zip(data.sequences.tolist(), data.identities.tolist(), strict=True)))
    assert pairs == [(0, 0), (0, 1), (1, 2), (1, 3)]
    for at in range(24):
        identity = (1, 3, 3, 4)[data.identities[at]]
        box = np.array([[10.0 + 20 * identity, 20, 26 + 20 * identity, 60]])
        expected = cut_crops(image(int(data.frames[at])), box, (128, 64))[0]
        np.testing.assert_allclose(data.boxes[at].astype(int), expected.astype(int), atol=6)  # 1/32 px of noise


@pytest.mark.parametrize(
    ("name", "unusable"),
    [
        ("another class", {"kind": 2}),
        ("does not count", {"conf": 0}),
        ("hidden", {"seen": 0.29}),
    ],
)
def test_rows_that_are_left_out(tmp_path: Path, name: str, unusable: dict[str, float]) -> None:
    rows = [*people(1, 2), *(row(frame, 3, **unusable) for frame in range(1, 7)), row(1, 4)]  # type: ignore[arg-type]
    data = load([folder(tmp_path / "a", rows)])
    assert set(data.identities.tolist()) == {0, 1}, name


def test_at_most_so_many_of_an_identity_over_its_whole_time(tmp_path: Path) -> None:
    data = load([folder(tmp_path / "a", people(1, 2))], per_identity=3)
    assert data.frames[data.identities == 0].tolist() == [1, 3, 6]


def test_the_bar_sees_the_frames(tmp_path: Path) -> None:
    seen: list[object] = []

    def bar(name: str, length: int | None) -> Callable[..., object]:
        seen.append((name, length))
        return lambda frames: (seen.append(frame.index) or frame for frame in frames)

    load([folder(tmp_path / "a", people(1, 2))], watch=bar)  # type: ignore[arg-type]
    assert seen == [("a", 6), 1, 2, 3, 4, 5, 6]


def test_sources_that_cannot_be_used(tmp_path: Path) -> None:
    good = folder(tmp_path / "good", people(1, 2))
    blind = folder(tmp_path / "blind", people(1, 2), images=False)
    (tmp_path / "unlabelled").mkdir()
    alone = folder(tmp_path / "alone", [*people(1), row(1, 2)])
    for sources, message in (
        ([tmp_path / "missing"], "missing: no such folder"),
        ([tmp_path / "unlabelled"], "has no ground truth; .* train without labels"),
        ([blind], "blind: has no images to cut crops from"),
        ([alone], "alone: 1 identities of pedestrians seen twice, at least 2 are needed"),
        ([], "SOURCE: 0 identities"),
        ([good, tmp_path / "x" / ".." / "good"], "holds a sequence twice"),
    ):
        with pytest.raises(InputError, match=message):
            load(sources)


def test_real_sequences_give_their_people(real_data: Path) -> None:
    data = load([real_data / "MOT15" / "train" / "TUD-Campus"], per_identity=2)
    assert len(np.unique(data.identities)) == 8
    assert data.boxes.std() > 20
