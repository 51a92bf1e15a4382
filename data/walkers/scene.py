"""The walkers scene: people in a street, made by one seed, with exact ground truth and a detector's errors.

They meet in pairs behind poles, where each is out of sight for some 5 to 40 frames, and pass or turn back; they cross
in the open, leave and come back. Motion alone cannot tell who comes out; their clothes can.
"""

from __future__ import annotations

import errno
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path, prepare_folder
from flatsort.data.files.video_writer import written_frames
from flatsort.data.opencv import import_cv2
from flatsort.data.sequences.sequence import Sequence
from flatsort.data.walkers.detector_noise import DetectorNoise, detect
from flatsort.data.walkers.ground_view import GroundView
from flatsort.data.walkers.rendering import Walker, WalkerRendering
from flatsort.data.walkers.routes import FRAME_RATE, plan_routes, turned
from flatsort.data.walkers.wardrobe import outfits

# Below this share hardly anybody could say who it is: the ground truth's `conf` flag is 0, as for what is not counted.
COUNTED_VISIBILITY = 0.25
_PEDESTRIAN = 1  # MOT16's class number


class WalkersScene(Sequence):
    """A sequence that draws itself.

    ground_truth: every walker of whom a pixel lies within the image, hidden or not.

    Its boxes hold the whole figure, also what is hidden or outside; `visibility` is the share of the figure's pixels
    that can be seen; `scores` is 1 where that is at least COUNTED_VISIBILITY, else 0; classes are 1, pedestrian.
    """

    ground_truth: BoxTable

    def __init__(self, rendering: WalkerRendering, noise: DetectorNoise, seed: int) -> None:
        self.ground_truth = _ground_truth(rendering)
        detections = detect(self.ground_truth, rendering.frames, rendering.view.size, noise, seed)
        super().__init__(
            "walkers",
            "walkers",
            detections,
            rendering,
            length=rendering.frames,
            frame_rate=float(FRAME_RATE),
            size=rendering.view.size,
        )

    def write_folder(self, path: str | PathLike[str], images: str | None = None) -> Path:
        """Write a MOTChallenge folder: seqinfo.ini, det/det.txt, gt/gt.txt.

        images: None, "img1" (JPEG files) or "video" (video.mp4). Raises InputError where the folder cannot be written.
        """
        if images not in (None, "img1", "video"):
            raise ValueError(f"images is {images!r}; expected None, 'img1' or 'video'")
        folder = prepare_folder(path)
        assert self.size is not None
        entries = {
            "name": self.name,
            "imDir": "img1",
            "frameRate": FRAME_RATE,
            "seqLength": self.length,
            "imWidth": self.size[0],
            "imHeight": self.size[1],
            "imExt": ".jpg",
        }
        _write(folder / "seqinfo.ini", ["[Sequence]", *(f"{key}={value}" for key, value in entries.items())])
        _write(folder / "det" / "det.txt", [f"{row},-1,-1,-1" for row in _rows(self.detections, "%.4f")])
        truth = self.ground_truth
        flags = zip(_rows(truth, "%d"), truth.classes.tolist(), truth.visibility.tolist(), strict=True)
        _write(folder / "gt" / "gt.txt", [f"{row},{kind},{seen:.5f}" for row, kind, seen in flags])
        if images == "img1":
            self._write_images(prepare_folder(folder / "img1"))
        elif images == "video":
            self._write_video(folder / "video.mp4")
        return folder

    def _write_images(self, folder: Path) -> None:
        cv2 = import_cv2()
        for frame in self:
            encoded = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
            with atomic_path(folder / f"{frame.index:06d}.jpg", durable=False) as temporary:
                temporary.write_bytes(encoded.tobytes())

    def _write_video(self, path: Path) -> None:
        cv2 = import_cv2()
        with atomic_path(path) as temporary:
            writer = cv2.VideoWriter(str(temporary), cv2.VideoWriter.fourcc(*"mp4v"), self.frame_rate, self.size)
            try:
                if not writer.isOpened():
                    raise InputError(path, None, "OpenCV cannot write MP4 here", "write images in place of a video")
                for frame in self:
                    writer.write(frame.image)
            finally:
                writer.release()
            if written_frames(temporary) != self.length:
                raise OSError(errno.EIO, "not all frames arrived", str(temporary))


def walkers_scene(
    seed: int = 0,
    frames: int = 600,
    people: int = 10,
    size: tuple[int, int] = (960, 540),
    noise: DetectorNoise | None = None,
    turned_by: float = 0.0,
    away: tuple[float, float] | None = None,
) -> WalkersScene:
    """The scene of a seed. A longer scene begins as a shorter one does.

    size: (width, height) in pixels.
    turned_by: degrees by which the camera was walked round the middle of the street. The same people walk the same
        ways at the same time, seen from elsewhere; fronts and poles stay where they were in the picture.
    away: for how many seconds people who left stay away, from and to; None: for less than one.

    Raises ValueError where frames or people are below 1, the size is below 160x90, away is no span of time, or as
    `routes.turned`.
    """
    for name, value in (("frames", frames), ("people", people)):
        if value < 1:
            raise ValueError(f"{name} is {value}; expected at least 1")
    if size[0] < 160 or size[1] < 90:
        raise ValueError(f"size is {size}; expected at least (160, 90)")
    if away is not None and not 0 <= away[0] < away[1] < np.inf:
        raise ValueError(f"away is {away}; expected a shorter and a longer time, in seconds")
    span = None if away is None else (round(away[0] * FRAME_RATE), round(away[1] * FRAME_RATE) + 1)
    rng = np.random.default_rng([seed, 0])
    heights = rng.uniform(1.58, 1.9, people)
    clothes = outfits(people, rng)
    routes = plan_routes(GroundView(size), people, frames, seed, span)
    if turned_by:
        routes = [turned(route, turned_by) for route in routes]
    walkers = [
        Walker(outfit, float(height), route) for outfit, height, route in zip(clothes, heights, routes, strict=True)
    ]
    rendering = WalkerRendering(GroundView(size), walkers, frames, seed)
    return WalkersScene(rendering, noise or DetectorNoise(), seed)


def _ground_truth(rendering: WalkerRendering) -> BoxTable:
    tables: list[tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]] = []
    for frame in range(1, rendering.frames + 1):
        boxes, visibility, inside = rendering.look(frame)
        tables.append((np.flatnonzero(inside) + 1, boxes[inside], visibility[inside]))
    ids, boxes, visibility = (np.concatenate(columns) for columns in zip(*tables, strict=True))
    frames = np.repeat(np.arange(1, rendering.frames + 1), [len(rows) for rows, _, _ in tables])
    counted = (visibility >= COUNTED_VISIBILITY).astype(np.float64)
    return BoxTable(frames, ids, boxes, counted, np.full(len(ids), _PEDESTRIAN, dtype=np.int64), visibility)


def _rows(table: BoxTable, score: str) -> list[str]:
    """MOTChallenge's first seven columns; coordinates to a hundredth of a pixel."""
    sizes = table.boxes[:, 2:] - table.boxes[:, :2]
    columns = (table.frames, table.ids, *table.boxes[:, :2].T, *sizes.T, table.scores)
    line = f"%d,%d,%.2f,%.2f,%.2f,%.2f,{score}"
    return [line % row for row in zip(*(column.tolist() for column in columns), strict=True)]


def _write(path: Path, lines: list[str]) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text("".join(f"{line}\n" for line in lines), encoding="ascii", newline="\n")
