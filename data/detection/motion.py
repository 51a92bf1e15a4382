"""What moves before a fixed camera: background subtraction, and blobs as people. No weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.detection.blobs import PersonSize, learn_size, people_in
from flatsort.data.detection.detector import Found
from flatsort.data.detection.request import DetectorRequest
from flatsort.data.errors import InputError
from flatsort.data.opencv import import_cv2
from flatsort.data.sequences.sequence import Sequence

# Images that the background and a person's size are learned from, spread over the first frames of a file; of a camera
# the first images.
SAMPLES = 60
LOOK_AHEAD = 1500
# Zivkovic's mixture (2004) as OpenCV has it. The variance threshold and the rate were chosen on PETS09-S2L1.
_HISTORY, _VARIANCE, _RATE = 500, 40.0, 0.002
_BACKGROUND = 0.7  # of the time a place shows it: what is there for less is in front
_SPECK = 0.004  # of the picture's height: smaller specks are noise
# Share of the picture that is in front in half of the samples or more. Chosen to part three videos of fixed cameras
# (PETS09-S2L1, TUD-Campus, a crossing) from two of cameras that walk (a street, MOT16-11), with room on both sides.
_MOVES = 0.3
_SHADOW, _FOREGROUND = 127, 255  # what OpenCV writes into a mask


class MotionDetector:
    """Background subtraction with shadows left out.

    samples: images (h, w, 3) uint8 of the same camera, to learn background and sizes from; without any, the first
        SAMPLES images that it is called with, in which it finds nothing.
    """

    name = "motion"
    class_names = ("person",)

    def __init__(self, samples: list[NDArray[np.uint8]] | None = None) -> None:
        cv2 = import_cv2()
        self._subtractor: Any = cv2.createBackgroundSubtractorMOG2(_HISTORY, _VARIANCE, True)
        self._subtractor.setBackgroundRatio(_BACKGROUND)
        self._waiting: list[NDArray[np.uint8]] | None = []
        self._size: PersonSize | None = None
        self.changing = 0.0  # the median share of the samples that is in front
        if samples:
            self._learn(samples)

    def __call__(self, image: NDArray[np.uint8]) -> Found:
        if self._waiting is not None:
            self._waiting.append(image)
            if len(self._waiting) == SAMPLES:
                self._learn(self._waiting)
            return Found.none()
        boxes, scores = people_in(self._mask(image, _RATE), self._size)
        return Found(boxes, scores, np.zeros(len(boxes), np.int64))

    def _learn(self, samples: list[NDArray[np.uint8]]) -> None:
        # In an order of its own, so that who stands still for some samples in a row is not taken for background.
        order = np.random.default_rng(0).permutation(len(samples))
        for place in order:
            self._subtractor.apply(samples[place], learningRate=1 / len(samples))
        masks = [self._mask(sample, 0.0) for sample in samples]
        self._size = learn_size(masks)
        self.changing = float(np.median([mask.mean() for mask in masks]))
        self._waiting = None

    def _mask(self, image: NDArray[np.uint8], rate: float) -> NDArray[np.uint8]:
        cv2 = import_cv2()
        mask = (self._subtractor.apply(image, learningRate=rate) == _FOREGROUND).astype(np.uint8)
        side = max(1, round(_SPECK * image.shape[0])) | 1
        opened: NDArray[np.uint8] = cv2.morphologyEx(
            mask, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        )
        return opened


def load(request: DetectorRequest) -> MotionDetector:
    """`motion`: learns from the sequence where it can be read twice.

    Raises InputError where so much of the picture changes that the camera must be moving.
    """
    request.refuse_argument()
    sequence = request.sequence
    if sequence is None or not sequence.has_images or sequence.is_live:
        return MotionDetector()
    detector = MotionDetector(list(_samples(sequence)))
    if detector.changing > _MOVES:
        share = f"{detector.changing:.0%} of the picture changes"
        problem = f"{share}, as if the camera moved; motion finds people before a fixed one"
        raise InputError(str(sequence.source), None, problem, "name a network: --detector FILE.onnx")
    return detector


def _samples(sequence: Sequence) -> Iterator[NDArray[np.uint8]]:
    ahead = LOOK_AHEAD if sequence.length is None else min(sequence.length, LOOK_AHEAD)
    step = max(1, ahead // SAMPLES)
    for frame in islice(sequence, 0, ahead, step):
        if frame.image is not None:
            yield frame.image
