"""A picture of why: a track's expected place, and the detections that it could take."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from flatsort.data.opencv import import_cv2
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.drawing.draw import colour_of, draw_label, stroke_of
from flatsort.tracker.drawing.picture import PAPER, Image
from flatsort.tracker.explanation import Explanation

cv2 = import_cv2()

DASH = 6  # pixels at 720 lines, drawn and left out


def draw_candidates(image: Image, explanation: Explanation, identity: int, boxes: Floats, places: Integers) -> None:
    """Draw into the picture, in place: where the track is expected (dashed), and each candidate with its gain.

    boxes: (m, 4) `xyxy`, of the detections that the tracker is given. The one that is taken has the track's colour.
    places: (m,) the number that stands at each.
    """
    stroke = stroke_of(image)
    colour = colour_of(identity)
    candidates = explanation.of_track(identity)
    for pair in candidates[::-1]:  # the best on top
        taken = bool(explanation.chosen[pair])
        left, top, right, bottom = np.round(boxes[explanation.columns[pair]]).astype(int).tolist()
        shade = colour if taken else PAPER
        cv2.rectangle(image, (left, top), (right, bottom), shade, 2 * stroke if taken else stroke)
        text = f"{places[explanation.columns[pair]]}: {explanation.terms.gain[pair]:+.2f}"
        draw_label(image, text, (left, top), shade)
    for box in explanation.predicted[explanation.tracks == identity]:
        _dashed(image, box, colour, stroke)


def _dashed(image: Image, box: Floats, colour: tuple[int, int, int], stroke: int) -> None:
    left, top, right, bottom = box.tolist()
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom], [left, top]])
    for start, end in pairwise(corners):
        pieces = max(1, int(np.abs(end - start).max() / (DASH * stroke / 2)))
        points = np.round(start + np.linspace(0, 1, pieces + 1)[:, None] * (end - start)).astype(int).tolist()
        for one, two in zip(points[:-1:2], points[1::2], strict=False):
            cv2.line(image, tuple(one), tuple(two), colour, stroke)
