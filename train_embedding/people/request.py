"""What `flatsort train mot16 --data` is told, and whether its sources will do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from flatsort.data import Sequence, open_sequence
from flatsort.data.crops.checks import check_count, usable_rows
from flatsort.data.crops.person_crops import MIN_HEIGHT
from flatsort.data.errors import InputError
from flatsort.data.progress import Watch
from flatsort.embedding.calibration import check_pairs

METHODS = ("vae", "vhp-vae", "fmvae", "fmvae-tracklets", "people", "deepsort")
ARCHITECTURES = ("compact", "mot16", "paper/mot16")
MINUTES = 20.0
OWN_NETWORKS = {
    "deepsort": "is trained on the ground truth of MOTChallenge folders and on folders of crops",
    "people": "mines the detections of MOTChallenge folders",
}

# Opens progress bars for one stage.
Bars = Callable[[], AbstractContextManager[Watch]]


@dataclass(frozen=True)
class People:
    """What the user asked for. Raises InputError for what is unknown or does not go together.

    sources: sequences, or a video with `detections`; for `people` also folders of tracklets.
    output: folder of all files.
    method: one of `METHODS`.
    architecture: None stands for `compact`; `people` and `deepsort` are networks of their own and have none.
    identities: a CSV file that says who the tracklets of a folder are, for `deepsort` and `people`.
    detections: a file in place of the detections of a single source.
    detector: finds the detections of a single source first (`found_detections`). found_by: the detector that did.
    licence: of the data, for the card.
    changes: of settings, each `field=value` as the user wrote it.
    minutes: of training, resumed parts included.
    command: as the user wrote it, for the card.
    """

    sources: tuple[str, ...]
    output: Path
    method: str = "fmvae"
    architecture: str | None = None
    detections: str | PathLike[str] | None = None
    detector: str | None = None
    found_by: str | None = None
    identities: Path | None = None
    licence: str = "not stated"
    changes: tuple[str, ...] = ()
    minutes: float = MINUTES
    seed: int = 0
    resume: bool = False
    quiet: bool = False
    command: str = ""

    def __post_init__(self) -> None:
        for option, value, known in (
            ("--method", self.method, METHODS),
            ("--architecture", self.architecture or ARCHITECTURES[0], ARCHITECTURES),
        ):
            if value not in known:
                raise InputError(option, None, f"is {value!r}", f"use one of {', '.join(known)}")
        if not self.sources:
            raise InputError("--data", None, "is missing", "name sequences, or a video")
        if self.identities is not None and self.method not in OWN_NETWORKS:
            problem = f"names identities, and --method {self.method} reads none"
            raise InputError("--identities", None, problem, "leave it out, or train with --method people or deepsort")
        if self.detections is not None and self.detector is not None:
            raise InputError("--detections", None, "are there, and a --detector too", "leave one of them out")
        for option, one, problem in (
            ("--detections", self.detections, "is one file for"),
            ("--detector", self.detector, "looks through one of"),
        ):
            if one is not None and len(self.sources) > 1:
                cure = "give one video, or MOTChallenge folders"
                raise InputError(option, None, f"{problem} {len(self.sources)} sources", cure)
        if self.method in OWN_NETWORKS:
            for option, given, reason in (
                ("--architecture", self.architecture, "has a network of its own"),
                ("--detections", self.detections, OWN_NETWORKS[self.method]),
                ("--detector", self.detector, OWN_NETWORKS[self.method]),
            ):
                if given is not None:
                    raise InputError(option, None, f"--method {self.method} {reason}", "leave it out")

    @property
    def supervised(self) -> bool:
        """Whether identity labels are read."""
        return self.method == "deepsort" or self.identities is not None


def check_sources(request: People, fewest: int) -> list[Sequence]:
    """Open the sources. Raises InputError where crops or pairs of people are too few; no image is decoded for that."""
    sequences = [open_sequence(source, detections=request.detections) for source in request.sources]
    found = sum(len(usable_rows(sequence, MIN_HEIGHT, fewest)) for sequence in sequences)
    check_count([sequence.name for sequence in sequences], found, fewest, MIN_HEIGHT)
    check_pairs(sequences, seed=request.seed)
    return sequences


def named(watch: Watch, what: str) -> Watch:
    """Bars that say what is done with the sequence."""
    return lambda name, total: watch(f"{what} {name}", total)
