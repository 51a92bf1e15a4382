"""Compare descriptors without a tracker: is the nearest picture one of the same person?

    python examples/compare_descriptors.py

`flatsort retrieve` does it on real sequences with ground truth, with Rank-1, mAP and ROC AUC.
"""

from __future__ import annotations

import numpy as np

from flatsort import Descriptor, load_descriptor
from flatsort.data.walkers.scene import WalkersScene, walkers_scene

LEAST_VISIBLE = 0.7
GAP = 60  # frames: pictures taken shortly after each other are alike for any descriptor


def people(scene: WalkersScene, descriptor: Descriptor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every tenth frame, everybody who can be seen well: vectors (n, d), identities (n,) and frames (n,)."""
    truth = scene.ground_truth
    vectors, identities, frames = [], [], []
    for frame in scene:
        rows = np.arange(len(truth))[truth.rows_of(frame.index)]
        rows = rows[truth.visibility[rows] >= LEAST_VISIBLE]
        if frame.index % 10 or frame.image is None or not len(rows):
            continue
        vectors.append(descriptor(frame.image, truth.boxes[rows]))
        identities.append(truth.ids[rows])
        frames.append(np.full(len(rows), frame.index))
    return np.concatenate(vectors), np.concatenate(identities), np.concatenate(frames)


def rank_1(vectors: np.ndarray, identities: np.ndarray, frames: np.ndarray) -> float:
    """Share of pictures whose nearest picture, of those at least GAP frames away, shows the same person."""
    distance = np.linalg.norm(vectors[:, None] - vectors[None], axis=2)
    distance[np.abs(frames[:, None] - frames[None]) < GAP] = np.inf
    asked = np.isfinite(distance).any(axis=1)
    return float((identities[distance.argmin(axis=1)] == identities)[asked].mean())


def main() -> None:
    scene = walkers_scene(frames=120)
    for name in ("pixels", "hsv", "fmvae"):
        descriptor = load_descriptor(name)
        assert descriptor is not None
        print(f"{name:8} Rank-1 {rank_1(*people(scene, descriptor)):.2f}")


if __name__ == "__main__":
    main()
