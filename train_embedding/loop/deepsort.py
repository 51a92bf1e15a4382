"""Train DeepSORT's network on labelled sequences: the supervised comparison."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from flatsort.data.crops.labelled_crops import LabelledCrops, load
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.progress import Watch, unwatched
from flatsort.train_embedding.loop.deepsort_run import MODEL_FILE, STATE_FILE, DeepSortRun, DeepSortSettings
from flatsort.train_embedding.loop.display import Display
from flatsort.train_embedding.loop.loop import INTERRUPTED


@dataclass(frozen=True)
class DeepSortResult:
    """How a run ended.

    model: the checkpoint. reason: why it stopped at `step`. rank_1, auc: on the held-out identities as last measured,
    None where their crops are all too close in time to tell.
    """

    model: Path
    step: int
    reason: str
    rank_1: float | None
    auc: float | None
    training_identities: int
    held_out_identities: int


def train_deepsort(
    sources: Ordered[str | PathLike[str]],
    output: Path,
    *,
    settings: DeepSortSettings | None = None,
    minutes: float | None = None,
    seed: int = 0,
    resume: bool = False,
    quiet: bool = False,
    data: LabelledCrops | None = None,
    watch: Watch = unwatched,
    stop: Callable[[], bool] | None = None,
) -> DeepSortResult:
    """Train until the last step or until the time is used, whichever comes first; the learning rate falls with both.

    sources: MOTChallenge folders with images and ground truth. Some identities of each are held out for validation.
    output: folder for `model.safetensors`, `state.safetensors` and `history.json`. minutes: of training, resumed parts
    included; a run under a time budget depends on the machine's speed, any other is the same every time, and after a
    kill the same as the uninterrupted one. data: crops loaded before, instead of those of `sources`. watch: a bar over
    the frames that crops are cut from. stop: asked after each step whether to end there.
    Raises InputError: unusable sources, a folder with another run, a loss that is not finite, a full disk.
    """
    settings = settings or DeepSortSettings()
    if not resume and (output / STATE_FILE).is_file():
        raise InputError(output, None, "holds a run already", "add --resume to go on, or choose another --output")
    prepare_folder(output)
    run = DeepSortRun(settings, data or load(sources, watch=watch), seed)
    budget = math.inf if minutes is None else 60 * minutes
    elapsed = run.resume(output) if resume else 0.0
    started = time.monotonic() - elapsed
    found: tuple[float | None, float | None] | None = None
    with Display(settings.steps, run.step, quiet=quiet) as display:
        interrupted = False
        while run.step < settings.steps and (elapsed < budget or not run.step) and not interrupted:
            row = run.advance(elapsed / max(budget, 1e-9))
            elapsed = time.monotonic() - started
            last = run.step == settings.steps or elapsed >= budget
            interrupted = not last and stop is not None and stop()
            due = run.step % settings.evaluate_every == 0 or last
            if due:
                found = row["validation_rank_1"], row["validation_auc"] = run.evaluate()
            if due or (run.step - 1) % settings.log_every == 0:
                run.history.add(row)
                display.move(run.step, terms(row, found))
            if due or interrupted:
                run.save(output, time.monotonic() - started)
    if interrupted:
        reason = INTERRUPTED
    else:
        reason = "all steps done" if run.step == settings.steps else f"time budget of {minutes:g} minutes used"
    rank_1, auc = found or run.evaluate()
    about = run.about()
    people, others = about["training_identities"], about["held_out_identities"]
    return DeepSortResult(output / MODEL_FILE, run.step, reason, rank_1, auc, people, others)


def terms(row: dict[str, Any], validated: tuple[float | None, float | None] | None) -> str:
    """What the progress bar says."""
    area = "-" if validated is None or validated[1] is None else f"{validated[1]:.3f}"
    rate = row["learning_rate"]
    return f"loss {row['loss']:.3f} κ {row['kappa']:.1f} rate {rate:.1e} held-out AUC {area}"
