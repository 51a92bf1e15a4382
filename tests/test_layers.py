"""The import arrows of the design: data <- embedding <- tracker <- eval; nobody imports flatsort."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = {"data", "embedding", "tracker", "train_embedding", "eval", "flatsort"}
ALLOWED = {
    "data": {"data"},
    "embedding": {"data", "embedding"},
    "tracker": {"data", "embedding", "tracker"},
    "train_embedding": {"data", "embedding", "train_embedding"},
    "eval": {"data", "embedding", "tracker", "eval"},
}
# The tracker's core stands on NumPy and SciPy alone; these are its modules that may reach into other rooms.
TRACKER_SHELL = {
    *("pipeline.py", "settings.py", "batch.py", "camera_motion.py"),
    *("picture.py", "draw.py", "render.py", "strip.py", "switch_pictures.py", "switch_rows.py"),
}


def imported_modules(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_arrows_run_downward(room: str) -> None:
    for file in (ROOT / room).rglob("*.py"):
        upward = (imported_modules(file) & ROOMS) - ALLOWED[room]
        assert not upward, f"{file.relative_to(ROOT)} imports {sorted(upward)}"


def test_tracker_core_stands_alone() -> None:
    for file in (ROOT / "tracker").glob("*.py"):
        if file.name in TRACKER_SHELL:
            continue
        others = imported_modules(file) - set(sys.stdlib_module_names) - {"numpy", "scipy", "tracker"}
        assert not others, f"{file.relative_to(ROOT)} imports {sorted(others)}"


def test_import_tracker_is_light() -> None:
    heavy = ["torch", "cv2", "pandas", "matplotlib", "scipy.optimize", "data", "embedding"]
    code = f"import sys, tracker; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"
