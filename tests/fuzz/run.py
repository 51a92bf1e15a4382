"""The fuzz job for longer: `make fuzz MINUTES=n`. Prints how many inputs each target tried and accepted."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.fuzz.targets import TARGETS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1_000_000, help="of the first input")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    end, faults, seed = time.monotonic() + 60 * options.minutes, 0, options.seed
    tried, accepted = dict.fromkeys(TARGETS, 0), dict.fromkeys(TARGETS, 0)
    with tempfile.TemporaryDirectory(prefix="flatsort-fuzz-") as folder:
        while time.monotonic() < end:
            for name, target in TARGETS.items():
                tried[name] += 1
                try:
                    accepted[name] += target(np.random.default_rng(seed), Path(folder))
                except Exception:
                    faults += 1
                    print(f"{name}, seed {seed}:\n{traceback.format_exc()}", file=sys.stderr)
            seed += 1
    for name in TARGETS:
        print(f"{name}: {tried[name]} inputs, {accepted[name]} accepted")
    print(f"{sum(tried.values())} inputs tried, {faults} faults")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
