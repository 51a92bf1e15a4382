"""The tracker's options, from its settings: a field more there is an option more in every command that tracks."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Annotated, Any, get_type_hints

import typer

from flatsort.tracker.running.settings import TrackSettings


def tracker_options(
    *, helps: Mapping[str, str] | None = None, **fixed: Any
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command an option for each field of `TrackSettings`, in the place of its argument `settings`.

    helps: what an option says of itself in this command, where that is not what the settings say.
    fixed: fields that are no option here, with their values.
    """
    names = [field.name for field in fields(TrackSettings) if field.name not in fixed]

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def run(**given: Any) -> None:
            settings = TrackSettings(**fixed, **{name: given.pop(name) for name in names})
            command(settings=settings, **given)

        hints = get_type_hints(command, include_extras=True)
        parameters: list[inspect.Parameter] = []
        for name, own in inspect.signature(command).parameters.items():
            if name == "settings":
                parameters += _of_settings(names, helps or {})
            else:
                parameters.append(own.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name]))
        run.__doc__, run.__module__ = command.__doc__, command.__module__
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _of_settings(names: list[str], helps: Mapping[str, str]) -> Iterator[inspect.Parameter]:
    types = get_type_hints(TrackSettings)
    for field in fields(TrackSettings):
        if field.name in names:
            text = helps.get(field.name, field.metadata["help"])
            flag = [f"--{field.name.replace('_', '-')}"] if types[field.name] is bool else []  # and no `--no-...`
            annotation: Any = Annotated[types[field.name], typer.Option(*flag, help=text)]
            keyword = inspect.Parameter.KEYWORD_ONLY
            yield inspect.Parameter(field.name, keyword, default=field.default, annotation=annotation)
