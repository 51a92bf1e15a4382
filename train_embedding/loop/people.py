"""Train the encoder of people without labels, on tracklets of folders and of sequences."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flatsort.data.crops.tracklet_sources import Tracklets
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.train_embedding.loop.display import Display
from flatsort.train_embedding.loop.loop import INTERRUPTED
from flatsort.train_embedding.loop.people_run import MODEL_FILE, STATE_FILE, PeopleRun
from flatsort.train_embedding.loop.people_settings import PeopleSettings


@dataclass(frozen=True)
class PeopleResult:
    """How a run ended. model: the checkpoint. reason: why it stopped at `step`. pairs: in force in the end."""

    model: Path
    step: int
    reason: str
    pairs: int


def train_encoder(
    data: Tracklets,
    output: Path,
    *,
    settings: PeopleSettings | None = None,
    minutes: float | None = None,
    seed: int = 0,
    resume: bool = False,
    quiet: bool = False,
    stop: Callable[[], bool] | None = None,
) -> PeopleResult:
    """Train until the last step or until the time is used, whichever comes first; the learning rate falls with both.

    output: folder for `model.safetensors`, `state.safetensors` and `history.json`. minutes: of training, resumed parts
    included; a run under a time budget depends on the machine's speed, any other is the same every time, and after a
    kill the same as the uninterrupted one. stop: asked after each step whether to end there.
    Raises InputError: a folder with another run, a loss that is not finite, a full disk.
    """
    settings = settings or PeopleSettings()
    if not resume and (output / STATE_FILE).is_file():
        raise InputError(output, None, "holds a run already", "add --resume to go on, or choose another --output")
    prepare_folder(output)
    run = PeopleRun(settings, data, seed)
    budget = math.inf if minutes is None else 60 * minutes
    elapsed = run.resume(output) if resume else 0.0
    started = time.monotonic() - elapsed
    with Display(settings.steps, run.step, quiet=quiet) as display:
        interrupted = False
        while run.step < settings.steps and (elapsed < budget or not run.step) and not interrupted:
            row = run.advance(elapsed / max(budget, 1e-9))
            elapsed = time.monotonic() - started
            last = run.step == settings.steps or elapsed >= budget
            interrupted = not last and stop is not None and stop()
            if last or (run.step - 1) % settings.log_every == 0:
                run.history.add(row)
                display.move(run.step, f"own {row['own']:.2f} other {row['other']:.2f} pairs {row['pairs']}")
            if last or interrupted or run.step % settings.save_every == 0:
                run.save(output, time.monotonic() - started)
    if interrupted:
        reason = INTERRUPTED
    else:
        reason = "all steps done" if run.step == settings.steps else f"time budget of {minutes:g} minutes used"
    return PeopleResult(output / MODEL_FILE, run.step, reason, run.pairing.count)
