"""Where each nearest-neighbour search of the gallery wins: brute force by BLAS against the k-d tree.

    python benchmarks/gallery.py [--objects 10 100 1000] [--budget 100 1000 5000] [--dimension 2 8 32 128]

Each track remembers walks around its own point, as embeddings of one person do; every frame asks for three tracks a
detection and then remembers one more vector a track. Printed: milliseconds a frame, the mean between two builds of the
tree, one thread, and the ratio; above 1 the k-d tree wins. Both run in turn on the same frames.
`tracker.nearest.choose_search` follows this table.

    python benchmarks/gallery.py --large FOLDER ... [--stored vectors.npz] [--sizes 1000 ... 1000000] [--noise 0.1]

One gallery of very many embeddings (`tracker.large_gallery`): ground-truth people of the folders (sequences or crops)
as the packaged descriptors see them, drawn with replacement, with normal noise of a tenth of each coordinate's standard
deviation; 256 queries are drawn in the same way. Printed: the share of variance in the leading components, and
milliseconds a query for the 5 nearest, both searches in turn, the best of three runs each; above 1 the k-d tree wins.
"fmvae at 0.99" is `fmvae` with its other components scaled down until the leading ones hold 0.99 of the variance,
"fmvae in 4" its first four components alone.
`--stored` keeps the described vectors for the next run. `tracker.large_gallery.FEWEST` and `MOST_DIMENSIONS` follow it.
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
from flatsort.tracker.large_gallery import LEADING, LargeGallery, leading_components
from flatsort.tracker.nearest import LATER

DESCRIPTORS = ("fmvae", "fmvae-tracklets", "people", "hsv")
QUERIES, NEAREST = 256, 5


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


def described(folders: list[str], stored: Path | None) -> dict[str, np.ndarray]:
    """Vectors (n, d) by descriptor, of each crop, or people in each fourth frame; read from `stored` if it exists."""
    if stored and stored.exists():
        with np.load(stored) as file:
            return {name: file[name] for name in DESCRIPTORS}
    from flatsort.data.crops.crop_folder import open_labelled_folder
    from flatsort.eval.retrieval.folder_crops import describe_folder, load_for_crops
    from flatsort.eval.retrieval.folders import are_folders_of_crops
    from flatsort.eval.retrieval.truth_crops import describe_people, load_descriptors, open_people

    names = {name: name for name in DESCRIPTORS}
    parts = []
    for folder in folders:
        if are_folders_of_crops([folder]):
            parts.append(describe_folder(open_labelled_folder(folder), load_for_crops(names)))
        else:
            sequence, people = open_people(folder, 0.0, 4)
            parts.append(dict(describe_people(sequence, people, load_descriptors(names, sequence)).vectors))
    vectors = {name: np.concatenate([part[name] for part in parts]) for name in DESCRIPTORS}
    if stored:
        np.savez(stored, **vectors)
    return vectors


def large(vectors: np.ndarray, size: int, noise: float) -> tuple[float, float, float]:
    """Milliseconds a query by brute force and by the k-d tree, and seconds to build the tree."""
    random = np.random.default_rng(0)
    spread = noise * vectors.std(0)

    def draw(count: int) -> np.ndarray:
        rows = vectors[random.integers(0, len(vectors), count)]
        rows += random.standard_normal(rows.shape, np.float32) * spread
        return rows

    queries, galleries = (
        draw(QUERIES),
        [LargeGallery(vectors.shape[1], "brute"), LargeGallery(vectors.shape[1], "kdtree")],
    )
    for start in range(0, size, 10_000):
        rows = draw(min(10_000, size - start))
        for gallery in galleries:
            gallery.add(rows)
    start = time.perf_counter()
    galleries[1].nearest(queries[:1], NEAREST)
    built = time.perf_counter() - start
    times, answers = np.empty((3, 2)), [np.empty(0), np.empty(0)]
    for repeat in range(len(times)):
        for which, gallery in enumerate(galleries):
            start = time.perf_counter()
            answers[which] = gallery.nearest(queries, NEAREST)[1]
            times[repeat, which] = 1000 * (time.perf_counter() - start) / QUERIES
    if not np.array_equal(*answers):
        sys.exit("the two searches differ")
    brute, tree = times.min(0)
    return brute, tree, built


def concentrated(vectors: np.ndarray, share: float) -> np.ndarray:
    """The vectors, all but the leading components scaled down until those hold the share of the variance."""
    mean, basis, own = leading_components(vectors, LEADING)
    leading = (vectors - mean) @ basis @ basis.T
    rest = vectors - mean - leading
    scale = np.sqrt((1 / share - 1) / (1 / own - 1))
    return (mean + leading + scale * rest).astype(np.float32)


def print_large(folders: list[str], stored: Path | None, sizes: list[int], noise: float) -> None:
    table = described(folders, stored)
    table["fmvae at 0.99"] = concentrated(table["fmvae"], 0.99)
    mean, basis, _ = leading_components(table["fmvae"], 4)
    table["fmvae in 4"] = ((table["fmvae"] - mean) @ basis).astype(np.float32)
    counts = (2, 4, LEADING, 2 * LEADING)
    print(f"share of variance, {len(table['hsv'])} crops".ljust(32) + "".join(f"{count:>6}" for count in counts))
    for name, vectors in table.items():
        shares = [leading_components(vectors, count)[2] for count in counts]
        print(f"{name:>26}{vectors.shape[1]:6}" + "".join(f"{share:6.2f}" for share in shares))
    print(f"{'descriptor':>16}{'embeddings':>12}{'BLAS ms':>10}{'k-d tree ms':>13}{'ratio':>8}{'build s':>9}")
    for size in sizes:
        for name, vectors in table.items():
            brute, tree, built = large(vectors, size, noise)
            print(f"{name:>16}{size:12}{brute:10.3f}{tree:13.3f}{brute / tree:8.2f}{built:9.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--budget", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--dimension", type=int, nargs="+", default=[2, 4, 8, 32, 128])
    parser.add_argument("--large", nargs="+", metavar="FOLDER")
    parser.add_argument("--stored", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10**3, 10**4, 10**5, 10**6])
    parser.add_argument("--noise", type=float, default=0.1)
    arguments = parser.parse_args()
    if arguments.large:
        print_large(arguments.large, arguments.stored, arguments.sizes, arguments.noise)
        return
    print(f"{'objects':>8}{'budget':>8}{'dimension':>11}{'brute ms':>10}{'k-d tree ms':>13}{'ratio':>8}")
    for objects in arguments.objects:
        for budget in arguments.budget:
            for dimension in arguments.dimension:
                brute, tree = milliseconds(objects, budget, dimension)
                print(f"{objects:8}{budget:8}{dimension:11}{brute:10.2f}{tree:13.2f}{brute / tree:8.2f}", flush=True)


if __name__ == "__main__":
    main()
