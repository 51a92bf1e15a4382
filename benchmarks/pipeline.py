"""Frames a second of the whole, from a 1080p video to tracks, beside its stages alone and beside a plain loop.

    python benchmarks/pipeline.py [--frames 150] [--repeats 3]

The video is MOT16-11's, the detector yolox_nano.onnx, the descriptor fmvae-tracklets. The plain loop decodes with
OpenCV, runs the network by onnxruntime, describes with the same encoder and tracks with roboflow's BoT-SORT, one after
the other (`pip install trackers==2.6.1 supervision`; without them it is left out). Networks are loaded before. Stages
and wholes take turns; medians are printed, and the load that other jobs put on the machine. Processor time is that of
all threads; the whole cannot be faster than the cores divided by it.
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


Work = Callable[[], Any]


def timed(work: Work, frames: int) -> tuple[float, float]:
    """Seconds a frame, and seconds of the processor a frame."""
    start, processor = time.perf_counter(), time.process_time()
    work()
    return (time.perf_counter() - start) / frames, (time.process_time() - processor) / frames


def stages(folder: Path, network: Path, frames: int, held: int) -> dict[str, tuple[Callable[[], Work], int]]:
    """Makes what each stage does alone, and over how many frames; images are held in memory for all but decoding."""
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
        "decoding": (lambda: lambda: [None for _ in opened(folder, frames)], frames),
        "detection": (lambda: lambda: [detector(frame.image) for frame in found if frame.image is not None], held),
        "description": (lambda: lambda: [describe(descriptor, frame) for frame in found], held),
        "tracking": (lambda: track, held),
    }


def whole(folder: Path, network: Path, frames: int) -> Work:
    """All of it, overlapped."""
    sequence = DetectedSequence(opened(folder, frames), load_detector(str(network)))
    run = TrackSettings(descriptor=DESCRIPTOR).on(sequence, images_read=True)
    return lambda: [None for _ in run]


def plain_loop(folder: Path, network: Path, frames: int) -> Work:
    """One after the other. Raises ImportError where roboflow's trackers are not installed."""
    import cv2
    import supervision
    from trackers import BoTSORTTracker
    from yolox_reference import Yolox

    yolox, tracker, descriptor = Yolox(network, 0.1), BoTSORTTracker(), load_descriptor(DESCRIPTOR)
    assert descriptor is not None
    video = cv2.VideoCapture(str(folder / "video.mp4"))

    def loop() -> None:
        for _ in range(frames):
            image = video.read()[1]
            boxes, scores = yolox(image)
            descriptor(image, boxes)
            tracker.update(supervision.Detections(boxes.astype(np.float32), confidence=scores), image)

    return loop


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
    times: dict[str, list[tuple[float, float]]] = {}
    for _ in range(options.repeats):
        for name, (prepare, frames) in list(works.items()):
            try:
                times.setdefault(name, []).append(timed(prepare(), frames))
            except ImportError as error:
                del times[name], works[name]
                print(f"{name} left out: {error}", file=sys.stderr)
    middle = {name: [median(column) for column in zip(*rows, strict=True)] for name, rows in times.items()}
    cores = len(os.sched_getaffinity(0))
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {cores} cores\n")
    print("| what | frames a second | processor time a frame, ms |\n| --- | ---: | ---: |")
    for name, (seconds, processor) in middle.items():
        print(f"| {name} | {1 / seconds:.1f} | {1000 * processor:.1f} |")
    seconds, processor = middle["the whole"]
    slowest = max(middle[name][0] for name in ("decoding", "detection", "description", "tracking"))
    print(f"\nthe whole is {slowest / seconds:.2f} of its slowest stage alone, ", end="")
    print(f"{processor / cores / seconds:.2f} of what {cores} cores allow", end="")
    print(f", {middle['plain loop'][0] / seconds:.2f} of the plain loop" if "plain loop" in middle else "")


if __name__ == "__main__":
    main()
