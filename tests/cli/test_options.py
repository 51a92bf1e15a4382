"""The tracker's options: one for each setting, in each command that tracks."""

from __future__ import annotations

import inspect
from dataclasses import fields, make_dataclass
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from flatsort.cli import options
from flatsort.cli.commands.scores import table
from flatsort.cli.commands.tracking import track
from flatsort.cli.options import tracker_options
from flatsort.data import InputError
from flatsort.tracker.running.settings import TrackSettings


@pytest.mark.parametrize(("module", "without"), [(track, set()), (table, {"descriptor"})], ids=["track", "table"])
def test_each_setting_is_an_option_with_its_type_default_and_help(module: Any, without: set[str]) -> None:
    parameters = inspect.signature(module.command).parameters
    types = inspect.get_annotations(TrackSettings, eval_str=True)
    for field in fields(TrackSettings):
        if field.name in without:
            continue
        kind, option = parameters[field.name].annotation.__origin__, parameters[field.name].annotation.__metadata__[0]
        assert (kind, parameters[field.name].default) == (types[field.name], field.default)
        assert option.help == field.metadata["help"] or (module, field.name) == (table, "preset")
    assert "settings" not in parameters


def test_a_field_more_is_an_option_more(monkeypatch: pytest.MonkeyPatch) -> None:
    more: Any = [("looks", int | None, field_with("Looks a track.")), ("keen", bool, field_with("Be keen.", False))]
    settings = make_dataclass("More", more, bases=(TrackSettings,), frozen=True)
    monkeypatch.setattr(options, "TrackSettings", settings)
    seen: list[Any] = []

    @tracker_options()
    def command(output: Path, settings: TrackSettings, loud: bool = False) -> None:
        """Try it."""
        seen.append((output, settings, loud))

    app = typer.Typer()
    app.command()(command)
    done = CliRunner().invoke(app, ["out", "--looks", "3", "--keen", "--max-age", "7", "--loud"])
    assert done.exit_code == 0, done.output
    ((output, given, loud),) = seen
    assert (output, given.looks, given.keen, given.max_age, given.n_init, loud) == (Path("out"), 3, True, 7, None, True)
    said = CliRunner().invoke(app, ["--help"]).output
    assert "Try it." in said
    assert "Looks a track." in said
    assert "--no-keen" not in said


def field_with(help: str, default: Any = None) -> Any:
    from dataclasses import field

    return field(default=default, metadata={"help": help})


def test_a_fixed_field_is_no_option_and_settings_are_checked() -> None:
    seen: list[TrackSettings] = []

    @tracker_options(helps={"preset": "Mine."}, descriptor="hsv")
    def command(settings: TrackSettings) -> None:
        seen.append(settings)

    parameters = inspect.signature(command).parameters
    assert "descriptor" not in parameters
    assert parameters["preset"].annotation.__metadata__[0].help == "Mine."
    given = {name: parameter.default for name, parameter in parameters.items()}
    command(**given)
    assert seen == [TrackSettings(descriptor="hsv")]
    with pytest.raises(InputError, match="--nms: is 2"):
        command(**given | {"nms": 2.0})
