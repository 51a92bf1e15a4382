"""Frames a second of the whole, from a 1080p video to tracks, beside its slowest stage alone and beside a plain loop.

    python benchmarks/pipeline.py [--frames 150] [--repeats 3]

The video is MOT16-11's, the detector yolox_nano.onnx, the descriptor fmvae-tracklets. The plain loop decodes with
OpenCV, runs the network by onnxruntime, describes with the same encoder and tracks with roboflow's BoT-SORT, one after
the other (`pip install trackers==2.6.1 supervision`; without them it is left out). Stages and wholes take turns;
medians are printed, and the load that other jobs put on the machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]
from flatsort.data import Frame, Sequence, open_sequence
from flatsort.data.detection.detected import DetectedSequence
from flatsort.data.detection.registry import load_detector
from flatsort.data.experiments.location import data_root
from flatsort.embedding import describe, load_descriptor
from flatsort.tracker.running.settings import TrackSettings

DESCRIPTOR = "fmvae-tracklets"


def opened(folder: Path, frames: int) -> Sequence:
    """The first frames of the video, without detections."""
    sequence = open_sequence(folder, boxes=False)
    sequence.shorten(frames)
    return sequence


def rate(work: Callable[[], Any], frames: int) -> float:
    """Frames a second."""
    start = time.perf_counter()
    work()
    return frames / (time.perf_counter() - start)


def stages(folder: Path, network: Path, frames: int, held: int) -> dict[str, tuple[Callable[[], Any], int]]:
    """What each stage does alone, and over how many frames; images are held in memory for all but decoding."""
    detector, descriptor = load_detector(str(network)), load_descriptor(DESCRIPTOR)
    assert descriptor is not None
    found: list[Frame] = list(DetectedSequence(opened(folder, held), detector))
    run = TrackSettings(descriptor=DESCRIPTOR).on(DetectedSequence(opened(folder, held), detector), images_read=True)
    inputs = list(run.inputs())

    def track() -> None:
        tracker = run.tracker()
        for one in inputs:
            one.update(tracker)

    return {
        "decoding": (lambda: [None for _ in opened(folder, frames)], frames),
        "detection": (lambda: [detector(frame.image) for frame in found if frame.image is not None], held),
        "description": (lambda: [describe(descriptor, frame) for frame in found], held),
        "tracking": (track, held),
    }


def whole(folder: Path, network: Path, frames: int) -> None:
    """All of it, overlapped."""
    sequence = DetectedSequence(opened(folder, frames), load_detector(str(network)))
    for _ in TrackSettings(descriptor=DESCRIPTOR).on(sequence, images_read=True):
        pass


def plain_loop(folder: Path, network: Path, frames: int) -> None:
    """One after the other. Raises ImportError where roboflow's trackers are not installed."""
    import cv2
    import supervision
    from trackers import BoTSORTTracker
    from yolox_reference import Yolox

    yolox, tracker, descriptor = Yolox(network, 0.1), BoTSORTTracker(), load_descriptor(DESCRIPTOR)
    assert descriptor is not None
    video = cv2.VideoCapture(str(folder / "video.mp4"))
    for _ in range(frames):
        image = video.read()[1]
        boxes, scores = yolox(image)
        descriptor(image, boxes)
        tracker.update(supervision.Detections(boxes.astype(np.float32), confidence=scores), image)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--held", type=int, default=60, help="frames held in memory for a stage alone")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    folder, network = data_root() / "MOT16/train/MOT16-11", data_root() / "detectors/yolox_nano.onnx"
    works = {
        **stages(folder, network, options.frames, min(options.held, options.frames)),
        "the whole": (lambda: whole(folder, network, options.frames), options.frames),
        "plain loop": (lambda: plain_loop(folder, network, options.frames), options.frames),
    }
    rates: dict[str, list[float]] = {}
    for _ in range(options.repeats):
        for name, (work, frames) in list(works.items()):
            try:
                rates.setdefault(name, []).append(rate(work, frames))
            except ImportError as error:
                del rates[name], works[name]
                print(f"{name} left out: {error}", file=sys.stderr)
    middle = {name: median(values) for name, values in rates.items()}
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print("| what | frames a second |\n| --- | ---: |")
    for name, value in middle.items():
        print(f"| {name} | {value:.1f} |")
    slowest = min(middle[name] for name in ("decoding", "detection", "description", "tracking"))
    print(f"\nthe whole is {middle['the whole'] / slowest:.2f} of its slowest stage alone", end="")
    print(f", {middle['the whole'] / middle['plain loop']:.2f} of the plain loop" if "plain loop" in middle else "")


if __name__ == "__main__":
    main()
