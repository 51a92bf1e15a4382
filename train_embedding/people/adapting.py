"""The encoder of people, adapted to one video by the video's own tracklets; no label is read."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from flatsort.data import Sequence
from flatsort.data.crops.tracklet_sources import tracklets_of
from flatsort.data.errors import InputError
from flatsort.data.progress import Watch
from flatsort.embedding import load_descriptor
from flatsort.embedding.calibration import calibrate, describe_tracklets, measure_pairs
from flatsort.embedding.gate import write_gate_beside
from flatsort.embedding.metric import learn_metric
from flatsort.embedding.networks.export import export_onnx
from flatsort.embedding.networks.people import people_of
from flatsort.embedding.weights import WEIGHTS
from flatsort.embedding.weights.checkpoint import read_checkpoint
from flatsort.train_embedding.loop.interrupt import Interrupt
from flatsort.train_embedding.loop.loop import run
from flatsort.train_embedding.loop.people_head import HeadRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings
from flatsort.train_embedding.loop.state import STATE_FILE
from flatsort.train_embedding.people.descriptor_files import ONNX_FILE
from flatsort.train_embedding.people.request import named

START = WEIGHTS / "people.safetensors"


@dataclass(frozen=True)
class Adaptation:
    """How the packaged encoder is adapted; what is left out of the settings is as in its own training.

    steps: at most. tracklets: in a batch, two crops of each. copies: of each crop, differently changed. Chosen on
    KITTI-17 and TUD-Campus.
    """

    steps: int = 400
    tracklets: int = 48
    learning_rate: float = 1e-3
    copies: int = 6

    def settings(self, start: Path) -> PeopleSettings:
        """The settings of the run; nothing is paired across views, as a video has one."""
        config = people_of(read_checkpoint(start)).config
        return PeopleSettings(
            config.widths, config.blocks, config.dimension, steps=self.steps, others=self.tracklets,
            learning_rate=self.learning_rate, pair_every=self.steps, narrow=0.0, start=str(start), save_every=50,
        )  # fmt: skip


def adapt(
    sequence: Sequence,
    output: Path,
    *,
    minutes: float,
    seed: int = 0,
    quiet: bool = False,
    start: Path = START,
    how: Adaptation | None = None,
    watch: Watch,
) -> tuple[Path, str]:
    """Train from the packaged weights on the sequence's tracklets, and calibrate; `output` keeps all files.

    minutes: of training. A run that stands in `output` goes on, and one that has ended is taken as it is.
    Returns the ONNX file, with gate and metric beside it, and what was done in one line. Raises InputError where the
    sequence gives too few tracklets or pairs of people, KeyboardInterrupt where the training was interrupted and saved.
    """
    how = how or Adaptation()
    data = tracklets_of(sequence, watch=named(watch, "tracklets of"))
    if not data.together.any():
        problem = "no two people are seen side by side, and nothing tells people apart"
        raise InputError(str(sequence.source), None, problem, "leave --adapt out")
    task = HeadRun(how.settings(start), data, seed, how.copies)
    resume = (output / STATE_FILE).is_file()
    with Interrupt() as stop:
        result = run(task, output, minutes=minutes, resume=resume, quiet=quiet, stop=stop)
    if result.interrupted:
        interrupt = KeyboardInterrupt()
        interrupt.add_note(f"{output} keeps the adaptation up to step {result.step}; the same command goes on")
        raise interrupt
    file = output / ONNX_FILE
    export_onnx(result.model, file, gate=1.0)  # the calibrated one lies beside it
    calibrated_beside(file, sequence, seed, named(watch, "calibrate on"))
    return file, f"{len(data.crops)} crops of {len(data)} tracklets, {result.step} steps ({result.reason})"


def calibrated_beside(file: Path, sequence: Sequence, seed: int, watch: Watch) -> None:
    """Learn the metric and the gate of a network on the sequence, as `flatsort calibrate`, and keep them beside it."""
    descriptor = load_descriptor(str(file), gate=math.inf, metric=False)
    assert descriptor is not None
    seen = describe_tracklets(sequence, descriptor, watch=watch(sequence.name, sequence.length))
    metric = learn_metric([seen], descriptor.distance)
    moved = seen if metric is None else replace(seen, vectors=metric(seen.vectors))
    pairs = measure_pairs(moved, descriptor.distance if metric is None else "euclidean", seed)
    write_gate_beside(file, calibrate(pairs, descriptor, [sequence.name], seed, metric))
