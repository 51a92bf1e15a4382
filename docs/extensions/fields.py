"""Griffe extension: docstrings as this project writes them become Markdown.

A paragraph of `name: what it is` lines becomes a list with one item a name, and a doctest a block of code.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

FIELD = re.compile(r"[a-zα-ω][\w*]*(, [a-zα-ω*][\w*]*)*: ")
SENTENCE = ("Raises ", "Returns ", "Yields ")


def as_markdown(docstring: str) -> str:
    """The docstring with lists and code blocks in place of lines that Markdown would run together."""
    return "\n\n".join(_paragraph(paragraph) for paragraph in re.split(r"\n\s*\n", docstring.strip()))


def _paragraph(paragraph: str) -> str:
    if paragraph.lstrip().startswith(">>>"):
        return f"```pycon\n{paragraph}\n```"
    made: list[str] = []
    listed = False
    for line in paragraph.splitlines():
        field = FIELD.match(line)
        if field:
            if made and not listed:
                made.append("")
            name, rest = line[: field.end() - 2], line[field.end() :]
            made.append(f"- `{name}`: {rest}")
            listed = True
        elif listed and line.startswith(SENTENCE):
            made += ["", line]
            listed = False
        elif listed:
            made.append(f"    {line.strip()}")
        else:
            made.append(line)
    return "\n".join(made)


class Fields(griffe.Extension):
    """Rewrites every docstring of the package when it is read."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring is not None and not obj.is_alias:
            obj.docstring.value = as_markdown(obj.docstring.value)
