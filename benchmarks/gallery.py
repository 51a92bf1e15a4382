"""Where each nearest-neighbour search of the gallery wins: brute force by BLAS against the k-d tree.

    python benchmarks/gallery.py [--objects 10 100 1000] [--budget 100 1000 5000] [--dimension 2 8 32 128]

Each track remembers walks around its own point, as embeddings of one person do; every frame asks for three tracks a
detection and then remembers one more vector a track. Printed: milliseconds a frame, the mean between two builds of the
tree, one thread, and the ratio; above 1 the k-d tree wins. Both run in turn on the same frames.
`tracker.nearest.choose_search` follows this table.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.tracker.gallery import Gallery
from flatsort.tracker.nearest import LATER


def milliseconds(objects: int, budget: int, dimension: int, frames: int = LATER + 1) -> tuple[float, float]:
    """Milliseconds of a search, (brute force, k-d tree): the mean over the frames between two builds of the tree."""
    random = np.random.default_rng(0)
    identity = random.normal(size=(objects, dimension)).astype(np.float32)

    def seen() -> np.ndarray:
        return identity + random.normal(0, 0.3, identity.shape).astype(np.float32)

    galleries = [Gallery(budget, "euclidean", search) for search in ("brute", "kdtree")]
    first = seen()
    slots = [gallery.allocate(first) for gallery in galleries]
    for _ in range(budget):
        vectors = seen()
        for gallery, slot in zip(galleries, slots, strict=True):
            gallery.add(slot, vectors)
    times = np.empty((frames, 2))
    for frame in range(-1, frames):
        vectors = seen()
        rows = np.arange(objects).repeat(3)
        asked = np.concatenate([np.arange(objects)[:, None], random.integers(0, objects, (objects, 2))], 1).ravel()
        for which, (gallery, slot) in enumerate(zip(galleries, slots, strict=True)):
            start = time.perf_counter()
            gallery.nearest(slot[asked], rows, vectors)
            times[frame, which] = time.perf_counter() - start  # frame -1 is overwritten by the last
            gallery.add(slot, vectors)
    brute, tree = 1000 * times.mean(0)  # the mean: building the tree anew now and then is part of its price
    return brute, tree


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--budget", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--dimension", type=int, nargs="+", default=[2, 4, 8, 32, 128])
    arguments = parser.parse_args()
    print(f"{'objects':>8}{'budget':>8}{'dimension':>11}{'brute ms':>10}{'k-d tree ms':>13}{'ratio':>8}")
    for objects in arguments.objects:
        for budget in arguments.budget:
            for dimension in arguments.dimension:
                brute, tree = milliseconds(objects, budget, dimension)
                print(f"{objects:8}{budget:8}{dimension:11}{brute:10.2f}{tree:13.2f}{brute / tree:8.2f}", flush=True)


if __name__ == "__main__":
    main()
