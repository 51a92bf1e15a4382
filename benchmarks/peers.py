"""Association speed of this project beside public trackers, on one synthetic crowd, in one run.

    python benchmarks/peers.py [--objects 10 45 100 1000] [--only ours]

Run it from the repository, in an environment that has this project and, for the peers:
    pip install trackers==2.6.1 supervision ioutrack-rs==0.4.0 trackforge==0.4.0 norfair-enough \\
        deep-sort-realtime==1.3.2
Each tracker sees the same boxes (and, where it takes them, the same 128-d embeddings). Printed: frames per second, best
of three, one thread. A peer that is not installed is named and left out. Compare within one run only.
"""

import os

for variable in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "NUMBA_NUM_THREADS",
):
    os.environ[variable] = "1"

import argparse
import sys
import time
import warnings

import numpy as np

sys.path.insert(0, os.getcwd())
warnings.filterwarnings("ignore")


def crowd(objects, frames, seed=0, dimension=128):
    """Walkers in a field that keeps their density: per frame `(n, 5)` xyxy + score, and `(n, 128)` unit embeddings."""
    random = np.random.default_rng(seed)
    width, height = np.array([1920.0, 1080.0]) * max(1.0, np.sqrt(objects / 100))
    centre = random.uniform((50, 50), (width - 50, height - 50), (objects, 2))
    velocity = random.normal(0, 2.5, (objects, 2))
    tall = random.uniform(80, 220, objects)
    identity = random.normal(size=(objects, dimension))
    identity /= np.linalg.norm(identity, axis=1, keepdims=True)
    sequence = []
    for _ in range(frames):
        velocity += random.normal(0, 0.25, velocity.shape)
        centre += velocity
        for axis, end in ((0, width), (1, height)):
            outside = (centre[:, axis] < 20) | (centre[:, axis] > end - 20)
            velocity[outside, axis] *= -1
            centre[:, axis] = np.clip(centre[:, axis], 20, end - 20)
        seen = random.random(objects) > 0.08
        n = int(seen.sum())
        middle = centre[seen] + random.normal(0, 1.5, (n, 2))
        half_h = tall[seen] * (1 + random.normal(0, 0.02, n)) / 2
        half_w = 0.41 * tall[seen] * (1 + random.normal(0, 0.02, n)) / 2
        half = np.stack([half_w, half_h], 1)
        boxes = np.concatenate([middle - half, middle + half, random.uniform(0.55, 0.99, (n, 1))], 1)
        embeddings = identity[seen] + random.normal(0, 0.03, (n, dimension))
        embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
        sequence.append((boxes, embeddings.astype(np.float32)))
    return sequence


def ours_sort():
    from flatsort.tracker import Tracker, TrackerConfig

    tracker = Tracker(TrackerConfig.sort())
    return lambda boxes, _: tracker.update(boxes[:, :4], boxes[:, 4])


def ours():
    from flatsort.tracker import Tracker

    tracker = Tracker()
    return lambda boxes, _: tracker.update(boxes[:, :4], boxes[:, 4])


def ours_with_embeddings():
    from flatsort.tracker import Tracker

    tracker = Tracker()
    return lambda boxes, embeddings: tracker.update(boxes[:, :4], boxes[:, 4], embeddings)


def ours_deepsort():
    from flatsort.tracker import Tracker, TrackerConfig

    tracker = Tracker(TrackerConfig.deepsort_original())
    return lambda boxes, embeddings: tracker.update(boxes[:, :4], boxes[:, 4], embeddings)


def roboflow(name):
    def make():
        import supervision
        import trackers

        tracker = getattr(trackers, name)()
        return lambda boxes, _: tracker.update(supervision.Detections(xyxy=boxes[:, :4], confidence=boxes[:, 4]))

    return make


def ioutrack(name):
    def make():
        import ioutrack as package

        tracker = getattr(package, name)(max_age=30)
        return lambda boxes, _: tracker.update(boxes.astype(np.float32), return_all=False)

    return make


