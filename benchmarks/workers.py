"""What `--workers` gains and costs: copies of a sequence on one worker and on two, and a thousand tiny ones.

    python benchmarks/workers.py [--source FOLDER] [--copies 16] [--repeats 3] [--tiny 1000] [--descriptor none]

The runs on one worker, on two, and in two processes that know nothing of each other take turns, so that other work on
the machine meets all; the last say what the machine has to give. Printed: the seconds of each and the medians of the
quotients; then, of tiny sequences, the milliseconds each that a process without workers takes, what one worker takes
more, and what a run takes that skips all because they are finished; the memory of the largest process; and what it
takes to hand out and remember a job that does nothing. From these comes the cost model:
start + n * (listing + handing out) + (sum of the work) / workers.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from flatsort.cli.progress import display
from flatsort.data.progress import Shown
from flatsort.data.walkers.scene import walkers_scene
from flatsort.tracker.running.many.job import Job
from flatsort.tracker.running.many.processes import Processes
from flatsort.tracker.running.many.run import run_many


def seconds(*arguments: object) -> float:
    """How long `flatsort track` takes."""
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "flatsort", "track", *map(str, arguments), "--quiet"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    return time.perf_counter() - start


def copies_of(source: Path, folder: Path, count: int) -> Path:
    """Sequences of other names that read the files of one."""
    for number in range(count):
        copy = folder / f"copy{number:05d}"
        copy.mkdir(parents=True)
        for file in source.iterdir():
            if file.name != "seqinfo.ini":
                (copy / file.name).symlink_to(file)
        lines = (source / "seqinfo.ini").read_text().splitlines()
        kept = [line for line in lines if not line.replace(" ", "").lower().startswith("name=")]
        (copy / "seqinfo.ini").write_text("\n".join([*kept, f"name={copy.name}"]) + "\n")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, help="a MOTChallenge folder; default: walkers, 5,000 frames")
    parser.add_argument("--copies", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tiny", type=int, default=1000)
    parser.add_argument("--descriptor", default="none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if arguments.source is None:
            walkers_scene(frames=5000, people=20).write_folder(folder / "scene")
        source = (arguments.source or folder / "scene").resolve()
        speed(copies_of(source, folder / "copies", arguments.copies), folder, arguments)
        walkers_scene(frames=4, people=2).write_folder(folder / "tiny")
        overhead(copies_of(folder / "tiny", folder / "many", arguments.tiny), folder, arguments.tiny)


def speed(copies: Path, folder: Path, arguments: argparse.Namespace) -> None:
    """One worker against two; and what the machine has to give: two processes that know nothing of each other."""
    gains, possible = [], []
    every = sorted(copies.iterdir())
    halves = [every[: len(every) // 2], every[len(every) // 2 :]]
    for repeat in range(arguments.repeats):
        took = {}
        for workers in (1, 2) if repeat % 2 == 0 else (2, 1):
            given = ("--descriptor", arguments.descriptor, "--output", folder / f"tracks{repeat}-{workers}")
            took[workers] = seconds(copies, *given, "--workers", workers)
        start = time.perf_counter()
        with ThreadPoolExecutor(2) as both:
            given = ("--descriptor", arguments.descriptor, "--workers", 1, "--output")
            for part, half in enumerate(halves):
                both.submit(seconds, *half, *given, folder / f"{repeat}-{part}")
        apart = time.perf_counter() - start
        gains.append(took[1] / took[2])
        possible.append(took[1] / apart)
        print(
            f"{arguments.copies} copies: {took[1]:.1f} s on one worker, {took[2]:.1f} s on two, {gains[-1]:.2f} times; "
            f"{apart:.1f} s in two processes apart, {possible[-1]:.2f} times; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    gain, most = statistics.median(gains), statistics.median(possible)
    print(f"medians of {arguments.repeats}: two workers are {gain:.2f} times one, two processes apart {most:.2f} times")


def overhead(many: Path, folder: Path, count: int) -> None:
    """What handing out costs a sequence, and what skipping it costs."""
    start = seconds(sorted(many.iterdir())[0], "--output", folder / "start")
    here = seconds(many, "--output", folder / "here") - start
    first = seconds(sorted(many.iterdir())[0], "--workers", 1, "--output", folder / "first")
    handed = seconds(many, "--workers", 1, "--output", folder / "handed") - first
    skipped = seconds(many, "--workers", 1, "--output", folder / "handed") - start
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    milliseconds = [1000 * value / count for value in (here, handed, handed - here, skipped)]
    print(f"start: {start:.2f} s without workers, {first:.2f} s with")
    print(
        "ms a sequence of {}: {:.2f} here, {:.2f} in one worker: {:+.2f}; {:.2f} to skip".format(count, *milliseconds)
    )
    print(f"the largest process took {largest:.0f} MB")
    with tempfile.TemporaryDirectory() as results:
        for place in (Processes(1), Processes(2)):
            print(f"ms to hand out an empty job, {place}: {empty_jobs(place, Path(results), count):.2f}")


def empty_jobs(place: Processes, folder: Path, count: int) -> float:
    """Milliseconds a job that does nothing but is remembered; without the start of the workers."""

    def run(number: int) -> float:
        jobs = [
            Job(str(k), nothing, (folder / f"{place.workers}-{number}-{k}",), (Path(__file__),)) for k in range(number)
        ]
        for job in jobs:
            job.outputs[0].touch()
        start = time.perf_counter()
        with display(quiet=True) as shown:
            run_many(jobs, shown, place, folder)
        return time.perf_counter() - start

    short = run(10)
    return 1000 * (run(count + 10) - short) / count


def nothing(shown: Shown) -> None:
    """An empty job."""


if __name__ == "__main__":
    main()
