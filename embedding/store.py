"""Store descriptors once, so that tracker settings can be tried in seconds."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from flatsort.data import InputError, Sequence
from flatsort.data.files.atomic import atomic_path
from flatsort.data.progress import Bar
from flatsort.embedding.descriptor import Descriptor, describe
from flatsort.embedding.gate import Gate, write_gate_beside


def store_descriptors(
    sequence: Sequence, descriptor: Descriptor, output: str | PathLike[str], watch: Bar = iter
) -> tuple[int, int]:
    """Write the descriptors of all detections as DeepSORT's `(n, 10 + d)` float32 array, for `npy:FILE`.

    Columns: frame, -1, left, top, width, height, score, three times -1, then the vector; rows sorted by frame. Distance
    and gate go to `FILE.npy.gate.json`. The file is written as the frames are read, with memory for one frame, and gets
    its name when it is complete. Returns its shape. watch: sees the frames pass by, for a progress bar.
    Raises InputError where the output has another suffix or the source is live, and as `describe` and the sequence do.
    """
    path = Path(output)
    if path.suffix != ".npy":
        raise InputError(path, None, "is no .npy file", "name the output FILE.npy")
    if sequence.is_live:
        raise InputError(str(sequence.source), None, "is live and has no end", "record it first")
    table = sequence.detections
    shape = (len(table), 10 + descriptor.dimension)
    with atomic_path(path) as temporary:
        rows = np.lib.format.open_memmap(temporary, mode="w+", dtype=np.float32, shape=shape) if len(table) else None
        if rows is None:
            np.save(temporary, np.empty(shape, np.float32))
        for frame in watch(sequence):
            at = table.rows_of(frame.index)
            if rows is None or at.stop == at.start:
                continue
            vectors = describe(descriptor, frame)
            boxes = frame.detections.boxes
            rows[at, :10] = -1
            rows[at, 0], rows[at, 2:4], rows[at, 4:6] = frame.index, boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
            rows[at, 6], rows[at, 10:] = frame.detections.scores, vectors
        if rows is not None:
            rows.flush()
    write_gate_beside(path, Gate(descriptor.distance, descriptor.gate, {"descriptor": descriptor.name}))
    return shape
