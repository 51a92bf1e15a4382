"""Detections of supervision, ultralytics and torchvision come back with the ids that the tracker gives to arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import supervision
import torch

from flatsort import Tracker, TrackerConfig
from flatsort.interop import detections_of, update

FRAMES = 12
SURE = TrackerConfig.sort(n_init=3)


def boxes_of(frame: int) -> np.ndarray:
    """Two people walk towards each other at different heights; a third comes in frame 10, before them in the rows."""
    walkers = [[10.0 + 6 * frame, 20, 40 + 6 * frame, 90], [200.0 - 6 * frame, 120, 230 - 6 * frame, 190]]
    return np.array([[300.0, 10, 330, 80], *walkers] if frame >= 10 else walkers)


def scores_of(frame: int) -> np.ndarray:
    return np.linspace(0.9, 0.6, len(boxes_of(frame)))


def expected() -> list[list[int]]:
    tracker = Tracker(SURE)
    return [tracker.update(boxes_of(f), scores_of(f)).detection_ids.tolist() for f in range(1, FRAMES + 1)]


def as_supervision(frame: int) -> supervision.Detections:
    boxes = boxes_of(frame)
    return supervision.Detections(
        xyxy=boxes.astype(np.float32),
        confidence=scores_of(frame),
        class_id=(boxes[:, 1] > 100).astype(int),  # each person's own
        data={"class_name": np.array([f"row {k}" for k in range(len(boxes))])},
    )


def as_torchvision(frame: int, kind: Any = torch.tensor) -> dict[str, Any]:
    boxes, scores = boxes_of(frame), scores_of(frame)
    return {
        "boxes": kind(boxes),
        "scores": kind(scores),
        "labels": kind(np.ones(len(boxes), np.int64)),
        "masks": "kept",
    }


class Boxes:
    """The part of `ultralytics.engine.results.Boxes` that is used: columns x1, y1, x2, y2, (id), confidence, class."""

    def __init__(self, boxes: Any, orig_shape: tuple[int, int]) -> None:
        assert boxes.ndim == 2
        assert boxes.shape[1] in (6, 7)
        self.data, self.orig_shape = boxes, orig_shape

    xyxy = property(lambda self: self.data[:, :4])
    conf = property(lambda self: self.data[:, -2])
    cls = property(lambda self: self.data[:, -1])
    id = property(lambda self: self.data[:, -3] if self.data.shape[1] == 7 else None)


@dataclass
class Results:
    """The part of `ultralytics.engine.results.Results` that is used."""

    boxes: Any
    path: str = "kept"
    obb: Any = None


def as_ultralytics(frame: int, kind: Any = torch.tensor) -> Results:
    columns = [boxes_of(frame), scores_of(frame), np.ones(len(boxes_of(frame)))]
    return Results(Boxes(kind(np.column_stack(columns).astype(np.float32)), (240, 400)))


IDS = {
    "supervision": (as_supervision, lambda found: found.tracker_id),
    "torchvision, tensors": (as_torchvision, lambda found: found["ids"]),
    "torchvision, arrays": (lambda frame: as_torchvision(frame, np.array), lambda found: found["ids"]),
    "ultralytics, tensors": (as_ultralytics, lambda found: found.boxes.id),
    "ultralytics, arrays": (lambda frame: as_ultralytics(frame, np.array), lambda found: found.boxes.id),
}


@pytest.mark.parametrize(("make", "ids_of"), IDS.values(), ids=IDS)
def test_ids_are_those_of_arrays(make: Any, ids_of: Any) -> None:
    tracker = Tracker(SURE)
    ids = [np.asarray(ids_of(update(tracker, make(frame)))).astype(int).tolist() for frame in range(1, FRAMES + 1)]
    assert ids == expected()
    assert -1 in ids[9]
    assert ids[11][1:] == ids[8]


@pytest.mark.parametrize(("make", "ids_of"), IDS.values(), ids=IDS)
def test_the_detections_are_as_the_caller_has_them(make: Any, ids_of: Any) -> None:
    for frame in (9, 11):
        found = detections_of(make(frame))
        np.testing.assert_allclose(found.boxes, boxes_of(frame), rtol=1e-6)
        np.testing.assert_allclose(found.scores, scores_of(frame), rtol=1e-6)
        assert found.classes is not None
        assert found.classes.dtype == np.int64


def test_supervision_keeps_its_rows_and_is_not_changed() -> None:
    found = as_supervision(1)
    back = Tracker(TrackerConfig.sort()).update(found)
    assert isinstance(back, supervision.Detections)
    assert found.tracker_id is None
    assert back.data["class_name"].tolist() == ["row 0", "row 1"]
    second = back.tracker_id.tolist().index(2)
    assert back[back.tracker_id == 2].data["class_name"].tolist() == [f"row {second}"]
    assert len(Tracker().update(supervision.Detections.empty())) == 0


def test_supervision_counts_and_draws_on_the_ids() -> None:
    line = supervision.LineZone(
        supervision.Point(100, 0), supervision.Point(100, 240), [supervision.Position.BOTTOM_CENTER]
    )
    trace = supervision.TraceAnnotator(color_lookup=supervision.ColorLookup.TRACK)
    tracker, picture = Tracker(SURE), np.zeros((240, 400, 3), np.uint8)
    for frame in range(1, 26):
        found = tracker.update(as_supervision(frame))
        found = found[found.tracker_id > 0]
        line.trigger(found)
        picture = trace.annotate(picture, found)
    assert {line.in_count, line.out_count} == {1}  # each walker crosses once, in opposite directions
    assert picture.any()


def test_detections_without_scores_are_all_alike() -> None:
    back = Tracker().update(supervision.Detections(xyxy=boxes_of(1)))
    assert sorted(back.tracker_id.tolist()) == [1, 2]


def test_torchvisions_dictionary_keeps_its_entries_and_is_not_changed() -> None:
    found = as_torchvision(1)
    back = update(Tracker(), found)
    assert set(found) == {"boxes", "scores", "labels", "masks"}
    assert back["masks"] == "kept"
    assert back["ids"].dtype == torch.int64


def test_ultralytics_results_keep_their_rows_and_are_not_changed() -> None:
    found = as_ultralytics(1)
    back = update(Tracker(), found)
    assert found.boxes.id is None
    assert back.path == "kept"
    assert back.boxes.orig_shape == (240, 400)
    np.testing.assert_array_equal(back.boxes.xyxy, found.boxes.xyxy)
    np.testing.assert_array_equal(back.boxes.conf, found.boxes.conf)
    np.testing.assert_array_equal(back.boxes.cls, found.boxes.cls)


def test_ids_of_many_tracks_survive_half_precision() -> None:
    tracker = Tracker(TrackerConfig.sort())
    tracker._last_id = 3000
    found = Results(Boxes(torch.tensor([[0.0, 0, 64, 64, 0.5, 1]], dtype=torch.float16), (240, 400)))
    assert update(tracker, found).boxes.id.tolist() == [3001]


def test_gradients_and_half_precision_are_read() -> None:
    boxes = torch.tensor([[0.0, 0, 64, 64]], dtype=torch.bfloat16, requires_grad=True)
    found = detections_of({"boxes": boxes, "scores": torch.tensor([0.5]), "labels": torch.tensor([3])})
    assert found.boxes.tolist() == [[0, 0, 64, 64]]
    assert found.classes is not None
    assert found.classes.tolist() == [3]


@pytest.mark.parametrize(
    ("found", "message"),
    {
        "a list of them": (
            [as_torchvision(1)],
            "found is list; give supervision.Detections, ultralytics' Results of one",
        ),
        "a dictionary without labels": ({"boxes": [], "scores": []}, "the dictionary has no 'labels'"),
        "oriented boxes": (Results(None, obb=3), "oriented boxes, which are not tracked"),
        "an array": (boxes_of(1), "found is ndarray"),
    }.values(),
)
def test_anything_else_is_a_type_error(found: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        update(Tracker(), found)


def test_scores_beside_detections_or_missing() -> None:
    with pytest.raises(ValueError, match="scores are those of the detections"):
        Tracker().update(as_supervision(1), scores_of(1))  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="scores are missing"):
        Tracker().update(boxes_of(1))  # type: ignore[type-var]
