"""A descriptor of your own, in one file: the mean colour of the upper and the lower half of a person.

python examples/own_descriptor.py
flatsort track clip.mp4 --detections clip.txt --descriptor examples/own_descriptor.py --output tracks
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort import Request, Tracker, TrackerConfig, describe, load_descriptor
from flatsort.data.crops import cut_crops
from flatsort.data.walkers.scene import walkers_scene
from flatsort.embedding.descriptor import Distance


class ShirtAndTrousers:
    """Two mean colours, (n, 6) float32 in [0, 1]."""

    name, dimension = "shirt and trousers", 6
    distance: Distance = "euclidean"
    gate = 0.3

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        crops = cut_crops(image, boxes, size=(32, 16))
        halves = crops.reshape(len(crops), 2, 16 * 16, 3).mean(axis=2, dtype=np.float32)
        return halves.reshape(len(crops), 6) / 255


def load(request: Request) -> ShirtAndTrousers:
    """What `--descriptor own_descriptor.py` calls."""
    return ShirtAndTrousers()


def main() -> None:
    descriptor = load_descriptor(f"{Path(__file__)},gate=0.2")  # options go with the name
    assert descriptor is not None
    tracker = Tracker(TrackerConfig(distance=descriptor.distance, gate=descriptor.gate))
    for frame in walkers_scene(frames=30):
        tracks = tracker.update(frame.detections.boxes, frame.detections.scores, describe(descriptor, frame))
    print(f"{descriptor.name}, gate {descriptor.gate}: people {tracks.ids.tolist()} in the last frame")


if __name__ == "__main__":
    main()
