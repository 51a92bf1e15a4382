"""SORT is SORT and DeepSORT is DeepSORT, and so on: every row of the originals' outputs on real sequences.

On the drawn sequence, which every clone has, the expected tracks are flatsort's own, made by `drawn/make.py` from code
that equals the originals on the real ones.
"""

from __future__ import annotations

from dataclasses import replace
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
MOT17 = ["MOT17-02", "MOT17-04", "MOT17-05", "MOT17-11"]
DANCETRACK = ["dancetrack0005", "dancetrack0018"]
PUBLISHED = {
    "bytetrack": TrackerConfig.bytetrack(),
    "botsort": TrackerConfig.botsort(),
    "ocsort": TrackerConfig.ocsort(),
    "hybridsort": TrackerConfig.hybridsort(),
}


def track(detections: np.ndarray, config: TrackerConfig, camera: np.ndarray | None = None) -> np.ndarray:
    """Rows (frame, id, left, top, right, bottom) from rows (frame, -1, left, top, width, height, score, ...).

    camera: (frames, 2, 3) its motion, where the tracker is told.
    """
    detections = detections[detections[:, 0].argsort(kind="stable")].astype(np.float64)
    boxes = detections[:, 2:6] + np.pad(detections[:, 2:4], ((0, 0), (2, 0)))
    tracker, rows = Tracker(config), []
    for frame in range(1, int(detections[-1, 0]) + 1):
        now = detections[:, 0] == frame
        vectors = detections[now, 10:] if config.association == "appearance" else None
        motion = None if camera is None else camera[frame - 1]
        tracks = tracker.update(boxes[now], detections[now, 6], vectors, motion=motion)
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


def read_camera(path: Path) -> np.ndarray:
    """(frames, 2, 3) from BoT-SORT's format."""
    return np.loadtxt(path, usecols=range(1, 7)).reshape(-1, 2, 3)


@pytest.mark.parametrize("name", MOT17)
@pytest.mark.parametrize(("reference", "least_score"), [("sort-0.6-1", 0.601), ("sort-0.599-1", 0.6)])
def test_sort_on_mot17(real_data: Path, name: str, reference: str, least_score: float) -> None:
    """Scores have two decimals: above 0.6 is from 0.61."""
    detections = np.loadtxt(real_data / "MOT17/val_half" / name / "det/det.txt", delimiter=",", usecols=range(7))
    ours = track(detections[detections[:, 6] >= least_score], TrackerConfig.sort())
    assert_same_tracks(ours, real_data / "reference/mot17_val_half" / reference / f"{name}.txt")


@pytest.mark.parametrize("name", MOT17)
@pytest.mark.parametrize("tracker", PUBLISHED)
def test_published_on_mot17(real_data: Path, tracker: str, name: str) -> None:
    detections = np.loadtxt(real_data / "MOT17/val_half" / name / "det/det.txt", delimiter=",", usecols=range(7))
    reference = real_data / "reference/mot17_val_half" / tracker / f"{name}.txt"
    assert_same_tracks(track(detections, PUBLISHED[tracker]), reference)


@pytest.mark.parametrize("name", MOT17)
def test_botsort_with_camera_motion_on_mot17(real_data: Path, name: str) -> None:
    detections = np.loadtxt(real_data / "MOT17/val_half" / name / "det/det.txt", delimiter=",", usecols=range(7))
    ours = track(detections, PUBLISHED["botsort"], read_camera(real_data / "MOT17/gmc" / f"{name}.txt"))
    assert_same_tracks(ours, real_data / "reference/mot17_val_half/botsort-cmc" / f"{name}.txt")


@pytest.mark.parametrize("name", DANCETRACK)
@pytest.mark.parametrize("tracker", PUBLISHED)
def test_published_on_dancetrack(real_data: Path, tracker: str, name: str) -> None:
    config = PUBLISHED[tracker]
    if tracker == "hybridsort":  # its authors' setting for this benchmark
        config = replace(config, min_iou=0.15)
    detections = np.loadtxt(real_data / "DanceTrack/val" / name / "det/det.txt", delimiter=",", usecols=range(7))
    assert_same_tracks(track(detections, config), real_data / "reference/dancetrack_val" / tracker / f"{name}.txt")


@pytest.mark.parametrize(
    ("reference", "config", "least_score"),
    [
        ("sort", TrackerConfig.sort(), 0.3),
        ("deepsort", TrackerConfig.deepsort_original(), 0.3),
        *((name, config, 0.0) for name, config in PUBLISHED.items()),
        ("botsort-camera", PUBLISHED["botsort"], 0.0),
    ],
    ids=["sort", "deepsort", *PUBLISHED, "botsort-camera"],
)
def test_drawn_sequence(reference: str, config: TrackerConfig, least_score: float) -> None:
    detections, embeddings = np.loadtxt(DRAWN / "det.txt", delimiter=","), np.loadtxt(DRAWN / "embeddings.txt")
    described = np.concatenate((detections, embeddings), axis=1)
    camera = read_camera(DRAWN / "camera.txt") if reference.endswith("camera") else None
    ours = track(described[described[:, 6] >= least_score], config, camera)
    assert_same_tracks(ours, DRAWN / f"{reference}.txt")
