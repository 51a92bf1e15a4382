"""Settings of one training run: presets in TOML, changed by `--set section.field=value`."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import Any

from flatsort.data.errors import InputError
from flatsort.embedding.networks.vae import ModelConfig
from flatsort.embedding.ranges import inside, one_of
from flatsort.train_embedding.objective.constraint import ConstraintConfig
from flatsort.train_embedding.objective.identity import IdentityConfig
from flatsort.train_embedding.objective.objective import ObjectiveConfig
from flatsort.train_embedding.presets.changes import checked, nearest, parse_change

PRESETS = Path(__file__).parent


@dataclass(frozen=True)
class DataConfig:
    """Which data set.

    name: one of `batches.datasets.MODULES`.
    sources: the sequences that person crops are cut from; the other data sets have none.
    detections: a file to use in place of the detections of a single source.
    detections_format: what `--detections-format` says of it; empty: what its content shows.
    """

    name: str
    sources: tuple[str, ...] = ()
    detections: str = ""
    detections_format: str = ""


@dataclass(frozen=True)
class TrainingConfig:
    """Settings of the loop. Raises ValueError naming the field that is out of range.

    steps: of the run.
    batch: samples a step, of all processes together.
    learning_rate: at the start.
    final_rate: its share at the end; it falls along half a cosine.
    log_every, save_every, evaluate_every: steps between rows of the history, checkpoints and evaluations.
    evaluation_samples: held-out samples of an evaluation, at most.
    patience: evaluations without a better validation loss before the run stops early; 0 never stops.
    """

    steps: int = 4000
    batch: int = 256
    learning_rate: float = 1e-3
    final_rate: float = 0.05
    log_every: int = 20
    save_every: int = 500
    evaluate_every: int = 500
    evaluation_samples: int = 1024
    patience: int = 0

    def __post_init__(self) -> None:
        inside(self, "[1, inf)", "steps", "batch", "log_every", "save_every", "evaluate_every", "evaluation_samples")
        inside(self, "(0, inf)", "learning_rate")
        inside(self, "(0, 1]", "final_rate")
        inside(self, "[0, inf)", "patience")


@dataclass(frozen=True)
class ComputeConfig:
    """Where to train, in Lightning Fabric's terms. Raises ValueError naming the field that is out of range.

    accelerator: "cpu", "gpu" or "auto".
    devices: processes.
    precision: "32-true", "bf16-mixed" (networks in 16 bits, the rest in 32), or "auto": 16 bits where the processor
        computes in them, which halves a step's time.
    """

    accelerator: str = "cpu"
    devices: int = 1
    precision: str = "32-true"

    def __post_init__(self) -> None:
        one_of(self, "accelerator", ("cpu", "gpu", "auto"))
        one_of(self, "precision", ("32-true", "bf16-mixed", "auto"))
        inside(self, "[1, inf)", "devices")


@dataclass(frozen=True)
class Settings:
    """All sections of a preset."""

    data: DataConfig
    model: ModelConfig
    objective: ObjectiveConfig
    constraint: ConstraintConfig
    training: TrainingConfig
    compute: ComputeConfig
    identity: IdentityConfig = dataclasses.field(default_factory=IdentityConfig)

    def __post_init__(self) -> None:
        batch, points, devices = self.training.batch, self.objective.points, self.compute.devices
        if points > batch:
            raise ValueError(f"points: {points} is more than the batch of {batch}")
        if batch % devices or points % devices:
            raise ValueError(f"devices: {devices} processes cannot share a batch of {batch} and {points} points evenly")
        if self.identity.weight > 0:
            if self.data.name != "tracklet-crops":
                raise ValueError(f"weight: identity needs data.name = tracklet-crops, not {self.data.name}")
            if batch > 2 * self.identity.tracklets:
                raise ValueError(
                    f"batch: {batch} is more than two crops of each of {self.identity.tracklets} tracklets"
                )
            if devices > 1:
                raise ValueError(f"devices: {devices} processes cannot share the tracklets of a batch")
        if self.identity.z_alone and not (self.identity.weight > 0 and self.model.nuisance):
            raise ValueError("z_alone: needs identity.weight and model.nuisance above 0")
        if self.identity.colours_alone:
            if not (self.identity.weight > 0 and self.model.colours):
                raise ValueError("colours_alone: needs identity.weight above 0 and model.colours = true")
            if batch == 2 * self.identity.tracklets and not self.model.nuisance:
                raise ValueError(f"colours_alone: a batch of {batch} reconstructs every view, which needs all of it")


SECTIONS: dict[str, Any] = {
    "data": DataConfig,
    "model": ModelConfig,
    "objective": ObjectiveConfig,
    "constraint": ConstraintConfig,
    "training": TrainingConfig,
    "compute": ComputeConfig,
    "identity": IdentityConfig,
}


def preset_names() -> list[str]:
    """Names of the presets that come with the package, such as `pendulum/fmvae`; parts of them begin with `_`."""
    names = (file.relative_to(PRESETS).with_suffix("").as_posix() for file in PRESETS.rglob("*.toml"))
    return sorted(name for name in names if not name.startswith("_"))


def load_settings(preset: str, changes: Iterable[str] = ()) -> Settings:
    """Settings of a packaged preset or a TOML file, with `section.field=value` changes applied in order.

    A preset may name one or several others that it `extends`. Raises InputError that names the nearest preset, section
    or field.
    """
    table = read_preset(preset)
    for change in changes:
        key, value = parse_change(change, "section.field=value")
        section, field = resolve(key)
        table.setdefault(section, {})[field] = value
    return build(preset, table)


def read_preset(preset: str, extended_by: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """The preset's tables with those that it extends merged beneath, the last one uppermost."""
    file = PRESETS / f"{preset}.toml"
    if preset.endswith(".toml") and Path(preset).is_file():
        file = Path(preset)
    elif preset not in preset_names() and not (extended_by and file.is_file()):
        names = preset_names()
        raise InputError(
            preset, None, "no such preset", f"did you mean {nearest(preset, names)}? One of {', '.join(names)}"
        )
    if preset in extended_by:
        raise InputError(file, None, f"extends itself ({' -> '.join((*extended_by, preset))})", "extend another")
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, a number of thousands of digits, endless nesting
        raise InputError(file, None, f"is not TOML ({error})", "correct it") from error
    bases = table.pop("extends", [])
    bases = [bases] if isinstance(bases, str) else bases
    if not (isinstance(bases, list) and all(isinstance(base, str) for base in bases)):
        raise InputError(file, None, f"extends is {bases!r}", "name a preset, or several in a list")
    merged: dict[str, dict[str, Any]] = {}
    for layer in (*(read_preset(base, (*extended_by, preset)) for base in bases), table):
        for section, values in layer.items():
            if not isinstance(values, dict):
                raise InputError(
                    file, None, f"{section!r} stands outside a section", "move it below [model] or another"
                )
            merged[section] = {**merged.get(section, {}), **values}
    return merged


