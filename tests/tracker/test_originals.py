"""SORT is SORT and DeepSORT is DeepSORT: every row of the originals' outputs on real sequences.

On the drawn sequence, which every clone has, the expected tracks are flatsort's own, made by `drawn/make.py` from code
that equals the originals on the real ones.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from flatsort.tracker import Tracker, TrackerConfig

MOT15 = [
    *("ADL-Rundle-6", "ADL-Rundle-8", "ETH-Bahnhof", "ETH-Pedcross2", "ETH-Sunnyday", "KITTI-13", "KITTI-17"),
    *("PETS09-S2L1", "TUD-Campus", "TUD-Stadtmitte", "Venice-2"),
]
DRAWN = Path(__file__).parent / "drawn"
MOT16 = ["MOT16-02", "MOT16-04", "MOT16-05", "MOT16-09", "MOT16-11"]


def track(detections: np.ndarray, config: TrackerConfig) -> np.ndarray:
    """Rows (frame, id, left, top, right, bottom) from rows (frame, -1, left, top, width, height, score, ...)."""
    detections = detections[detections[:, 0].argsort(kind="stable")].astype(np.float64)
    boxes = detections[:, 2:6] + np.pad(detections[:, 2:4], ((0, 0), (2, 0)))
    tracker, rows = Tracker(config), []
    for frame in range(1, int(detections[-1, 0]) + 1):
        now = detections[:, 0] == frame
        vectors = detections[now, 10:] if config.association == "appearance" else None
        tracks = tracker.update(boxes[now], detections[now, 6], vectors)
        rows.append(np.column_stack((np.full(len(tracks.ids), frame), tracks.ids, tracks.boxes)))
    return np.concatenate(rows)


def assert_same_tracks(ours: np.ndarray, reference: Path) -> None:
    """The same rows to 0.02 px, and one of our ids for each of theirs."""
    theirs = np.loadtxt(reference, delimiter=",")[:, :6]
    theirs[:, 4:] += theirs[:, 2:4]
    assert len(ours) == len(theirs)
    ours_to_theirs: dict[float, float] = {}
    for frame in np.unique(theirs[:, 0]):
        a, b = ours[ours[:, 0] == frame], theirs[theirs[:, 0] == frame]
        apart = np.abs(a[:, None, 2:] - b[None, :, 2:]).max(2)
        partner = apart.argmin(1)
        assert len(a) == len(b) == len(set(partner.tolist()))
        assert apart.min(1).max() < 0.021
        for id_, other in zip(a[:, 1], b[partner, 1], strict=True):
            assert ours_to_theirs.setdefault(id_, other) == other
    assert len(set(ours_to_theirs.values())) == len(ours_to_theirs)


@pytest.mark.parametrize("name", MOT15)
def test_sort_on_mot15(real_data: Path, name: str) -> None:
    detections = np.loadtxt(real_data / "MOT15/train" / name / "det/det.txt", delimiter=",", usecols=range(7))
    assert_same_tracks(track(detections, TrackerConfig.sort()), real_data / "reference/sort_mot15" / f"{name}.txt")


@pytest.mark.parametrize("name", MOT16)
def test_sort_on_mot16(real_data: Path, name: str) -> None:
    detections = np.loadtxt(real_data / "MOT16/train" / name / "det/det.txt", delimiter=",", usecols=range(7))
    confident = detections[detections[:, 6] >= 0.3]
    assert_same_tracks(track(confident, TrackerConfig.sort()), real_data / "reference/sort_mot16_frcnn" / f"{name}.txt")


@pytest.mark.parametrize("name", ["MOT16-05", "MOT16-09"])
def test_deepsort_on_mot16(real_data: Path, name: str) -> None:
    described = np.load(real_data / "features/mars128" / f"{name}.npy", allow_pickle=False)
    ours = track(described[described[:, 6] >= 0.3], TrackerConfig.deepsort_original())
    assert_same_tracks(ours, real_data / "reference/deepsort_mars128_frcnn" / f"{name}.txt")


@pytest.mark.parametrize(
    ("reference", "config"),
    {"SORT": ("sort", TrackerConfig.sort()), "DeepSORT": ("deepsort", TrackerConfig.deepsort_original())}.values(),
    ids=("SORT", "DeepSORT"),
)
def test_drawn_sequence(reference: str, config: TrackerConfig) -> None:
    detections, embeddings = np.loadtxt(DRAWN / "det.txt", delimiter=","), np.loadtxt(DRAWN / "embeddings.txt")
    described = np.concatenate((detections, embeddings), axis=1)
    assert_same_tracks(track(described[described[:, 6] >= 0.3], config), DRAWN / f"{reference}.txt")
