"""MkDocs hook: the page of the command, written from the command itself when the site is built."""

from __future__ import annotations

from html import escape
from typing import Any

import typer
from mkdocs.structure.pages import Page

from flatsort.cli.app import app

PAGE, MARK = "api/command.md", "<!-- commands -->"


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Put a section for each subcommand in the place of the mark."""
    return markdown.replace(MARK, "\n\n".join(_sections())) if page.file.src_path == PAGE else markdown


def _sections() -> list[str]:
    group: Any = typer.main.get_command(app)
    context = group.make_context("flatsort", ["track"], resilient_parsing=True)
    found = []
    for name in group.list_commands(context):
        _, command, _ = group.resolve_command(context, [name])
        found.append(_section(name, command))
    return found


def _section(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    usage = " ".join(["flatsort", name, *(_metavar(one) for one in arguments)])
    lines = [f"## {name}", "", command.help or "", "", f"```text\n{usage} [OPTIONS]\n```", ""]
    lines += ["| option | default | what it does |", "|---|---|---|"]
    lines += [f"| `{_name(one)}` | {_default(one)} | {_cell(one.help)} |" for one in options]
    return "\n".join(lines)


def _name(option: Any) -> str:
    words = [", ".join(option.opts)]
    if not option.is_flag:
        words.append(_metavar(option))
    return " ".join(words).replace("|", "\\|")


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _default(option: Any) -> str:
    if option.required:
        return "required"
    plain = option.default is not None and not callable(option.default) and not option.is_flag
    return f"`{option.default}`" if plain and option.default != [] else ""


def _cell(text: str | None) -> str:
    return escape(" ".join((text or "").split()), quote=False).replace("|", "\\|")
