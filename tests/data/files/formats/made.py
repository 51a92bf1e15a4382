"""The same detections in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from flatsort.data import BoxTable

SIZE = (640, 360)
# frame, left, top, width, height, score, class; frame 2 has none, rows are not sorted.
ROWS = [
    (3, 100.5, 20.0, 40.0, 80.25, 0.5, 2),
    (1, 10.0, 20.0, 32.0, 64.0, 0.75, 1),
    (1, 300.0, 40.5, 30.0, 60.0, 0.25, 1),
    (3, 8.0, 16.0, 24.0, 48.0, 1.0, 1),
]
IMAGES = ["in.jpg", "between.jpg", "out.jpg"]
Corners = tuple[float, float, float, float]


def corners(row: tuple[float, ...]) -> Corners:
    _, left, top, width, height, *_ = row
    return left, top, left + width, top + height


def text(separator: str, header: str = "", *, first: int = 1, layout: str = "ltwh", classes: bool = True) -> str:
    lines = [header] if header else []
    for frame, left, top, width, height, score, number in ROWS:
        if layout == "xyxy":
            box: tuple[float, ...] = (left, top, left + width, top + height)
        elif layout == "cxcywh":
            box = (left + width / 2, top + height / 2, width, height)
        else:
            box = (left, top, width, height)
        fields = [frame - 1 + first, *box, score, *([number] if classes else [])]
        lines.append(separator.join(str(field) for field in fields))
    return "\n".join(lines) + "\n"


def mot(separator: str = ",") -> str:
    rows = [(frame, -1, *box, score, number, -1, -1) for frame, *box, score, number in ROWS]
    return "".join(separator.join(str(field) for field in row) + "\n" for row in rows)


def results(image_id: Callable[[int], Any] = int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"image_id": image_id(frame), "category_id": number, "bbox": box, "score": score, **more}
        for frame, *box, score, number in ROWS
    ]


def annotations(**image: Callable[[int], Any]) -> dict[str, Any]:
    """Images have the ids 70, 71, 72; image: what else each has, from its frame."""
    return {
        "images": [{"id": 69 + k, **{name: make(k) for name, make in image.items()}} for k in (1, 2, 3)],
        "categories": [{"id": 1, "name": "person"}, {"id": 2, "name": "bicycle"}],
        "annotations": [{"id": k, **one} for k, one in enumerate(results(lambda frame: 69 + frame))],
    }


def labels(folder: Path, name: Callable[[int], str], confidence: bool = True, ids: bool = False) -> Path:
    folder.mkdir(parents=True)
    for frame in (1, 2, 3):
        lines = []
        for place, (at, left, top, width, height, score, number) in enumerate(ROWS):
            if at == frame:
                box = ((left + width / 2) / 640, (top + height / 2) / 360, width / 640, height / 360)
                more = [*([score] if confidence else []), *([place + 5] if ids else [])]
                lines.append(" ".join(str(field) for field in (number, *box, *more)) + "\n")
        (folder / f"{name(frame)}.txt").write_text("".join(lines))
    return folder


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def as_parquet(path: Path, names: str, **more: Any) -> Path:
    columns = dict(zip(names.split(), zip(*ROWS, strict=True), strict=True))
    parquet.write_table(pa.table({name: list(column) for name, column in {**columns, **more}.items()}), path)
    return path


def check(found: BoxTable, classes: bool = True, scores: bool = True) -> None:
    rows = sorted(ROWS, key=lambda row: row[0])  # stable: the order of the file within a frame
    assert found.frames.tolist() == [row[0] for row in rows]
    np.testing.assert_allclose(found.boxes, [corners(row) for row in rows], atol=1e-9)
    assert found.scores.tolist() == ([row[5] for row in rows] if scores else [1, 1, 1, 1])
    assert found.classes.tolist() == ([row[6] for row in rows] if classes else [-1] * 4)
