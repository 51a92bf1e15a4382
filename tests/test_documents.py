"""What the documents say holds: links resolve, Python blocks and docstring examples run, commands parse."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import typer

import flatsort
from flatsort.cli.app import app
from flatsort.data.files.writers import open_writer
from flatsort.data.walkers.scene import walkers_scene

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("data", "embedding", "tracker", "eval", "train_embedding", "flatsort/cli")
LONGEST_README, LONGEST_PARAGRAPH = 150, 100  # lines, words


def documents() -> list[Path]:
    """Every Markdown file that a reader is led to; links in docs/ lead back to files that are here already."""
    written = [file for file in (ROOT / "docs").rglob("*.md") if file.resolve().is_relative_to(ROOT / "docs")]
    return [*sorted(ROOT.glob("*.md")), *sorted(written), *sorted((ROOT / "results").glob("**/README.md"))]


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def blocks(file: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", file.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def all_blocks(language: str) -> list[tuple[str, str]]:
    return [(f"{name_of(file)}:{n}", text) for file in documents() for n, text in enumerate(blocks(file, language), 1)]


def commands() -> Iterator[tuple[str, list[str]]]:
    """The words of each `flatsort` command in the documents' shell blocks that is written out in full."""
    for where, text in all_blocks("sh"):
        for line in text.replace("\\\n", " ").splitlines():
            if line.startswith("flatsort "):
                yield where, shlex.split(line, comments=True)[1:]


def modules() -> Iterator[tuple[str, Path]]:
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            dotted = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield f"flatsort.{dotted.removeprefix('flatsort.')}", file


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= LONGEST_README


@pytest.mark.parametrize("file", documents(), ids=name_of)
def test_links_resolve(file: Path) -> None:
    text = re.sub(r"^```.*?^```", "", file.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:|#", target):
            assert (file.parent / target.partition("#")[0]).exists(), f"{name_of(file)} links to {target}"


@pytest.fixture
def a_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder that holds what the documents' examples read, drawn: a benchmark, tracks, a clip."""
    scene = walkers_scene(frames=8, people=4, size=(320, 180))
    for source, name in (("MOT16/train/MOT16-11", "MOT16-11"), ("clip", "clip")):
        scene.name = name
        scene.write_folder(tmp_path / source, images="video")
    (tmp_path / "clip" / "video.mp4").rename(tmp_path / "clip.mp4")
    (tmp_path / "clip" / "det" / "det.txt").rename(tmp_path / "clip.txt")
    (tmp_path / "clip.csv").write_text("frame,left,top,width,height,score,helmet\n1,10,20,30,60,0.9,yes\n", "ascii")
    (tmp_path / "tracks").mkdir()
    with open_writer(tmp_path / "tracks" / "clip.csv") as writer:
        box = np.array([[10.0, 20, 40, 80]])
        writer.write(1, np.array([1]), box, np.array([0.9]), np.array([0]), box)
    (tmp_path / "tracks" / "MOT16-11.txt").write_text("1,1,10,20,30,60\n2,1,10,20,30,60\n", encoding="ascii")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("where", "code"), [pytest.param(*block, id=block[0]) for block in all_blocks("python")])
def test_python_blocks_run(where: str, code: str, a_users_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": "block"}
    exec(compile(code, where, "exec"), names)
    assert "print(" not in code or capsys.readouterr().out


def test_there_are_blocks_and_commands_to_check() -> None:
    assert len(all_blocks("python")) >= 8
    assert len(list(commands())) >= 40


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=f"{where} {' '.join(words[:2])}") for where, words in commands()]
)
def test_commands_parse(words: list[str]) -> None:
    """Subcommand and options exist, and values have the right type; nothing is run."""
    group = typer.main.get_command(app)
    context = group.make_context("flatsort", list(words))
    name, command, rest = group.resolve_command(context, list(words))  # type: ignore[attr-defined]
    command.make_context(name, rest, parent=context)


@pytest.mark.parametrize("name", [name for name, file in modules() if ">>> " in file.read_text(encoding="utf-8")])
def test_docstring_examples_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted
    assert not result.failed


def paragraphs(docstring: str) -> list[str]:
    """Its paragraphs; each field of a list with one line a field is one of its own."""
    return re.split(r"\n\s*\n|\n(?=[a-zα-ω][\w, ]*: |Raises |Returns )", docstring)


@pytest.mark.parametrize("room", ROOMS)
def test_docstring_paragraphs_are_short(room: str) -> None:
    long = set()
    for file in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                words = max(len(text.split()) for text in paragraphs(ast.get_docstring(node) or ""))
                if words > LONGEST_PARAGRAPH:
                    long.add(f"{name_of(file)}:{getattr(node, 'name', '')}")
    assert not long, f"more than {LONGEST_PARAGRAPH} words in a paragraph: {sorted(long)}"


def test_every_public_name_has_its_place_in_the_api() -> None:
    page = (ROOT / "docs" / "api" / "index.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^::: flatsort\.(\w+)$", page, re.MULTILINE)) == sorted(flatsort.__all__)
