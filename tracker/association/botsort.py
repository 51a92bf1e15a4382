"""BoT-SORT without appearance: ByteTrack's stages, a filter of width and height, and the camera's motion."""

from __future__ import annotations

import numpy as np

from flatsort.tracker.association.bytetrack import ByteTrack
from flatsort.tracker.association.strategy import FrameDetections, Mask
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.coupling import predict_coupling, update_coupled, warp_coupled
from flatsort.tracker.kalman import MotionModel, Noise
from flatsort.tracker.track_table import TrackTable

# Standard deviations, as shares of a side (Aharon et al. 2022, Sec. 3.1): of a position, of a velocity.
_POSITION, _VELOCITY = 1 / 20, 1 / 160


class OwnSide(MotionModel):
    """Centre, width and height; the noise of x and width goes by the width, that of y and height by the height."""

    def variance(self, noise: Noise, positions: Floats) -> Floats:
        """The variances, `(..., n, 4)`."""
        constant, squared_weight = noise
        side = positions[:, [2, 3, 2, 3]]
        out: Floats = side * side * squared_weight + constant
        return out


def _noise(position: float, velocity: float) -> Noise:
    weights = np.array([position, velocity]) ** 2
    return np.zeros((2, 1, 4)), np.tile(weights[:, None, None], 4)


XYWH = OwnSide(
    layout="xywh",
    initial=_noise(2 * _POSITION, 10 * _VELOCITY),
    process=_noise(_POSITION, _VELOCITY),
    measurement=(np.zeros(4), np.full(4, _POSITION**2)),
)


class BoTSORT(ByteTrack):
    """Aharon et al., "BoT-SORT: Robust Associations Multi-Pedestrian Tracking" (2022).

    While the camera stands still, each coordinate is a filter of its own. Its turns couple them: the table's `coupling`
    holds by how much.
    """

    stands_still = slice(2, 4)

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__(config)
        self.model = XYWH

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """As ByteTrack, and what a turning camera couples, see `flatsort.tracker.coupling`."""
        return super().columns() | {"coupling": ((3, 4), float)}

    def predict(self, table: TrackTable, camera: Floats | None) -> None:
        """Each track's own motion, but for tentative tracks; then the camera's, for all."""
        super().predict(table, None)
        coupling = table.extra["coupling"]
        if coupling.any():
            moving = table.extra["confirmed"].nonzero()[0]
            coupled = _rows_first(coupling[moving])
            predict_coupling(coupled)
            coupling[moving] = _rows_first(coupled)
        if camera is not None:
            coupled = _rows_first(coupling)
            warp_coupled(table.filters, coupled, camera)
            table.extra["coupling"] = _rows_first(coupled)

    def update(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """A second detection confirms; coupled coordinates correct each other."""
        coupling = table.extra["coupling"]
        coupled = _rows_first(coupling[rows])
        if not coupled.any():
            super().update(table, rows, detections, columns)
            return
        filters = table.filters.take(rows, axis=1)
        update_coupled(self.model, filters, coupled, detections.measurements[columns])
        super().update(table, rows, detections, columns)
        table.filters[:, rows] = filters
        coupling[rows] = _rows_first(coupled)

    def shown(self, table: TrackTable, frame: int) -> Mask:
        """As ByteTrack, and tentative tracks too, as the authors' code does."""
        shown: Mask = super().shown(table, frame) | (table.misses == 0)
        return shown


def _rows_first(coupling: Floats) -> Floats:
    """(n, 3, 4), as the table keeps a track's entries, to (3, n, 4), as the filters lie, and back."""
    return np.ascontiguousarray(coupling.transpose(1, 0, 2))
