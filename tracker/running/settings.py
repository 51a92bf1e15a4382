"""From names and numbers to a running tracker: what a user changes about a preset."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from math import inf
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flatsort.data import InputError, open_sequence
from flatsort.data.classes import wanted_classes
from flatsort.data.detection.sources import DEFAULT_DETECTOR, detected, has_detections
from flatsort.embedding import load_descriptor
from flatsort.embedding.descriptor import FrameDescriptor
from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.running.camera import AUTO, ESTIMATED, camera_of
from flatsort.tracker.running.presets import PRESETS, one_of
from flatsort.tracker.running.track_run import TrackRun

if TYPE_CHECKING:
    from flatsort.data import Sequence
    from flatsort.embedding import Descriptor
# A distance or a gate that is named with the descriptor.
_NAMED_GATE = re.compile(r",(gate|distance)=")
ALL = "all"  # for --remember
# Detectors of which the camera has to stand still.
FIXED_CAMERA = (None, DEFAULT_DETECTOR)


def _setting(help: str, default: Any = None) -> Any:
    """A field of the settings, with the line that the command says about it as an option."""
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True)
class TrackSettings:
    """How sequences are tracked; None leaves a value to the preset.

    Each field is an option of `flatsort track` and `flatsort table`, and its `metadata["help"]` says what it does.
    preset: without one, the tracker's default, with a descriptor and without.
    descriptor: a name or file for `embedding.load_descriptor`.
    min_confidence, nms, min_height: see `tracker.running.pipeline.keep_detections`.
    A field of the name of one of `TrackerConfig` changes that. remember: seconds, or "all".
    camera_motion: "none"; estimated from the images by "flow" or "ecc"; a file of affine matrices in BoT-SORT's format,
        or a folder with one a sequence; or "auto": by "flow" where the default tracker runs and images are read in any
        case, from the file beside stored descriptors, else none.

    Raises `InputError` for settings out of range, or that contradict each other.
    """

    preset: str | None = _setting(f"{one_of(PRESETS)}.")
    descriptor: str = _setting("Appearance: none, fmvae, hsv, pca, FILE.onnx, FILE.py (whose code is run), ...", "none")
    min_confidence: float | None = _setting("Drop detections with a lower score.")
    nms: float | None = _setting("Drop detections that better ones cover by more than this.")
    min_height: float | None = _setting("Drop detections with fewer pixels of height.")
    max_age: int | None = _setting("Frames that a track may be missed before it ends.")
    n_init: int | None = _setting("Detections in a row that confirm a track.")
    motion_weight: float | None = _setting("Share of motion, against appearance, in DeepSORT's cost: 0 to 1.")
    remember: str | None = _setting(
        "Who comes back and looks the same takes the old id back, for so many SECONDS after the track ended, or all "
        "(for ever). Needs a --descriptor."
    )
    detector: str | None = _setting(
        "Find people first: motion, FILE.onnx, torchvision:NAME or FILE.py. Default where a source comes without "
        f"detections: {DEFAULT_DETECTOR}."
    )
    classes: str | None = _setting(
        "Classes to keep, by name or number, with commas between, or all. Default: person of a detector that knows it, "
        "else all."
    )
    across_classes: bool = _setting("A track may go on with a detection of another class.", False)
    camera_motion: str = _setting(
        f"Compensate a moving camera: auto (flow, where images are read in any case), none, {one_of(ESTIMATED)}, or a "
        "file of affine matrices (BoT-SORT's format).",
        AUTO,
    )

    def __post_init__(self) -> None:
        self._one_of("--preset", self.preset, (None, *PRESETS))
        self._check_camera_motion()
        if self.nms is not None and not 0 <= self.nms <= 1:
            raise InputError("--nms", None, f"is {self.nms}", "give an overlap from 0 to 1")
        for option, value in (("--min-confidence", self.min_confidence), ("--min-height", self.min_height)):
            if value is not None and value != value:
                raise InputError(option, None, "is not a number", "give a number or leave it out")
        name, association = self.preset_name, self.config().association
        appearance = association == "appearance"
        either = association == "calibrated"
        if appearance and self.descriptor == "none":
            raise InputError("--preset", None, f"{name} matches by appearance", "give a --descriptor, or leave it out")
        own_gate = appearance and PRESETS[name].gate == "preset"
        if own_gate and _NAMED_GATE.search(self.descriptor):
            problem = f"{name} has a distance and a gate of its own"
            raise InputError("--preset", None, problem, "leave gate= and distance= out, or use deepsort-original")
        if not appearance and not either and self.descriptor != "none":
            raise InputError("--preset", None, f"{name} uses no descriptor", "leave one of both out")
        if not appearance and self.motion_weight is not None:
            cure = "leave it out, or use deepsort-original"
            raise InputError("--motion-weight", None, f"{name} does not weigh motion so", cure)
        if self.remembered is not None and self.descriptor == "none":
            raise InputError("--remember", None, "tells by looks who comes back", "give a --descriptor")
        if association in ("bytetrack", "botsort") and self.n_init is not None:
            raise InputError("--n-init", None, f"{name} confirms with the second detection", "leave it out")

    def _check_camera_motion(self) -> None:
        given = self.camera_motion
        if given not in (AUTO, "none", *ESTIMATED) and not Path(given).exists():
            cure = f"use one of {AUTO}, none, {', '.join(ESTIMATED)}, or an existing file of affine matrices"
            raise InputError("--camera-motion", None, f"is {given!r}", cure)
        if given not in (AUTO, "none") and self.config().association in ("ocsort", "hybridsort"):
            problem = f"{self.preset_name} does not move its observations with a camera"
            raise InputError("--camera-motion", None, problem, "leave it out, or use botsort")

    @staticmethod
    def _one_of(option: str, value: object, known: tuple[object, ...]) -> None:
        if value not in known:
            names = ", ".join(str(name) for name in known if name is not None)
            raise InputError(option, None, f"is {value!r}", f"use one of {names}")

    @property
    def preset_name(self) -> str:
        """The preset in force."""
        return self.preset or "default"

    @property
    def remembered(self) -> float | None:
        """Seconds for which ended tracks are remembered, infinite for all; raises `InputError` for what is no time."""
        if self.remember is None or self.remember == ALL:
            return None if self.remember is None else inf
        try:
            seconds = float(self.remember)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < inf:
            raise InputError("--remember", None, f"is {self.remember!r}", f"give a number of seconds, or {ALL}")
        return seconds

    def config(self, descriptor: Descriptor | None = None, frame_rate: float | None = None) -> TrackerConfig:
        """The tracker's configuration; with `descriptor`, its distance and gate where the preset leaves them open.

        With `deepsort-original` they are the descriptor's where the user names them (`npy:FILE.npy,gate=0.3`).
        frame_rate: frames a second, where the source tells.
        """
        preset = PRESETS[self.preset_name]
        changes: dict[str, Any] = {"frame_rate": frame_rate}
        named = preset.gate == "named" and _NAMED_GATE.search(self.descriptor)
        if descriptor is not None and (preset.gate == "descriptor" or named):
            changes.update(distance=descriptor.distance, gate=descriptor.gate)
        changes["remember"] = self.remembered
        for known in fields(TrackerConfig):
            if known.name != "remember" and getattr(self, known.name, None) is not None:
                changes[known.name] = getattr(self, known.name)
        try:
            return replace(preset.config(), **changes)
        except ValueError as error:
            raise InputError(f"preset {self.preset_name}", None, str(error), "correct the option") from None

    def open(
        self,
        source: str | PathLike[str] | int,
        detections: str | PathLike[str] | None = None,
        *,
        show: bool = False,
        **reading: Any,
    ) -> TrackRun:
        """Open a source to track it; images are read only where something needs them.

        show: images are needed in any case. reading: timeout, every and reconnect as of `data.open_sequence`.
        Raises `InputError` as `data.open_sequence` and `embedding.load_descriptor`.
        """
        if self.detector is not None or not has_detections(source, detections):
            if detections is not None:
                raise InputError("--detections", None, "are there, and a --detector too", "leave one of them out")
            return self.on(detected(source, self.detector, self.classes, **reading), self.detector not in FIXED_CAMERA)
        if self.descriptor == "none" and self.camera_motion not in ESTIMATED and not show:
            return self.on(open_sequence(source, detections=detections, images=False, **reading))
        run = self.on(open_sequence(source, detections=detections, **reading))
        if self.needs_images(run.descriptor) or show:
            return run
        return replace(run, sequence=open_sequence(source, detections=detections, images=False, **reading))

    def on(self, sequence: Sequence, images_read: bool = False) -> TrackRun:
        """Track a sequence that is open already.

        images_read: whether a detector looks at the images of a camera that may move.
        Raises `InputError` as `embedding.load_descriptor`, where something needs images that are not there, and where a
        file of the camera's motion is not one of this sequence.
        """
        descriptor = load_descriptor(self.descriptor, sequence=sequence)
        if self.needs_images(descriptor) and not sequence.has_images:
            what = "--camera-motion" if self.camera_motion in ESTIMATED else f"descriptor {self.descriptor}"
            raise InputError(
                str(sequence.source), None, f"has no images, which {what} needs", "add them, or leave it out"
            )
        classes = wanted_classes(sequence.detections, self.classes, str(sequence.source))
        camera = camera_of(
            self.camera_motion,
            sequence,
            self.descriptor,
            by_default=self.config().association == "calibrated",
            images_read=images_read or self.needs_images(descriptor),
        )
        return TrackRun(self, sequence, descriptor, camera, classes)

    def needs_images(self, descriptor: Descriptor | None) -> bool:
        """Whether tracking with this descriptor looks at images."""
        stored = isinstance(descriptor, FrameDescriptor)
        return self.camera_motion in ESTIMATED or not (descriptor is None or stored)
