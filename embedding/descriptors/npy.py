"""Descriptors computed before: DeepSORT's `(n, 10 + d)` file, matched to detections by frame and box."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from flatsort.data import Frame, InputError
from flatsort.data.files.array_file import read_npy
from flatsort.embedding.descriptor import Distance
from flatsort.embedding.gate import Gate
from flatsort.embedding.request import Request

# Boxes may have been rounded to two decimals (each of left, top, width, height by up to 0.005 px, so twice that
# between two files), and float32 keeps 4K coordinates to 0.0003 px.
TOLERANCE = 0.02
# Rows whose length is 1 to within this are compared by angle: their network was trained to be.
_UNIT = 1e-3
# DeepSORT's published threshold (max_cosine_distance), for unit vectors that come without a gate.
_COSINE_GATE = 0.2
# A vector longer than this is a damaged header: no network makes one.
_LARGEST_DIMENSION = 1 << 20
_CURE = "write it with `flatsort embed SOURCE --descriptor NAME --output FILE.npy`"


class OtherDetectionsError(InputError):
    """The stored vectors are not those of these detections."""


class PrecomputedDescriptor:
    """Descriptors of known detections, looked up by frame and box.

    rows: (n, 10 + d): frame, id, left, top, width, height, score, three unused columns, then the vector (the layout of
    `deep_sort/tools/generate_detections.py`). Two rows of one frame with the same box are told apart by their score.
    """

    def __init__(
        self, rows: NDArray[np.float32], *, distance: Distance, gate: float, name: str = "npy", source: str = "array"
    ) -> None:
        if rows.ndim != 2 or rows.shape[1] <= 10:
            raise ValueError(f"rows has shape {rows.shape}, expected (n, 10 + d)")
        self.name, self.dimension, self.distance, self.gate = name, rows.shape[1] - 10, distance, gate
        self._source = source
        rows = rows[np.argsort(rows[:, 0], kind="stable")]
        self._frames, self._boxes, self._scores = rows[:, 0], rows[:, 2:6].astype(np.float64), rows[:, 6]
        self._vectors = np.ascontiguousarray(rows[:, 10:], np.float32)

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        raise ValueError(f"{self.name} is looked up by frame number: call embedding.describe(descriptor, frame)")

    def of_frame(self, frame: Frame) -> NDArray[np.float32]:
        """The vectors of the frame's detections. Raises OtherDetectionsError where a detection has no row."""
        start, stop = np.searchsorted(self._frames, [frame.index, frame.index + 1])
        boxes, scores = frame.detections.boxes, frame.detections.scores
        ltwh = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
        if stop == start:
            raise self._no_row(frame.index, ltwh, np.arange(len(ltwh)))
        apart = np.abs(ltwh[:, None] - self._boxes[None, start:stop]).max(axis=2)
        rows = apart.argmin(axis=1)
        missing = np.flatnonzero(apart[np.arange(len(ltwh)), rows] > TOLERANCE)
        if len(missing):
            raise self._no_row(frame.index, ltwh, missing)
        if len(np.unique(rows)) < len(rows) or (np.count_nonzero(apart <= TOLERANCE, axis=1) > 1).any():
            rows = self._tell_apart(frame.index, apart, scores, self._scores[start:stop], ltwh)
        vectors: NDArray[np.float32] = self._vectors[start + rows]
        return vectors

    def _tell_apart(
        self,
        index: int,
        apart: NDArray[np.float64],
        scores: NDArray[np.float64],
        stored: NDArray[np.float32],
        ltwh: NDArray[np.float64],
    ) -> NDArray[np.int64]:
        """Each row once; of several that fit, the one with the nearest score, then in the file's order."""
        fits = apart <= TOLERANCE
        order = np.abs(np.arange(len(scores))[:, None] - np.arange(len(stored))[None]) / (len(scores) + len(stored))
        cost = np.where(fits, np.abs(scores[:, None] - stored[None]) + 1e-9 * order, 1e6)
        if np.isnan(cost).any():
            cost = np.where(fits, order, 1e6)
        found, rows = linear_sum_assignment(cost)
        matched = np.isin(np.arange(len(scores)), found[fits[found, rows]])
        if not matched.all():
            raise self._no_row(index, ltwh, np.flatnonzero(~matched))
        return np.asarray(rows, np.int64)

    def _no_row(self, index: int, ltwh: NDArray[np.float64], missing: NDArray[np.int64]) -> InputError:
        first = ", ".join(f"{value:.2f}" for value in ltwh[missing[0]])
        found = f"no row for {len(missing)} of {len(ltwh)} detections (first left, top, width, height: {first})"
        problem = f"frame {index}: {found}"
        return OtherDetectionsError(self._source, None, problem, "it was made for other detections; " + _CURE)


def load(request: Request) -> PrecomputedDescriptor:
    """`npy:FILE`, or `npy:FOLDER` with one `<sequence name>.npy` a sequence."""
    path = request.file()
    if path.is_dir():
        if request.sequence is None:
            raise InputError(path, None, "is a folder, and no sequence says which file to take", "name the file")
        path = path / f"{request.sequence.name}.npy"
        if not path.is_file():
            raise InputError(path, None, "does not exist", _CURE)
    rows = read_descriptor_rows(path)
    gate = request.gate_of(path)
    unit = bool((np.abs(np.linalg.norm(rows[:, 10:], axis=1) - 1) < _UNIT).all())
    if gate is None:
        if not unit:
            raise InputError(
                path,
                None,
                "its vectors have no unit length and come without a gate",
                "run `flatsort calibrate`, or give gate=VALUE",
            )
        gate = Gate("cosine", _COSINE_GATE)
    if not isinstance(gate, Gate):
        gate = Gate("cosine" if unit else "euclidean", gate)
    return PrecomputedDescriptor(rows, distance=gate.distance, gate=gate.value, name=request.text, source=str(path))


def read_descriptor_rows(path: Path) -> NDArray[np.float32]:
    """Read an `(n, 10 + d)` array. Raises InputError where it is no such array; nothing is unpickled."""
    rows = read_npy(path, _CURE)
    if rows.ndim != 2 or not 10 < rows.shape[1] <= 10 + _LARGEST_DIMENSION:
        raise InputError(path, None, f"has shape {rows.shape}, expected (n, 10 + d)", _CURE)
    finite = np.isfinite(rows[:, 0]) & np.isfinite(rows[:, 2:6]).all(axis=1) & np.isfinite(rows[:, 10:]).all(axis=1)
    if not finite.all():
        bad = int(np.flatnonzero(~finite)[0])
        raise InputError(path, bad + 1, "NaN or infinity", "remove the row, or compute it again")
    broken = rows[:, 0] != np.floor(rows[:, 0])
    if broken.any():
        bad = int(np.flatnonzero(broken)[0])
        raise InputError(path, bad + 1, f"frame is {rows[bad, 0]:g}, not a whole number", "count frames 1, 2, 3, ...")
    with np.errstate(over="ignore"):
        narrow = np.asarray(rows, np.float32)
    beyond = ~np.isfinite(narrow[:, 10:]).all(axis=1)
    if beyond.any():
        raise InputError(path, int(beyond.argmax()) + 1, "a number beyond float32", "scale the vectors")
    return narrow
