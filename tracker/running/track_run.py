"""A sequence about to be tracked: decoding, detection, description and tracking, each while the others work."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from flatsort.data.classes import Names
from flatsort.data.sequences.read_ahead import read_ahead
from flatsort.tracker.running.camera_file import CameraMotionFile
from flatsort.tracker.running.pipeline import FrameInputs, FrameTracks, See, frame_inputs, tracked
from flatsort.tracker.running.presets import PRESETS
from flatsort.tracker.running.remarks import remark_classes
from flatsort.tracker.tracker import Tracker

if TYPE_CHECKING:
    from flatsort.data import Sequence
    from flatsort.embedding import Descriptor
    from flatsort.tracker.running.camera_motion import CameraMotion
    from flatsort.tracker.running.settings import TrackSettings

_AHEAD = 2  # frames prepared ahead of the tracker: enough that neither side waits, few in memory


@dataclass(frozen=True)
class TrackRun:
    """A sequence about to be tracked. Each iteration starts a new tracker and yields the tracks of every frame.

    camera: its motion from a file, the way to estimate it, or None for a camera that stands still.
    classes: numbers of those that are tracked; None: all that the sequence's detections have.
    see: is shown each frame with its tracks, in the thread that iterates.
    """

    settings: TrackSettings
    sequence: Sequence
    descriptor: Descriptor | None
    camera: CameraMotionFile | str | None = None
    classes: list[int] | None = None
    see: See | None = None

    @property
    def class_names(self) -> Names | None:
        """The names of the classes that are tracked, empty where they have none; None where there are no classes."""
        names = self.sequence.class_names
        if names is None or self.classes is None:
            return names
        return {number: name for number, name in names.items() if number in self.classes}

    def __iter__(self) -> Iterator[FrameTracks]:
        inputs = self.inputs()
        try:
            first = list(islice(inputs, 1))  # a camera or a stream says its frame rate with it
            yield from tracked(self.sequence, chain(first, inputs), self.tracker(), self.see)
        finally:
            self.sequence.stop()
            inputs.close()

    def tracker(self) -> Tracker:
        """A tracker that has seen nothing yet."""
        return Tracker(self.settings.config(self.descriptor, self.sequence.frame_rate))

    def inputs(self) -> Generator[FrameInputs, None, None]:
        """What the tracker is given, frame by frame; what needs images is found ahead, in a thread."""
        settings = self.settings
        preset = PRESETS[settings.preset_name]
        if not settings.across_classes:
            remark_classes(self.sequence, self.classes)
        motion: CameraMotion | CameraMotionFile | None = None
        if isinstance(self.camera, str):
            from flatsort.tracker.running.camera_motion import CameraMotion

            motion = CameraMotion(self.camera)
        else:
            motion = self.camera
        prepare = partial(
            frame_inputs,
            self.sequence,
            self.descriptor,
            min_confidence=preset.min_confidence if settings.min_confidence is None else settings.min_confidence,
            nms=preset.nms if settings.nms is None else settings.nms,
            min_height=settings.min_height,
            classes=self.classes,
            across_classes=settings.across_classes,
            camera_motion=motion,
        )
        return read_ahead(prepare, _AHEAD) if self._needs_images else prepare()

    @property
    def _needs_images(self) -> bool:
        return self.settings.needs_images(self.descriptor)
