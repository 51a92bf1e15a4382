"""Where tests find the real data: `FLATSORT_DATA`, else `../shared/data` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that `shared/DATA.md` describes; the test is skipped where it is not there."""
    folder = Path(os.environ.get("FLATSORT_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real data: no folder {folder}; set FLATSORT_DATA")
    return folder
