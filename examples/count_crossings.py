"""Count who crosses a line, and draw it, with supervision on flatsort's ids.

    pip install supervision
    python examples/count_crossings.py

The lines of `count` are all of it; `flatsort.interop.update` does the same for ultralytics' results and torchvision's.
"""

from __future__ import annotations

import numpy as np
import supervision as sv

from flatsort import Frame, Sequence, Tracker
from flatsort.data.walkers.scene import walkers_scene


def detect(frame: Frame) -> sv.Detections:
    """What your detector finds, such as `sv.Detections.from_ultralytics(model(image)[0])`; here the drawn scene's."""
    return sv.Detections(xyxy=frame.detections.boxes, confidence=frame.detections.scores)


def count(sequence: Sequence) -> tuple[int, int, np.ndarray]:
    """How many cross a line at a third of the picture to the left and to the right, and the last frame drawn."""
    width, height = sequence.size or (0, 0)
    line = sv.LineZone(sv.Point(width // 3, 0), sv.Point(width // 3, height), [sv.Position.BOTTOM_CENTER])
    colours = sv.ColorLookup.TRACK
    annotators = [sv.BoxAnnotator(color_lookup=colours), sv.TraceAnnotator(color_lookup=colours)]
    tracker = Tracker()
    for frame in sequence:
        found = tracker.update(detect(frame))
        found = found[found.tracker_id > 0]  # -1 is a detection of no confirmed track
        line.trigger(found)
        for annotator in annotators:
            frame.image[:] = annotator.annotate(frame.image, found)
    return line.out_count, line.in_count, sv.LineZoneAnnotator().annotate(frame.image, line)


def main() -> None:
    left, right, picture = count(walkers_scene(frames=200))
    height, width = picture.shape[:2]
    print(f"{left} cross to the left, {right} to the right; the last picture has {width}x{height} pixels")


if __name__ == "__main__":
    main()
