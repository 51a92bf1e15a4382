"""The sequence that commands are tried on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.two_people import write_sequence


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    return write_sequence(tmp_path / "two-people")
