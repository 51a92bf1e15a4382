"""Track a sequence up to a frame, and explain that one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.tracker.boxes import Floats
from flatsort.tracker.explanation import Explanation, explain
from flatsort.tracker.running.pipeline import FrameInputs, FrameTracks
from flatsort.tracker.running.track_run import TrackRun

Watch = Callable[[Iterable[FrameTracks]], Iterable[FrameTracks]]


@dataclass(frozen=True, slots=True)
class ExplainedFrame:
    """explanation: of the frame. boxes: (m, 4) `xyxy` of its detections. image: where it was read.

    places: (m,) int64, of each among all detections of the frame, counted from 0, before any filter.
    """

    explanation: Explanation
    boxes: Floats
    image: NDArray[np.uint8] | None
    places: NDArray[np.int64]


def explain_frame(run: TrackRun, frame: int, watch: Watch = iter) -> ExplainedFrame:
    """Explain frame `frame`, counted from 1, after those before it were tracked.

    Raises InputError as tracking does, where the sequence is shorter, and for a preset without terms.
    """
    tracker = run.tracker()

    def tracked() -> Iterator[FrameTracks]:
        for inputs in run.inputs():
            if inputs.index == frame:
                found.append(inputs)
                return
            yield inputs.update(tracker)

    found: list[FrameInputs] = []
    last = 0
    for tracks in watch(tracked()):
        last = tracks.index
    if not found:
        raise InputError(str(run.sequence.source), None, f"has {last} frames", f"explain one before frame {last + 1}")
    inputs = found[0]
    try:
        explanation = explain(
            tracker, inputs.boxes, inputs.scores, inputs.embeddings, inputs.classes, motion=inputs.motion
        )
    except ValueError as error:
        raise InputError("--preset", None, str(error), "leave it out") from None
    return ExplainedFrame(explanation, inputs.boxes, inputs.image, inputs.places)
