"""Resident memory of one tracker over 100,000 frames of 45 people: it stays flat.

    python benchmarks/memory.py [--frames 100000] [--preset default|sort|deepsort-original]

People walk, are missed, leave and are replaced, so that tracks are born and end throughout. Printed: resident memory at
frame 1,000 and at the end, and exit code 1 where it has grown by 5 MB or more.
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
from flatsort.tracker import Tracker
from flatsort.tracker.running.presets import PRESETS

PEOPLE, DIMENSION = 45, 128


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--preset", choices=["default", "sort", "deepsort-original"], default="default")
    arguments = parser.parse_args()
    random = np.random.default_rng(0)
    tracker = Tracker(PRESETS[arguments.preset].config())
    centre, velocity = random.uniform(0, 1900, (PEOPLE, 2)), random.normal(0, 2.5, (PEOPLE, 2))
    identity = random.normal(size=(PEOPLE, DIMENSION)).astype(np.float32)
    start, early = time.perf_counter(), 0.0
    for frame in range(1, arguments.frames + 1):
        centre += velocity
        velocity[(centre < 0) | (centre > 1900)] *= -1
        if frame % 20 == 0:  # one leaves, another comes
            who = random.integers(PEOPLE)
            centre[who] = random.uniform(0, 1900, 2)
            identity[who] = random.normal(size=DIMENSION)
        seen = random.random(PEOPLE) > 0.08
        boxes = np.concatenate([centre[seen] - [30, 75], centre[seen] + [30, 75]], 1)
        vectors = identity[seen] + random.normal(0, 0.2, (len(boxes), DIMENSION)).astype(np.float32)
        tracker.update(boxes, np.ones(len(boxes)), None if arguments.preset == "sort" else vectors)
        if frame == 1000:
            early = resident_megabytes()
    end = resident_megabytes()
    seconds = time.perf_counter() - start
    print(f"{arguments.preset}: {early:.1f} MB at frame 1,000, {end:.1f} MB at frame {frame:,}, {seconds:.0f} s")
    sys.exit(end - early >= 5)


if __name__ == "__main__":
    main()