def _trackforge_rows(boxes):
    return [([float(b[0]), float(b[1]), float(b[2] - b[0]), float(b[3] - b[1])], float(b[4]), 0) for b in boxes]


def trackforge_sort():
    from trackforge import SORT

    tracker = SORT()
    return lambda boxes, _: tracker.update(_trackforge_rows(boxes))


def trackforge_deepsort():
    from trackforge import DEEPSORT

    tracker = DEEPSORT(max_age=30, n_init=3, max_iou_distance=0.7, max_cosine_distance=0.2, nn_budget=100)
    return lambda boxes, embeddings: tracker.update(_trackforge_rows(boxes), embeddings.tolist())


def norfair():
    from norfair import Detection, Tracker

    tracker = Tracker(distance_function="iou", distance_threshold=0.7, hit_counter_max=30, initialization_delay=3)
    return lambda boxes, _: tracker.update([Detection(points=b[:4].reshape(2, 2)) for b in boxes])


def deep_sort_realtime():
    from deep_sort_realtime.deepsort_tracker import DeepSort

    tracker = DeepSort(max_age=30, embedder=None, nn_budget=100)
    return lambda boxes, embeddings: tracker.update_tracks(
        [([b[0], b[1], b[2] - b[0], b[3] - b[1]], b[4], 0) for b in boxes], embeds=list(embeddings)
    )


def trackforge_tracktrack():
    from trackforge import TrackTrack

    tracker = TrackTrack()
    return lambda boxes, _: tracker.update(_trackforge_rows(boxes))


TRACKERS = {
    "ours: default": ours,
    "ours: sort": ours_sort,
    "ioutrack Sort (Rust)": ioutrack("Sort"),
    "trackforge SORT (Rust)": trackforge_sort,
    "roboflow SORTTracker": roboflow("SORTTracker"),
    "roboflow ByteTrackTracker": roboflow("ByteTrackTracker"),
    "roboflow BoTSORTTracker": roboflow("BoTSORTTracker"),
    "roboflow OCSORTTracker": roboflow("OCSORTTracker"),
    "trackforge TrackTrack (Rust)": trackforge_tracktrack,
    "norfair (IoU)": norfair,
    "ours: default, 128-d": ours_with_embeddings,
    "ours: deepsort-original, 128-d": ours_deepsort,
    "trackforge DEEPSORT, 128-d (Rust)": trackforge_deepsort,
    "deep_sort_realtime, 128-d": deep_sort_realtime,
}


def frames_per_second(make, sequence, repeats=3):
    best = float("inf")
    for _ in range(repeats):
        step = make()
        start = time.perf_counter()
        for boxes, embeddings in sequence:
            step(boxes, embeddings)
        best = min(best, time.perf_counter() - start)
    return len(sequence) / best


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--objects", type=int, nargs="+", default=[10, 45, 100, 1000])
    parser.add_argument("--only", default="", help="run only trackers whose name contains this")
    arguments = parser.parse_args()
    sequences = {n: crowd(n, 400 if n <= 100 else 40) for n in arguments.objects}
    print(f"{'frames per second':36s}" + "".join(f"{n:>12d}" for n in sequences))
    for name, make in TRACKERS.items():
        if arguments.only not in name:
            continue
        try:
            make()
        except Exception as error:
            print(f"{name:36s} left out: {type(error).__name__}: {str(error)[:90]}")
            continue
        print(f"{name:36s}", end="", flush=True)
        for n, sequence in sequences.items():
            slow = n > 100 and ("norfair" in name or "realtime" in name)
            print(
                f"{'-':>12s}" if slow else f"{frames_per_second(make, sequence, 3 if n <= 100 else 1):12.0f}",
                end="",
                flush=True,
            )
        print()


if __name__ == "__main__":
    main()
