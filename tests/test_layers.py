"""The arrows of the design: between rooms downward only, between a room's own parts no circle, no bare room names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# From the bottom up: a room may import itself and those before it.
ROOMS = ["data", "embedding", "tracker", "eval", "train_embedding", "cli"]
FOLDER = {room: ROOT / ("flatsort/cli" if room == "cli" else room) for room in ROOMS}
LARGEST_FOLDER, LONGEST_MODULE = 15, 250  # modules, lines
CORE = {"numpy", "scipy"}  # what the tracker's core stands on


def modules(room: str) -> Iterator[tuple[Path, str]]:
    """Each file of a room and the full name of its module."""
    for file in sorted(FOLDER[room].rglob("*.py")):
        parts = file.relative_to(FOLDER[room]).with_suffix("").parts
        yield file, ".".join(["flatsort", room, *(part for part in parts if part != "__init__")])


def imported(file: Path) -> set[str]:
    """Full names of what a file imports: modules, and names from packages, which may be modules."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def python_files() -> list[Path]:
    folders = [*FOLDER.values(), ROOT / "tests", ROOT / "benchmarks", ROOT / "examples"]
    return [file for folder in folders for file in sorted(folder.rglob("*.py"))]


@pytest.mark.parametrize("room", ROOMS)
def test_arrows_between_rooms_run_downward(room: str) -> None:
    allowed = {f"flatsort.{below}" for below in ROOMS[: ROOMS.index(room) + 1]} | {"flatsort.__version__"}
    for file, _ in modules(room):
        ours = {".".join(name.split(".")[:2]) for name in imported(file) if name.startswith("flatsort.")}
        assert not ours - allowed, f"{file.relative_to(ROOT)} imports {sorted(ours - allowed)}"


@pytest.mark.parametrize("room", ROOMS)
def test_no_circle_between_the_parts_of_a_room(room: str) -> None:
    """A part is a sub-room, or a module at the room's top."""
    arrows: dict[str, set[str]] = {}
    for file, name in modules(room):
        part = ".".join(name.split(".")[:3])
        if part == f"flatsort.{room}":
            continue  # its __init__ gathers the public names
        others = {".".join(other.split(".")[:3]) for other in imported(file) if other.startswith(f"flatsort.{room}.")}
        arrows.setdefault(part, set()).update(others - {part})
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_room_is_imported_by_its_bare_name() -> None:
    """`tracker.x` and `flatsort.tracker.x` would be two modules."""
    bare = set(ROOMS)
    for file in python_files():
        found = {name for name in imported(file) if name.split(".")[0] in bare}
        assert not found, f"{file.relative_to(ROOT)} imports {sorted(found)}; write flatsort.{min(found)}"


@pytest.mark.parametrize("room", ROOMS)
def test_folders_and_modules_stay_small(room: str) -> None:
    for folder in {file.parent for file, _ in modules(room)}:
        count = len([file for file in folder.glob("*.py") if file.name != "__init__.py"])
        assert count <= LARGEST_FOLDER, f"{folder.relative_to(ROOT)} has {count} modules"
    for file, _ in modules(room):
        lines = len(file.read_text(encoding="utf-8").splitlines())
        assert lines <= LONGEST_MODULE, f"{file.relative_to(ROOT)} has {lines} lines"


def test_interop_stands_on_two_rooms_and_no_library() -> None:
    """Other libraries are told by attributes: none is needed to import it."""
    names = imported(ROOT / "flatsort/interop.py")
    rooms = {".".join(name.split(".")[:2]) for name in names if name.startswith("flatsort.")}
    assert rooms == {"flatsort.data", "flatsort.tracker"}
    assert {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) == {"flatsort", "numpy"}


def test_tracker_core_stands_alone() -> None:
    core = ("tracker", "tracker/association", "tracker/memory")
    for file in [file for folder in core for file in (ROOT / folder).glob("*.py")]:
        names = {name for name in imported(file) if not name.startswith("flatsort.tracker")}
        others = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - CORE
        assert not others, f"{file.relative_to(ROOT)} imports {sorted(others)}"


@pytest.mark.parametrize(
    ("module", "heavy"),
    {
        "package": ("flatsort", ["numpy", "typer", "flatsort.data"]),
        "data": ("flatsort.data", ["torch", "cv2", "pandas", "matplotlib", "scipy", "flatsort.data.walkers"]),
        "tracker": (
            "flatsort.tracker",
            ["torch", "cv2", "pandas", "matplotlib", "scipy.optimize", "flatsort.data", "flatsort.embedding"],
        ),
        "embedding": ("flatsort.embedding", ["torch", "cv2", "onnxruntime", "matplotlib"]),
    }.values(),
)
def test_import_is_light(module: str, heavy: list[str]) -> None:
    code = f"import sys, {module}; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
