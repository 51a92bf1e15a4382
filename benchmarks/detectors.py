"""AP50 of the YOLOX detectors on PennFudan and on MOT16-11, beside that of a pipeline that shares no code with them.

    FLATSORT_DATA=DATA python benchmarks/detectors.py [--every 10]

Needs pycocotools (test extra), which computes AP as COCO does. Each picture goes through this project's detector and
through `yolox_reference.py`, both with the score threshold 0.01. MOT16-11: every N-th frame from the first; truth are
its pedestrians, however hidden; what MOTChallenge neither counts nor punishes (people on vehicles, static people,
distractors, reflections) is COCO's crowd. `--visible 0.5` makes crowd of pedestrians that are less visible, too.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.yolox_reference import Yolox
from flatsort.data.detection import detect, load_detector
from flatsort.data.experiments.location import data_root

MODELS = ("yolox_nano", "person_yolox_rpi")
SCORE = 0.01
UNCOUNTED = (2, 7, 8, 12)  # MOTChallenge's classes that are neither counted nor punished

Boxes = NDArray[np.float64]
Find = Callable[[NDArray[np.uint8]], tuple[Boxes, NDArray[np.float64]]]


class Picture(NamedTuple):
    """A picture, (h, w, 3) uint8 BGR, with the true boxes (n, 4) `xyxy`, and (n,) whether each is crowd."""

    image: NDArray[np.uint8]
    boxes: Boxes
    crowd: NDArray[np.bool_]


def pennfudan(root: Path, every: int = 1) -> Iterator[Picture]:
    """Every n-th picture with its pedestrians."""
    boxes: dict[str, list[list[float]]] = {}
    with (root / "pennfudan" / "boxes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            boxes.setdefault(row["image"], []).append([float(row[key]) for key in ("left", "top", "right", "bottom")])
    for name in sorted(boxes)[::every]:
        image = cv2.imread(str(root / "pennfudan" / f"{name}.jpg"))
        yield Picture(image, np.array(boxes[name]), np.zeros(len(boxes[name]), bool))


def mot16_11(root: Path, every: int, visible: float = 0.0) -> Iterator[Picture]:
    """Every n-th frame, from the first, with its pedestrians."""
    folder = root / "MOT16" / "train" / "MOT16-11"
    rows = np.loadtxt(folder / "gt" / "gt.txt", delimiter=",")
    video = cv2.VideoCapture(str(folder / "video.mp4"))
    for index in range(1, int(rows[:, 0].max()) + 1):
        if not video.grab():
            raise SystemExit(f"{folder / 'video.mp4'} ends before frame {index}")
        if (index - 1) % every:
            continue
        here = rows[rows[:, 0] == index]
        pedestrian = (here[:, 7] == 1) & (here[:, 6] > 0)
        here = here[pedestrian | np.isin(here[:, 7], UNCOUNTED)]
        crowd = (here[:, 7] != 1) | (here[:, 8] < visible)
        # MOTChallenge counts pixels from 1.
        boxes = np.hstack([here[:, 2:4] - 1, here[:, 2:4] - 1 + here[:, 4:6]])
        yield Picture(video.retrieve()[1], boxes, crowd)


def ours(path: Path) -> Find:
    """The detector of `--detector FILE.onnx,score=0.01`, its people."""
    detector = load_detector(f"{path},score={SCORE}")

    def find(image: NDArray[np.uint8]) -> tuple[Boxes, NDArray[np.float64]]:
        found = detect(detector, image)
        person = found.classes == detector.class_names.index("person")
        return found.boxes[person], found.scores[person]

    return find


def average_precision(truth: list[Picture], found: list[tuple[Boxes, NDArray[np.float64]]]) -> tuple[float, float]:
    """COCO's AP at an overlap of 0.5, and its mean from 0.5 to 0.95, in percent; at most 100 boxes a picture."""
    annotations = [
        {
            "id": number,
            "image_id": index,
            "category_id": 1,
            "bbox": [*box[:2], *(box[2:] - box[:2])],
            "area": float(np.prod(box[2:] - box[:2])),
            "iscrowd": int(crowd),
        }
        for number, (index, box, crowd) in enumerate(
            ((i, box, crowd) for i, one in enumerate(truth) for box, crowd in zip(one.boxes, one.crowd, strict=True)), 1
        )
    ]
    rows = [
        np.column_stack([np.full(len(scores), index), boxes[:, :2], boxes[:, 2:] - boxes[:, :2], scores])
        for index, (boxes, scores) in enumerate(found)
    ]
    results = np.concatenate(rows)
    with contextlib.redirect_stdout(io.StringIO()):
        dataset = COCO()
        dataset.dataset = {
            "images": [{"id": index} for index in range(len(truth))],
            "annotations": annotations,
            "categories": [{"id": 1, "name": "person"}],
            "info": {},
        }
        dataset.createIndex()
        evaluation = COCOeval(dataset, dataset.loadRes(np.column_stack([results, np.ones(len(results))])), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return 100 * float(evaluation.stats[1]), 100 * float(evaluation.stats[0])


def measure(pictures: Iterator[Picture], finders: dict[str, Find]) -> tuple[int, int, dict[str, tuple[float, float]]]:
    """The number of pictures and of people, and (AP50, AP) of each finder."""
    truth: list[Picture] = []
    found: dict[str, list[tuple[Boxes, NDArray[np.float64]]]] = {name: [] for name in finders}
    for picture in pictures:
        for name, find in finders.items():
            found[name].append(find(picture.image))
        truth.append(picture._replace(image=np.empty((0, 0, 3), np.uint8)))
    people = sum(int((~one.crowd).sum()) for one in truth)
    return len(truth), people, {name: average_precision(truth, one) for name, one in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=10, help="N: every N-th frame of MOT16-11")
    parser.add_argument("--visible", type=float, default=0.0, help="least visible share of a pedestrian that counts")
    options = parser.parse_args()
    root = data_root()
    files = {name: root / "detectors" / f"{name}.onnx" for name in MODELS}
    finders = {f"{name}, ours": ours(path) for name, path in files.items()}
    finders |= {f"{name}, reference": Yolox(path, SCORE) for name, path in files.items()}
    data = {
        "PennFudan": pennfudan(root),
        f"MOT16-11, every {options.every}th frame": mot16_11(root, options.every, options.visible),
    }
    print("| data | detector | AP50 | reference | AP | reference |\n|---|---|---:|---:|---:|---:|")
    for name, pictures in data.items():
        count, people, scores = measure(pictures, finders)
        for model in MODELS:
            own, other = scores[f"{model}, ours"], scores[f"{model}, reference"]
            cells = f"{own[0]:.1f} | {other[0]:.1f} | {own[1]:.1f} | {other[1]:.1f}"
            print(f"| {name} ({count} pictures, {people} people) | `{model}` | {cells} |", flush=True)


if __name__ == "__main__":
    main()
