"""Store descriptors once, so that tracker settings can be tried in seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path

import numpy as np

from flatsort.data import Frame, InputError, Sequence
from flatsort.data.files.atomic import atomic_path
from flatsort.embedding.descriptor import Descriptor, describe
from flatsort.embedding.gate import Gate, write_gate_beside


def store_descriptors(
    sequence: Sequence,
    descriptor: Descriptor,
    output: str | PathLike[str],
    watch: Callable[[Iterable[Frame]], Iterable[Frame]] = iter,
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
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        layout = {"descr": "<f4", "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, layout)
        written = 0
        for frame in watch(sequence):
            at = table.rows_of(frame.index)
            if at.stop == at.start:
                continue
            rows = np.full((at.stop - at.start, shape[1]), -1, dtype="<f4")
            boxes = frame.detections.boxes
            rows[:, 0], rows[:, 2:4], rows[:, 4:6] = frame.index, boxes[:, :2], boxes[:, 2:] - boxes[:, :2]
            rows[:, 6], rows[:, 10:] = frame.detections.scores, describe(descriptor, frame)
            # Not a memory map: a full disk kills the process that writes to one.
            file.write(rows.data)
            written += len(rows)
        if written < len(table):
            problem = f"has detections in frames that it does not give: {len(table) - written} of {len(table)}"
            raise InputError(str(sequence.source), None, problem, "remove these detections")
    write_gate_beside(path, Gate(descriptor.distance, descriptor.gate, {"descriptor": descriptor.name}))
    return shape
