"""`--format` and `--json` in every command that prints a table: the same choices, and one meaning."""

from __future__ import annotations

import csv
import inspect
import io
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from flatsort.cli.app import COMMANDS, module_name
from flatsort.cli.commands.training import geometry
from flatsort.cli.formats import KINDS, Format, Json, Printed, chosen_format, print_as
from flatsort.data import InputError
from flatsort.eval.geometry.report import Report, geometry_report
from flatsort.eval.tables.formats import Table
from tests.conftest import Run
from tests.crossing import write_crossings

PRINTED = Printed(
    [Table(["name", "x"], [["a", "0.3"]], title="One"), Table(["name", "y"], [["a", "7"]], title="Two")],
    [{"name": "a", "x": 1 / 3, "y": 7}],
    {"a": {"x": 1 / 3, "y": 7}},
)


def test_every_command_that_has_one_has_both() -> None:
    both = set()
    for name in COMMANDS:
        module = import_module(module_name(name))
        types = inspect.signature(module.command, eval_str=True).parameters
        if "as_json" in types:
            assert (types["as_json"].annotation, types["kind"].annotation) == (Json, Format)
            assert (types["as_json"].default, types["kind"].default) == (False, None)
            both.add(name)
    assert both == {"eval", "table", "retrieve", "geometry"}


@pytest.mark.parametrize(
    ("kind", "as_json", "chosen"),
    [(None, False, "terminal"), (None, True, "json"), ("json", True, "json"), *((kind, False, kind) for kind in KINDS)],
)
def test_what_is_chosen(kind: str | None, as_json: bool, chosen: str) -> None:
    assert chosen_format(kind, as_json) == chosen


@pytest.mark.parametrize(
    ("kind", "as_json", "problem"),
    [
        ("html", False, "--format: is 'html'; write one of terminal, markdown, csv, latex, json$"),
        ("csv", True, "--format: is 'csv'; .*, or leave out --json$"),
    ],
)
def test_what_cannot_be_chosen(kind: str, as_json: bool, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        chosen_format(kind, as_json)


EXPECTED = {
    "terminal": "One\nname    x\n─────────\na     0.3\n\nTwo\nname  y\n───────\na     7\n",
    "markdown": "One\n\n| name | x |\n| --- | ---: |\n| a | 0.3 |\n\nTwo\n\n| name | y |\n| --- | ---: |\n| a | 7 |\n",
    "csv": "name,x,y\na,0.3333333333333333,7\n",
    "json": '{\n "a": {\n  "x": 0.3333333333333333,\n  "y": 7\n }\n}\n',
}


@pytest.mark.parametrize("kind", EXPECTED)
def test_two_tables(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    print_as(kind, PRINTED)
    printed = "\n".join(line.rstrip() for line in capsys.readouterr().out.split("\n"))
    assert printed == EXPECTED[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_without_rows_json_alone_prints(capsys: pytest.CaptureFixture[str], kind: str) -> None:
    print_as(kind, Printed([Table(["name", "x"], [])], [], {"rows": {}}))
    assert capsys.readouterr().out == ('{\n "rows": {}\n}\n' if kind == "json" else "")


@pytest.fixture
def commands(run: Run, tmp_path: Path) -> dict[str, tuple[object, ...]]:
    root = write_crossings(tmp_path / "root")
    assert run("track", root, "--output", tmp_path / "tracks", "--quiet").code == 0
    return {
        "eval": ("eval", root, tmp_path / "tracks"),
        "table": ("table", root / "walk", "--descriptor", "hsv", "--cache", tmp_path / "cache", "--quiet"),
        "retrieve": ("retrieve", root / "walk", "--descriptor", "hsv", "--quiet"),
        "geometry": ("geometry", "pendulum/fmvae"),
    }


@pytest.fixture
def _measured_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report of a latent space takes seconds, and is the same in every format."""
    made: list[Report] = []

    def once(*arguments: Any, **options: Any) -> Report:
        if not made:
            made.append(geometry_report(*arguments, **options))
        return made[0]

    monkeypatch.setattr(geometry, "geometry_report", once)


@pytest.mark.usefixtures("_measured_once")
@pytest.mark.parametrize("name", ["eval", "table", "retrieve", "geometry"])
def test_each_command_prints_each_format(run: Run, commands: dict[str, tuple[object, ...]], name: str) -> None:
    arguments = commands[name]
    printed = {kind: run(*arguments, "--format", kind) for kind in KINDS}
    assert {(answer.code, answer.err) for answer in printed.values()} == {(0, "")}
    assert run(*arguments).out == printed["terminal"].out
    assert run(*arguments, "--json").out == printed["json"].out
    assert isinstance(json.loads(printed["json"].out), dict)
    rows = list(csv.DictReader(io.StringIO(printed["csv"].out)))
    assert rows
    first = next(iter(rows[0].values()))
    for kind in ("terminal", "markdown", "latex"):
        assert first in printed[kind].out
    assert r"\begin{tabular}" in printed["latex"].out
    assert "---:" in printed["markdown"].out
    assert run(*arguments, "--format", "html").refuses("--format: is 'html'")
    assert run(*arguments, "--json", "--format", "csv").refuses("or leave out --json")
