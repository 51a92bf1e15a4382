"""Where the real data lies: the folder `FLATSORT_DATA` names, else `../shared/data` beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

from flatsort.data.errors import InputError


def data_root() -> Path:
    """The data folder. Raises InputError with the cure where there is none."""
    named = os.environ.get("FLATSORT_DATA")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        raise InputError(folder, None, "no data folder", "set FLATSORT_DATA to the folder with MOT16, mocap and mnist")
    return folder
