"""Crops per second of ONNX encoders, beside OSNet x0.25 in the same run: normalisation and network, no cutting.

    python benchmarks/encoder_speed.py OSNET.onnx [fmvae fmvae-tracklets ...] [--batch 32] [--repeats 20]

Every encoder describes the same number of crops of its own size in turn, repeat by repeat, so that what else the
machine does hits all of them alike; the median of a repeat's ratios is the figure.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from flatsort.embedding import load_descriptor
from flatsort.embedding.descriptors.onnx import OnnxDescriptor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("osnet")
    parser.add_argument("encoders", nargs="*", default=["fmvae", "fmvae-tracklets", "deepsort"])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    encoders: dict[str, OnnxDescriptor] = {}
    for name in (options.osnet, *options.encoders):
        loaded = load_descriptor(name)
        if not isinstance(loaded, OnnxDescriptor):
            raise SystemExit(f"{name} is no ONNX encoder")
        encoders[name] = loaded
    random = np.random.default_rng(0)
    crops = {
        name: random.integers(0, 256, (options.batch, *encoder.input.size, 3), dtype=np.uint8)
        for name, encoder in encoders.items()
    }
    speeds: dict[str, list[float]] = {name: [] for name in encoders}
    for _ in range(options.repeats + 1):
        for name, encoder in encoders.items():
            started = time.perf_counter()
            encoder.of_crops(crops[name])
            speeds[name].append(options.batch / (time.perf_counter() - started))
    print(f"{'encoder':<40} crops/s  ratio to OSNet (median, lowest, highest)")
    for name, values in speeds.items():
        ratios = [own / base for own, base in zip(values[1:], speeds[options.osnet][1:], strict=True)]
        spread = f"{statistics.median(ratios):.2f}, {min(ratios):.2f}, {max(ratios):.2f}"
        print(f"{name[-40:]:<40} {statistics.median(values[1:]):7.0f}  {spread}")


if __name__ == "__main__":
    main()
