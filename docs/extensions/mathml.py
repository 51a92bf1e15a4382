"""MkDocs hook: LaTeX becomes MathML when the site is built, so that no script has to run to show an equation.

Equations are written as GitHub shows them, too: $inline$, and blocks of the language `math`.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig

INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)


def fence(source: str, *_: Any, **__: Any) -> str:
    """A block's LaTeX as MathML."""
    return f'<div class="equation">{convert(source, display="block")}</div>'


def on_config(config: MkDocsConfig) -> None:
    """Let SuperFences hand blocks of the language `math` to `fence`, and Arithmatex mark what stands in dollars."""
    fences = {"name": "math", "class": "math", "format": fence}
    config.mdx_configs.setdefault("pymdownx.superfences", {})["custom_fences"] = [fences]
    config.mdx_configs.setdefault("pymdownx.arithmatex", {}).update(generic=True, inline_syntax=["dollar"])


def on_page_content(html: str, **_: Any) -> str:
    """Replace what Arithmatex marked."""
    return INLINE.sub(lambda found: convert(unescape(found[1])), html)
