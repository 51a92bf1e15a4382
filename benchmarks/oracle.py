"""The descriptor that knows everybody, from the ground truth: what is left to any descriptor on these detections.

    python benchmarks/oracle.py DATA/MOT15/train/PETS09-S2L1 --output oracle/PETS09-S2L1.npy
    flatsort table DATA/MOT15/train --sequence PETS09-S2L1 --min-confidence 0.3 --descriptor oracle=npy:oracle

A detection that overlaps a person by half or more (one to one, the largest overlaps in all) has that person's random
direction; every other detection a direction of its own.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.data import BoxTable, Frame, open_sequence, read_ground_truth
from flatsort.data.overlap import overlap
from flatsort.embedding.descriptor import Distance
from flatsort.embedding.store import store_descriptors
from flatsort.eval.scores.overlap import THRESHOLD
from flatsort.eval.scores.preprocess import counted


@dataclass
class Oracle:
    """A `FrameDescriptor` of the detections of a sequence whose people are known."""

    people: BoxTable
    random: np.random.Generator
    directions: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    name: str = "oracle"
    dimension: int = 128
    distance: Distance = "cosine"
    gate: float = 0.2  # DeepSORT's; random directions of 128 dimensions are farther apart than 0.6

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        raise NotImplementedError("the ground truth is known by frames")

    def of_frame(self, frame: Frame) -> NDArray[np.float32]:
        """(n, 128), of unit length."""
        boxes = frame.detections.boxes
        vectors = self.random.normal(size=(len(boxes), self.dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        rows = self.people.rows_of(frame.index)
        found = overlap(boxes, self.people.boxes[rows])
        found[found < THRESHOLD] = 0
        for i, j in zip(*scipy.optimize.linear_sum_assignment(-found), strict=True):
            if found[i, j]:
                vectors[i] = self.directions.setdefault(int(self.people.ids[rows][j]), vectors[i].copy())
        return vectors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sequence", type=Path, help="a MOTChallenge folder with ground truth")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sequence = open_sequence(options.sequence, images=False)
    truth = read_ground_truth(options.sequence / "gt" / "gt.txt", sequence.length)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    oracle = Oracle(truth[counted(truth)], np.random.default_rng(options.seed))
    print(f"{options.output}: {store_descriptors(sequence, oracle, options.output)}")


if __name__ == "__main__":
    main()