def build(source: str, table: Mapping[str, Mapping[str, Any]]) -> Settings:
    """Settings from tables of values. Raises InputError naming the section and field that is unknown or wrong."""
    for section in table:
        if section not in SECTIONS:
            raise InputError(source, None, f"no section {section!r}", f"did you mean {nearest(section, SECTIONS)}?")
    built: dict[str, Any] = {}
    for section, kind in SECTIONS.items():
        values = dict(table.get(section, {}))
        known = {field.name: field for field in fields(kind) if (section, field.name) != ("model", "dataset")}
        for name, value in values.items():
            if name not in known:
                cure = f"did you mean {section}.{nearest(name, known)}?"
                raise InputError(source, None, f"no setting {section}.{name}", cure)
            values[name] = checked(source, section, known[name], value)
        missing = [name for name, field in known.items() if field.default is MISSING and name not in values]
        if missing:
            raise InputError(source, None, f"{section}.{missing[0]} is missing", f"set {section}.{missing[0]}")
        if section == "model":
            values["dataset"] = built["data"].name
        try:
            built[section] = kind(**values)
        except ValueError as error:
            raise InputError(source, None, f"{section}.{error}", "set it within its range") from error
    try:
        return Settings(**built)
    except ValueError as error:
        raise InputError(source, None, str(error), "change one of them") from error


def resolve(key: str) -> tuple[str, str]:
    """Section and field of `section.field`, or of a field's name alone, which only one section may have."""
    known = [f"{section}.{field.name}" for section, kind in SECTIONS.items() for field in fields(kind)]
    known.remove("model.dataset")
    matches = [name for name in known if key in (name, name.split(".")[1])]
    if len(matches) != 1:
        cure = f"did you mean {' or '.join(matches) or nearest(key, [*known, *(n.split('.')[1] for n in known)])}?"
        raise InputError(f"--set {key}", None, "no such setting" if not matches else "is ambiguous", cure)
    section, field = matches[0].split(".")
    return section, field


def settings_table(settings: Settings) -> dict[str, dict[str, Any]]:
    """Settings as tables of JSON values, as `build` takes them."""
    table = {
        section: {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
        for section, values in asdict(settings).items()
    }
    table["model"].pop("dataset")
    return table
